"""A till that reboots before it hears what became of its payment (M15)."""

import asyncio
from pathlib import Path

import httpx2
import pytest

from tests.simulation.asgi import Link
from tests.simulation.stories.stage import PAID, Store, lane, opened
from tests.unit.posd.virtual import virtual

AMOUNT = 1250
ORDER = "4711"
DIALOGUE_S = 5.0
UNHEARD_S = 120.0
MARGIN_S = 1.0


async def paid_while_the_till_is_away(store: Store) -> str:
    """A basket whose till loses power once posd has its payment; the customer pays."""
    till = store.till()
    intent = await till.ring_up(AMOUNT, ORDER)
    till.line.link = Link.LOSES_ANSWERS
    with pytest.raises(httpx2.ReadError):
        await till.hand_over(lane(1), intent, key="lost")
    await till.line.aclose()
    await asyncio.sleep(DIALOGUE_S)
    return intent


@virtual
async def test_a_till_that_rebooted_asks_for_its_order_and_hears_that_it_is_paid(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        intent = await paid_while_the_till_is_away(store)
        assert store.heard(intent) == 0
        rebooted = store.till()
        told = await rebooted.get(f"/posd/v1/payments?order={ORDER}")
        (payment,) = told["data"]
        assert (payment["payment_intent"], payment["status"]) == (intent, "succeeded")
        assert payment["amount_received"] == AMOUNT
        await asyncio.sleep(UNHEARD_S)
        assert store.heard(intent) == 1
        assert await store.manager().errands() == []
        assert await store.books(rebooted, intent) == PAID


@virtual
async def test_what_no_till_has_heard_for_two_minutes_is_a_persons_until_it_is_heard(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        manager = store.manager()
        intent = await paid_while_the_till_is_away(store)
        await asyncio.sleep(UNHEARD_S - DIALOGUE_S - MARGIN_S)
        assert await manager.errands() == []
        await asyncio.sleep(DIALOGUE_S + MARGIN_S)
        assert await manager.errands() == [(intent, "unheard")]
        stranger = store.till("other-till")
        await stranger.get(f"/posd/v1/payments?order={ORDER}")
        await asyncio.sleep(MARGIN_S)
        assert await manager.errands() == [(intent, "unheard")], "the wrong till has heard"
        rebooted = store.till()
        await rebooted.get(f"/posd/v1/payments?order={ORDER}")
        await asyncio.sleep(MARGIN_S)
        assert await manager.errands() == []
        assert store.heard(intent) == 1
        assert await store.books(rebooted, intent) == PAID


@virtual
async def test_a_till_that_rings_up_again_instead_of_asking_is_told_that_it_is_paid(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        intent = await paid_while_the_till_is_away(store)
        rebooted = store.till()
        again = await rebooted.ring_up(AMOUNT, ORDER)
        refused = await rebooted.hand_over(lane(1), again, key="again")
        assert refused.status_code == 400
        error = refused.json()["error"]
        assert (error["payment_intent"]["id"], error["payment_intent"]["status"]) == (
            intent,
            "succeeded",
        )
        await asyncio.sleep(DIALOGUE_S)
        assert await store.books(rebooted, intent) == PAID
        assert (store.booked(), store.guaranteed()) == ([AMOUNT], [AMOUNT])


@virtual
async def test_a_payment_that_outlived_till_and_posd_is_heard_after_both_are_back(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        intent = await paid_while_the_till_is_away(store)
        await store.power_off()
        await asyncio.sleep(UNHEARD_S)
        await store.power_on()
        assert await store.manager().errands() == [(intent, "unheard")]
        rebooted = store.till()
        assert await rebooted.status(intent) == "succeeded"
        await asyncio.sleep(MARGIN_S)
        assert await store.manager().errands() == []
        assert await store.books(rebooted, intent) == PAID
