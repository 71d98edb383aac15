"""The check of the limits sees a payment that passes one, and leaves the others alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from posd.ids import chance
from posd.model.facts import AttemptKind, AttemptStarted, Baseline
from tests.simulation import limits
from tests.simulation.evidence import Evidence
from tests.simulation.history import AttemptSeen, History, IntentSeen
from tests.simulation.limits import Limits
from tests.simulation.test_invariants import row

SALE = AttemptSeen("att_1", "pi_1", "tmr_1", 500, "approved", started_s=0.0, since_s=0.0)
STARTED = AttemptStarted(
    attempt="att_9",
    payment_intent="pi_9",
    reader="tmr_1",
    kind=AttemptKind.SALE,
    amount=700,
    currency="eur",
    baseline=Baseline("12345678", asked=True),
)


def seen(*attempts: AttemptSeen) -> Evidence:
    history = History(Path("nowhere"))
    for one in attempts:
        history.attempts[one.id] = one
        history.intents[one.intent] = IntentSeen(one.intent, one.amount, None, "2026-11-23")
    return Evidence(history)


def begins(now: Evidence, count_max: int, amount_max: int, started: AttemptStarted) -> bool:
    """Whether it is said of a payment that begins that it passes a limit."""
    now.limits = Limits(count_max, amount_max)
    return bool(list(limits.i15_no_limit_is_passed(now, row(started))))


@pytest.mark.parametrize("state", ["approved", "started", "reported", "unknown", "person"])
def test_what_is_in_hand_or_owed_counts(state: str) -> None:
    now = seen(replace(SALE, state=state))
    assert not begins(now, 2, 1200, STARTED)
    assert begins(now, 1, 1200, STARTED)
    assert begins(now, 2, 1199, STARTED)


def test_what_took_nothing_or_is_known_at_stripe_does_not() -> None:
    assert not begins(seen(replace(SALE, state="declined")), 1, 700, STARTED)
    told = seen(SALE)
    told.history.effects.add("att_1-report")
    assert not begins(told, 1, 700, STARTED)


def test_what_asks_for_no_card_is_not_limited() -> None:
    closing = AttemptStarted(
        attempt="att_9",
        payment_intent="",
        reader="tmr_1",
        kind=AttemptKind.END_OF_DAY,
        amount=0,
        currency="eur",
        baseline=Baseline("12345678", asked=True),
    )
    assert not begins(seen(SALE), 1, 1, closing)


def test_some_stores_have_limits_and_most_have_none() -> None:
    drawn = [limits.draw(chance(seed)) for seed in range(100)]
    assert 5 < sum(one is not None for one in drawn) < 30
