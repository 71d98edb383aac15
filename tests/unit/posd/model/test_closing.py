"""What the journal has of a period, whether the terminal says the same, and whether it closed."""

import pytest
from msgspec.structs import replace

from posd.model.attempt import Attempt, AttemptState
from posd.model.closing import (
    Agreement,
    Closed,
    Closing,
    ClosingDoubt,
    ClosingVerdict,
    StillOpen,
    Takings,
    Undecided,
    book,
    close,
    closing_verdict,
    compare,
)
from posd.model.facts import AttemptKind, Baseline, Proof
from posd_drivers.card_reader import BrandTotals, Kind, Totals, Transaction

SEEN_MS = 1_000
CLOSED_MS = 9_000
EMPTY = Totals(0, (BrandTotals("visa", 0, 0),), 0, 0)
FULL = Totals(3000, (BrandTotals("visa", 2, 3000),), 11, 12)
GROWN = Totals(4000, (BrandTotals("visa", 3, 4000),), 11, 13)
TAKEN_BACK = Totals(0, (BrandTotals("visa", 0, 0),), 11, 13)
NEXT = Totals(1000, (BrandTotals("visa", 1, 1000),), 13, 13)


def approved(
    kind: AttemptKind, amount: int, *, at_risk: bool = False, totals: Totals | None = None
) -> Attempt:
    """An attempt that has just been approved."""
    told = Transaction(
        Kind.SALE, "52523535", amount, "eur", 0, 17, 42, at_risk=at_risk, totals=totals
    )
    return Attempt(
        id="att_posd_1",
        kind=kind,
        payment_intent="pi_posd_1",
        reader="tmr_posd_1",
        amount=amount,
        currency="eur",
        baseline=Baseline("52523535", asked=True),
        state=AttemptState.APPROVED,
        started_ms=0,
        changed_ms=CLOSED_MS,
        approved_amount=amount,
        proof=Proof.DIALOGUE,
        last=told,
    )


def booked(*attempts: Attempt) -> Takings:
    """The takings of a period that began before posd's eyes."""
    takings = Takings(SEEN_MS)
    for attempt in attempts:
        takings = book(takings, attempt, None)
    return takings


def test_what_is_taken_adds_up_and_what_goes_back_is_taken_off() -> None:
    assert booked(
        approved(AttemptKind.SALE, 1000),
        approved(AttemptKind.PREAUTHORISATION, 7777),
        approved(AttemptKind.CAPTURE, 2000),
        approved(AttemptKind.RELEASE, 0),
        approved(AttemptKind.REFUND, 300),
    ) == Takings(SEEN_MS, count=2, amount=2700, given_back=1)


def test_what_may_come_back_unpaid_is_counted_apart_until_it_is_taken_back() -> None:
    offline = approved(AttemptKind.SALE, 1000, at_risk=True)
    taken = booked(offline, approved(AttemptKind.SALE, 500))
    assert (taken.amount, taken.at_risk_count, taken.at_risk_amount) == (1500, 1, 1000)
    undone = book(taken, approved(AttemptKind.REVERSAL, 1000), offline)
    assert (undone.amount, undone.at_risk_count, undone.at_risk_amount) == (500, 0, 0)
    refunded = book(taken, approved(AttemptKind.REFUND, 1000), offline)
    assert (refunded.amount, refunded.at_risk_count) == (500, 1)


