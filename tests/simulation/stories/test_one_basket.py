"""One basket, one charge (M7, M14): rung up again, rung up twice, asked for again days later."""

import asyncio
from pathlib import Path

import pytest

from posd_simulator.terminal.faults import At, Cut, Moment
from posd_simulator.terminal.settings import Settings, StorageRule
from tests.simulation.stories.stage import NOT_CHARGED, PAID, Store, lane, opened
from tests.simulation.stories.tills import Till
from tests.unit.posd.virtual import virtual

AMOUNT = 1250
ORDER = "4711"
CARD_ASKED_FOR, REPORT = 3, 7
"""Messages of a payment by tap, counted from its command."""
REVERSES = Settings(storage_rule=StorageRule.OLD)
STANDS = Settings(storage_rule=StorageRule.NEW)
"""What terminals do by themselves with a payment whose report was not answered."""
DOUBT_S = 5.0
CABLE_OUT_S = 60.0
PROVEN_S = 120.0
REPORTED_S = 10.0
TWO_DAYS_S = 48 * 3600.0
MORNING_S = 4 * 3600.0


async def rung_up_in_doubt(store: Store, till: Till, broken_at: int) -> str:
    """A basket at the first lane whose cable goes out at that message."""
    terminal = store.terminals[lane(1)]
    terminal.faults.arm(At(broken_at, Moment.AFTER, Cut(for_s=CABLE_OUT_S)))
    intent = await till.ring_up(AMOUNT, ORDER)
    assert (await till.hand_over(lane(1), intent, key="first")).is_success
    await asyncio.sleep(DOUBT_S)
    assert await till.status(intent) == "processing"
    return intent


async def assert_refused_for(first: str, till: Till, again: str, key: str) -> None:
    """The second reader does not take it, says for which payment, and not to try again."""
    answer = await till.hand_over(lane(2), again, key=key)
    assert answer.status_code == 400
    assert answer.headers["Stripe-Should-Retry"] == "false"
    error = answer.json()["error"]
    assert error["code"] == "payment_intent_unexpected_state"
    assert error["payment_intent"]["id"] == first
    assert first in error["message"]
    assert f"{AMOUNT} eur" in error["message"]


@virtual
async def test_the_same_basket_rung_up_again_elsewhere_waits_until_the_first_is_not_charged(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, lanes=2, settings=REVERSES) as store:
        till, other = store.till(), store.till("other-till")
        first = await rung_up_in_doubt(store, till, CARD_ASKED_FOR)
        again = await other.ring_up(AMOUNT, ORDER)
        await assert_refused_for(first, other, again, "again")
        await assert_refused_for(first, other, again, "again, with another key")
        assert store.kinds(again) == []
        await asyncio.sleep(PROVEN_S)
        assert await store.books(till, first) == NOT_CHARGED
        assert (await other.hand_over(lane(2), again, key="at last")).is_success
        await asyncio.sleep(REPORTED_S)
        assert await store.books(other, again) == PAID
        assert (store.booked(), store.guaranteed()) == ([AMOUNT], [AMOUNT])


@virtual
async def test_the_same_basket_rung_up_again_elsewhere_is_refused_for_good_once_it_was_charged(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, lanes=2, settings=STANDS) as store:
        till, other = store.till(), store.till("other-till")
        first = await rung_up_in_doubt(store, till, REPORT)
        again = await other.ring_up(AMOUNT, ORDER)
        await assert_refused_for(first, other, again, "again")
        await asyncio.sleep(PROVEN_S)
        assert await store.books(till, first) == PAID
        await assert_refused_for(first, other, again, "and again")
        assert store.kinds(again) == []
        assert (store.booked(), store.guaranteed()) == ([AMOUNT], [AMOUNT])


@pytest.mark.parametrize("keys", [("one", "one"), ("one", "two"), (None, None)])
@virtual
async def test_a_double_click_is_one_payment(
    tmp_path: Path, keys: tuple[str | None, str | None]
) -> None:
    async with opened(tmp_path) as store:
        till = store.till()
        intent = await till.ring_up(AMOUNT, ORDER)
        clicks = [till.hand_over(lane(1), intent, key=key) for key in keys]
        first, second = await asyncio.gather(*clicks)
        assert (first.status_code, second.status_code) == (200, 200)
        assert first.json() == second.json()
        await asyncio.sleep(REPORTED_S)
        assert store.kinds(intent) == ["AttemptStarted", "StatusReported", "AttemptApproved"]
        assert await store.books(till, intent) == PAID
        assert (store.booked(), store.guaranteed()) == ([AMOUNT], [AMOUNT])


@virtual
async def test_a_basket_that_was_rung_up_twice_in_one_moment_is_paid_once(tmp_path: Path) -> None:
    async with opened(tmp_path, lanes=2) as store:
        till = store.till()
        intents = await asyncio.gather(*(till.ring_up(AMOUNT, ORDER) for _click in range(2)))
        assert len(set(intents)) == 2
        answers = await asyncio.gather(
            *(till.hand_over(lane(at), intent, key=intent) for at, intent in enumerate(intents, 1))
        )
        assert sorted(answer.status_code for answer in answers) == [200, 400]
        (refused,) = (answer for answer in answers if not answer.is_success)
        assert refused.headers["Stripe-Should-Retry"] == "false"
        assert refused.json()["error"]["payment_intent"]["id"] in intents
        await asyncio.sleep(REPORTED_S)
        assert (store.booked(), store.guaranteed()) == ([AMOUNT], [AMOUNT])


@virtual
async def test_the_same_keys_after_two_days_are_the_same_payment(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        till = store.till()
        intent = await till.ring_up(AMOUNT, ORDER, key="ring up")
        before = await till.hand_over(lane(1), intent, key="hand over")
        await asyncio.sleep(REPORTED_S)
        assert await store.books(till, intent) == PAID
        await store.power_off()
        await asyncio.sleep(TWO_DAYS_S - MORNING_S)
        await store.power_on()
        await asyncio.sleep(MORNING_S)
        assert await till.ring_up(AMOUNT, ORDER, key="ring up") == intent
        after = await till.hand_over(lane(1), intent, key="hand over")
        assert (before.status_code, after.status_code) == (200, 200)
        assert after.headers["Idempotent-Replayed"] == "true"
        action = after.json()["action"]
        assert action["status"] == "succeeded"
        assert action["process_payment_intent"]["payment_intent"] == intent
        await asyncio.sleep(REPORTED_S)
        assert await store.books(till, intent) == PAID
        assert (store.booked(), store.guaranteed()) == ([AMOUNT], [AMOUNT])
