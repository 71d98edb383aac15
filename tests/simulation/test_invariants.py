"""Each check of money sees its lie; that posd tells none is for the stores to show."""

from dataclasses import replace
from pathlib import Path

import pytest

from posd.journal.command import Entry as Fact
from posd.model.facts import (
    AttemptApproved,
    AttemptKind,
    AttemptNotCharged,
    AttemptStarted,
    Baseline,
    Proof,
)
from posd.model.facts import Fact as AnyFact
from posd_drivers.card_reader import Kind
from posd_drivers.card_reader import Transaction as Stored
from posd_simulator.terminal.ledger import REFUND, Entry, Line, Transaction
from tests.simulation import invariants
from tests.simulation.evidence import Booked, Commanded, Evidence, Guaranteed, Posted
from tests.simulation.history import AttemptSeen, History, IntentSeen
from tests.simulation.invariants import Check
from tests.simulation.till import Told, Word

READER = "tmr_1"
REPORT = "/v1/payment_records/report_payment"
REFUND_OF_PR_1 = "/v1/payment_records/pr_1/report_refund"


def attempt(state: str) -> AttemptSeen:
    return AttemptSeen("att_1", "pi_1", READER, 500, state, started_s=0.0, since_s=0.0, doubt_s=0.0)


def seen(state: str) -> Evidence:
    """One order of 500 with one attempt in that state, at READER; the day is 10 s old."""
    history = History(Path("nowhere"))
    history.attempts["att_1"] = attempt(state)
    history.intents["pi_1"] = IntentSeen("pi_1", 500, "order-1", "2026-11-23", ["att_1"])
    history.orders["order-1", "2026-11-23"] = ["pi_1"]
    history.at_reader[READER] = "att_1"
    return Evidence(history)


def line(amount: int) -> Line:
    sold = Transaction(
        kind="sale",
        terminal_id="12345678",
        amount=amount,
        currency="eur",
        receipt=1,
        trace=1,
        turnover=1,
        at="2026-11-23T09:00:00",
        result=0,
        text="",
        card="visa",
        entry_mode="contactless",
        verification="none",
        authorisation="000001",
    )
    return Line(Entry.STORED, sold)


def told(word: Word, status: str) -> Told:
    return Told("till-1", "pi_1", word, status, asked_s=9.0, at_s=10.0)


def posted(key: str, body: bytes = b"a=b") -> Posted:
    return Posted("POST", REPORT, body, key, at_s=10.0)


@pytest.mark.parametrize(
    ("check", "state", "step"),
    [
        (invariants.i1_guaranteed_once, "reported", Guaranteed("pr_1", "att_1", 500)),
        (invariants.i1_guaranteed_once, "approved", Guaranteed("pr_1", "att_1", 501)),
        (
            invariants.i2_booked_is_not_denied,
            "aborted",
            Booked(READER, line(500), attempt("aborted")),
        ),
        (invariants.i2_booked_is_not_denied, "started", Booked(READER, line(500), None)),
        (invariants.i3_a_command_has_its_fact, "unknown", Commanded(READER, refused=False)),
        (invariants.i3_a_report_is_kept_before_it_is_accepted, "started", READER),
        (
            invariants.i3_a_report_has_its_fact,
            "reported",
            posted("k", b"metadata[posd_attempt]=att_1&amount_requested[value]=500"),
        ),
        (invariants.i4_told_is_on_disk, "reported", told(Word.PAID, "succeeded")),
        (invariants.i4_told_is_on_disk, "unknown", told(Word.FAILED, "failed")),
        (invariants.i4_unproven_is_not_free, "person", told(Word.OTHER, "requires_payment_method")),
        (
            invariants.i8_the_amount_that_was_asked_for,
            "started",
            Booked(READER, line(550), attempt("started")),
        ),
    ],
)
def test_a_lie_is_seen(check: Check, state: str, step: object) -> None:
    assert list(check(seen(state), step))


def test_a_sale_that_leaves_twice_is_seen_unless_the_terminal_refused_the_frame() -> None:
    now = seen("started")
    now.commanded.add("att_1")
    check = invariants.i5_a_command_is_repeated_on_nak_only
    assert list(check(now, Commanded(READER, refused=False)))
    assert not list(check(now, Commanded(READER, refused=True)))