@pytest.mark.parametrize(
    ("takings", "totals", "agreement"),
    [
        (Takings(SEEN_MS, 2, 3000), FULL, Agreement.EQUAL),
        (Takings(SEEN_MS, 2, 2999), FULL, Agreement.DIFFERS),
        (Takings(SEEN_MS, 3, 3000), FULL, Agreement.DIFFERS),
        (Takings(SEEN_MS, 258, 3000), FULL, Agreement.EQUAL),
        (Takings(SEEN_MS, 3, 3000, given_back=1), FULL, Agreement.EQUAL),
        (Takings(SEEN_MS, 3, 3000), Totals(3000), Agreement.EQUAL),
        (Takings(None, 2, 3000), FULL, Agreement.NOT_CHECKED),
        (Takings(SEEN_MS, 2, 3000), None, Agreement.NOT_CHECKED),
        (Takings(SEEN_MS, 1, -100, given_back=1), EMPTY, Agreement.NOT_CHECKED),
        (Takings(SEEN_MS), EMPTY, Agreement.EQUAL),
    ],
    ids=[
        "the same",
        "a cent less",
        "one more",
        "counts overflow at 256",
        "what is given back may count or not",
        "a terminal that counts nothing",
        "the beginning was not seen",
        "no totals",
        "a loss has no sign",
        "nothing was sold",
    ],
)
def test_equal_is_never_said_without_evidence(
    takings: Takings, totals: Totals | None, agreement: Agreement
) -> None:
    assert compare(takings, totals) is agreement
    assert Closing("att_posd_1", CLOSED_MS, totals, takings).agreement is agreement


def test_a_closing_has_what_the_terminal_closed_and_begins_a_period() -> None:
    takings = Takings(SEEN_MS, 2, 3000)
    told = approved(AttemptKind.END_OF_DAY, 0, totals=FULL)
    assert close(takings, told) == (
        Closing("att_posd_1", CLOSED_MS, FULL, takings),
        Takings(CLOSED_MS),
    )
    untold = replace(approved(AttemptKind.END_OF_DAY, 0), totals=GROWN)
    assert close(takings, untold)[0].totals == GROWN
    proven = replace(untold, last=None, proof=Proof.TERMINAL)
    assert close(takings, proven) == (
        Closing("att_posd_1", CLOSED_MS, GROWN, takings),
        Takings(CLOSED_MS),
    )


def test_after_a_persons_word_the_next_period_is_not_compared() -> None:
    decided = replace(approved(AttemptKind.END_OF_DAY, 0), proof=Proof.PERSON)
    assert close(Takings(SEEN_MS), decided)[1] == Takings(None)


def test_only_a_period_that_was_seen_is_empty() -> None:
    assert Takings(SEEN_MS).empty
    for takings in (Takings(None), Takings(SEEN_MS, 1), Takings(SEEN_MS, given_back=1)):
        assert not takings.empty


@pytest.mark.parametrize(
    ("before", "now", "verdict"),
    [
        (FULL, EMPTY, Closed()),
        (FULL, NEXT, Closed()),
        (FULL, FULL, StillOpen()),
        (FULL, GROWN, StillOpen()),
        (EMPTY, EMPTY, StillOpen()),
        (EMPTY, NEXT, StillOpen()),
        (TAKEN_BACK, EMPTY, Closed()),
        (TAKEN_BACK, NEXT, Closed()),
        (TAKEN_BACK, TAKEN_BACK, StillOpen()),
        (Totals(3000), Totals(0), Closed()),
        (None, EMPTY, Undecided(ClosingDoubt.NO_TOTALS_BEFORE)),
        (Totals(3000), Totals(4000), Undecided(ClosingDoubt.TOTALS_TELL_NO_PERIOD)),
        (
            FULL,
            TAKEN_BACK,
            Undecided(ClosingDoubt.EMPTY_WITHOUT_A_NEW_PERIOD),
        ),
    ],
    ids=[
        "emptied",
        "sold by hand since",
        "unchanged",
        "sold by hand, never closed",
        "nothing to close",
        "nothing to close, sold by hand since",
        "all taken back, then closed",
        "all taken back, closed, sold by hand since",
        "all taken back, never closed",
        "emptied, no receipt numbers",
        "no totals before",
        "other sum, no receipt numbers",
        "taken back by hand, never closed",
    ],
)
def test_totals_before_and_now_tell_whether_the_day_is_closed(
    before: Totals | None, now: Totals, verdict: ClosingVerdict
) -> None:
    assert closing_verdict(before, now) == verdict
