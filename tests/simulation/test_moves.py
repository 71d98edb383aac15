"""Each check of captures and ends of day sees its lie, and nothing where there is none."""

from dataclasses import replace
from pathlib import Path

import pytest

from posd.journal.command import Entry as Fact
from posd.model.facts import AttemptKind, AttemptStarted, Baseline
from posd_simulator.terminal.ledger import BOOKING, Entry, Line, Transaction
from tests.simulation import moves
from tests.simulation.evidence import Booked, Evidence, Posted
from tests.simulation.history import AttemptSeen, History, IntentSeen

READER = "tmr_1"
HELD = AttemptSeen(
    "att_1", "pi_1", READER, 500, "approved", started_s=0.0, since_s=0.0, doubt_s=0.0
)


def seen(*tries: AttemptSeen) -> Evidence:
    """One order of 500 that is to be captured later, with these attempts."""
    history = History(Path("nowhere"))
    history.attempts = {one.id: one for one in tries}
    names = [one.id for one in tries if one.intent]
    history.intents["pi_1"] = IntentSeen("pi_1", 500, "order-1", "2026-11-23", names, manual=True)
    return Evidence(history)


def held(kind: AttemptKind = AttemptKind.PREAUTHORISATION, state: str = "approved") -> AttemptSeen:
    return replace(HELD, kind=kind, state=state)


def ended(kind: AttemptKind, state: str) -> AttemptSeen:
    return replace(HELD, id="att_2", kind=kind, state=state, original="att_1")


def begins(kind: AttemptKind, amount: int = 500) -> Fact:
    """The fact that an attempt of that kind begins."""
    baseline = Baseline("12345678", asked=True)
    closes = kind is AttemptKind.END_OF_DAY
    began = AttemptStarted(
        attempt="att_3",
        kind=kind,
        payment_intent="" if closes else "pi_1",
        reader=READER,
        amount=amount,
        currency="eur",
        baseline=baseline,
        original=None if closes else "att_1",
    )
    return Fact(
        seq=1,
        boot=1,
        wall_ms=0,
        node="",
        account="",
        livemode=False,
        actor="",
        kind="AttemptStarted",
        version=1,
        object="att_3",
        legs=b"{}",
        body=b"",
        previous=b"",
        hash=b"",
        fact=began,
    )


@pytest.mark.parametrize(
    ("tries", "amount", "wrong"),
    [
        ((held(),), 467, False),
        ((held(),), 501, True),
        ((held(state="declined"),), 500, True),
        ((held(), ended(AttemptKind.CAPTURE, "approved")), 500, True),
        ((held(), ended(AttemptKind.RELEASE, "unknown")), 500, True),
        ((held(), ended(AttemptKind.CAPTURE, "aborted")), 500, False),
    ],
)
def test_what_is_held_that_ends_twice_or_for_more_is_seen(
    tries: tuple[AttemptSeen, ...], amount: int, *, wrong: bool
) -> None:
    check = moves.i11_what_is_held_ends_once
    assert bool(list(check(seen(*tries), begins(AttemptKind.CAPTURE, amount)))) is wrong


@pytest.mark.parametrize(
    ("tries", "wrong"),
    [
        ((held(),), True),
        ((held(), ended(AttemptKind.CAPTURE, "approved")), False),
        ((held(), ended(AttemptKind.RELEASE, "aborted")), True),
        ((held(AttemptKind.SALE),), False),
        ((held(AttemptKind.SALE, "set_aside"),), True),
    ],
)
def test_a_day_that_ends_over_what_is_open_is_seen(
    tries: tuple[AttemptSeen, ...], *, wrong: bool
) -> None:
    check = moves.i6_no_day_ends_over_what_is_open
    assert bool(list(check(seen(*tries), begins(AttemptKind.END_OF_DAY, 0)))) is wrong


def test_what_is_held_and_told_to_stripe_is_seen() -> None:
    told = Posted("POST", "/v1/payment_records", b"metadata[posd_attempt]=att_1", "k", at_s=1.0)
    check = moves.i3_what_is_only_held_is_not_told
    assert list(check(seen(held()), told))
    sold = seen(held(AttemptKind.SALE))
    assert list(check(sold, told))
    sold.history.intents["pi_1"].captured_s = 1.0
    assert not list(check(sold, told))


def test_a_booking_that_nobody_asked_for_is_seen() -> None:
    row = Transaction(
        kind=BOOKING,
        terminal_id="12345678",
        amount=500,
        currency="eur",
        receipt=2,
        trace=2,
        turnover=2,
        at="2026-11-23T09:00:00",
        result=0,
        text="",
        card="visa",
        entry_mode="",
        verification="none",
        authorisation="000001",
        original=1,
    )
    booked = Booked(READER, Line(Entry.STORED, row), ended(AttemptKind.CAPTURE, "started"))
    check = moves.i11_a_terminal_ends_what_was_asked_for
    assert not list(check(seen(held()), booked))
    for attempt in (None, held(), ended(AttemptKind.RELEASE, "started")):
        assert list(check(seen(held()), replace(booked, attempt=attempt)))


@pytest.mark.parametrize(
    ("tries", "guards"),
    [
        ((), False),
        ((held(),), True),
        ((held(), ended(AttemptKind.RELEASE, "unknown")), True),
        ((held(), ended(AttemptKind.RELEASE, "approved")), False),
        ((held(), ended(AttemptKind.CAPTURE, "approved")), True),
        ((held(AttemptKind.SALE), ended(AttemptKind.REVERSAL, "approved")), False),
    ],
)
def test_a_held_payment_guards_its_order_until_it_is_given_back(
    tries: tuple[AttemptSeen, ...], *, guards: bool
) -> None:
    assert moves.stands(list(tries)) is guards