def test_an_order_that_is_booked_twice_is_seen_unless_a_person_erred() -> None:
    now = seen("started")
    now.standing[500] = [line(500)]
    again = Booked(READER, line(500), attempt("started"))
    assert list(invariants.i1_one_sale_an_order(now, again))
    now.mistaken.add(500)
    assert not list(invariants.i1_one_sale_an_order(now, again))


def test_what_was_paid_stays_paid() -> None:
    now = seen("approved")
    now.paid_s["pi_1"] = 5.0
    assert list(invariants.i4_paid_stays_paid(now, told(Word.OTHER, "processing")))
    assert not list(invariants.i4_paid_stays_paid(now, told(Word.PAID, "succeeded")))


def test_a_key_has_one_body_and_a_body_one_key() -> None:
    now = seen("approved")
    now.keys["k"], now.bodies[REPORT, b"a=b"] = (REPORT, b"a=b"), "k"
    assert not list(invariants.i10_one_key_one_body(now, posted("k")))
    assert list(invariants.i10_one_key_one_body(now, posted("k", b"a=c")))
    assert list(invariants.i10_one_key_one_body(now, posted("other")))


def test_an_old_key_needs_a_look() -> None:
    now = seen("approved")
    now.first_sent_s["k"], day_s = 0.0, 86_400.0

    def blind(at_s: float, path: str = REFUND_OF_PR_1) -> bool:
        sent = Posted("POST", path, b"a=b", "k", at_s)
        return bool(list(invariants.i10_an_old_key_looks_first(now, sent)))

    assert (blind(day_s), blind(day_s + 1)) == (False, True)
    assert not blind(day_s + 1, REPORT)
    now.looked_s["/v1/payment_records/pr_2"] = day_s
    assert blind(day_s + 1)
    now.looked_s["/v1/payment_records/pr_1"] = day_s
    assert not blind(day_s + 1)


def giving_back(amount: int) -> Fact:
    """The fact that so much of the sample payment is about to go back."""
    began = AttemptStarted(
        "att_2",
        AttemptKind.REFUND,
        "pi_1",
        READER,
        amount,
        "eur",
        Baseline(None, asked=True),
        original="att_1",
        refund="re_1",
    )
    return row(began)


def row(fact: AnyFact) -> Fact:
    return Fact(
        seq=2,
        kind=type(fact).__name__,
        version=1,
        object="att_2",
        boot=1,
        node="",
        actor="",
        account="",
        livemode=False,
        wall_ms=0,
        legs=b"{}",
        body=b"",
        previous=b"",
        hash=b"",
        fact=fact,
    )


@pytest.mark.parametrize(
    ("state", "amount", "wrong"),
    [("approved", 500, False), ("approved", 501, True), ("declined", 1, True)],
)
def test_more_back_than_was_taken_is_seen(state: str, amount: int, *, wrong: bool) -> None:
    check = invariants.i16_what_was_paid_goes_back_once
    assert bool(list(check(seen(state), giving_back(amount)))) is wrong


def test_what_may_be_gone_already_counts_as_gone() -> None:
    now = seen("approved")
    earlier = replace(attempt("unknown"), id="att_0", amount=200, gives_back=True)
    now.history.attempts["att_0"] = earlier
    now.history.intents["pi_1"].attempts.append("att_0")
    check = invariants.i16_what_was_paid_goes_back_once
    assert not list(check(now, giving_back(300)))
    assert list(check(now, giving_back(301)))


def test_a_word_of_another_terminal_that_proves_something_is_seen() -> None:
    last = Stored(Kind.SALE, "87654321", 500, "eur", 0, 1, 1)
    check = invariants.i17_its_own_terminal_proves_it
    for proof, found in ((Proof.TERMINAL, True), (Proof.PERSON, False)):
        for fact in (
            AttemptApproved("att_1", None, 500, proof, last),
            AttemptNotCharged("att_1", proof, last),
        ):
            assert bool(list(check(seen("unknown"), row(fact)))) is found


def test_a_terminal_that_gives_back_unasked_is_seen() -> None:
    given = replace(line(500), transaction=replace(line(500).transaction, kind=REFUND))
    asked = replace(attempt("started"), gives_back=True, kind=AttemptKind.REFUND)
    check = invariants.i16_a_terminal_gives_what_was_asked_for
    assert not list(check(seen("approved"), Booked(READER, given, asked)))
    for attempted in (None, attempt("started"), replace(asked, amount=400)):
        assert list(check(seen("approved"), Booked(READER, given, attempted)))
