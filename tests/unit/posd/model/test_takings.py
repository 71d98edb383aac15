"""A reader's record adds up what it took, from one end of day to the next."""

from msgspec.structs import replace

from posd.model.closing import Agreement, Takings
from posd.model.facts import (
    AttemptApproved,
    AttemptDeclined,
    AttemptKind,
    AttemptStarted,
    DiscrepancyFound,
    Fact,
    OutcomeUnknown,
    Proof,
    StatusReported,
)
from posd.model.reader import Reader
from posd_drivers.card_reader import Kind, Totals, Transaction
from tests.unit.posd.model.records import AT, BASELINE, CREATED, REGISTERED, Shelf, sale

READER = REGISTERED.reader
CLOSED = Transaction(Kind.END_OF_DAY, "12345678", 1250, "eur", 0, None, 200, totals=Totals(1250))


def begun(id_: str, kind: AttemptKind, original: str | None = None, amount: int = 1250) -> Fact:
    """An attempt begins; an end of day is for no payment."""
    closes = kind is AttemptKind.END_OF_DAY
    return AttemptStarted(
        id_,
        kind,
        "" if closes else CREATED.payment_intent,
        READER,
        0 if closes else amount,
        "eur",
        BASELINE,
        original=original,
        totals=Totals(999) if closes else None,
    )


def taken(id_: str, told: Transaction, kind: AttemptKind = AttemptKind.SALE) -> tuple[Fact, ...]:
    """An attempt from its beginning to its approval."""
    approved = AttemptApproved(id_, f"ch_{id_}", told.amount or 0, Proof.DIALOGUE, told)
    return (begun(id_, kind), StatusReported(id_, told, accepted=True), approved)


def closed(id_: str, told: Transaction = CLOSED) -> tuple[Fact, ...]:
    """An end of day from its beginning to its approval."""
    return (
        begun(id_, AttemptKind.END_OF_DAY),
        StatusReported(id_, told, accepted=True),
        AttemptApproved(id_, None, 1250, Proof.DIALOGUE, told),
    )


def reader_after(*facts: Fact) -> Reader:
    """The reader's record after these facts at a store with one payment to take."""
    reader = Shelf().take([REGISTERED, CREATED, *facts]).reader(READER)
    assert reader is not None
    return reader


def test_a_day_from_one_end_to_the_next() -> None:
    reader = reader_after(*closed("att_first"), *taken("att_sale", sale()), *closed("att_second"))
    assert reader.closing is not None
    assert reader.closing.takings == Takings(AT.wall_ms, count=1, amount=1250)
    assert (reader.closing.attempt, reader.closing.totals) == ("att_second", Totals(1250))
    assert reader.closing.agreement is Agreement.EQUAL
    assert reader.takings == Takings(AT.wall_ms)


def test_before_the_first_end_of_day_nothing_is_compared() -> None:
    reader = reader_after(*taken("att_1", sale()), *closed("att_2"))
    assert reader.closing is not None
    assert reader.closing.takings == Takings(None, count=1, amount=1250)
    assert reader.closing.agreement is Agreement.NOT_CHECKED


def test_only_an_approval_counts_and_only_once() -> None:
    facts = taken("att_1", sale())
    assert reader_after(*facts[:2]).takings.count == 0
    assert reader_after(*facts, DiscrepancyFound("att_1", "no")).takings.count == 1
    declined = (begun("att_1", AttemptKind.SALE), AttemptDeclined("att_1", 5))
    assert reader_after(*declined).takings.count == 0


def test_what_is_proven_later_counts_when_it_is_proven() -> None:
    reader = reader_after(
        begun("att_1", AttemptKind.SALE),
        OutcomeUnknown("att_1", "link_lost"),
        AttemptApproved("att_1", "ch_1", 1250, Proof.TERMINAL, sale()),
    )
    assert reader.takings.amount == 1250


def test_what_was_at_risk_and_is_taken_back_is_at_risk_no_more() -> None:
    offline = sale(at_risk=True)
    back = AttemptApproved("att_2", None, 1250, Proof.DIALOGUE, sale(18))
    facts = (
        *taken("att_1", offline),
        begun("att_2", AttemptKind.REVERSAL, original="att_1"),
        StatusReported("att_2", sale(18), accepted=True),
    )
    at_risk = reader_after(*facts).takings
    assert (at_risk.at_risk_count, at_risk.at_risk_amount) == (1, 1250)
    assert reader_after(*facts, back).takings == Takings(None, 1, 0, given_back=1)


def test_an_end_of_day_that_is_refused_closes_nothing_and_is_remembered() -> None:
    reader = reader_after(
        *taken("att_1", sale()),
        begun("att_2", AttemptKind.END_OF_DAY),
        AttemptDeclined("att_2", 0xA1),
    )
    assert (reader.end_of_day, reader.closing, reader.takings.count) == ("att_2", None, 1)


def test_a_reader_at_another_place_may_be_another_terminal() -> None:
    same, moved = REGISTERED, replace(REGISTERED, address="zvt+tcp://127.0.0.1:20008")
    facts = (*closed("att_1"), *taken("att_2", sale()))
    known = reader_after(*facts, same)
    assert (known.takings.count, known.end_of_day) == (1, "att_1")
    assert known.closing is not None
    gone = reader_after(*facts, moved)
    assert (gone.takings, gone.end_of_day, gone.closing) == (Takings(), None, None)
