"""Days at a terminal that adds up for itself: closed, compared, and demanded (M11, M16)."""

import asyncio
from pathlib import Path
from typing import Any

from posd_drivers.catalogue import Prints
from posd_simulator.terminal.deeds import Need, SaleByHand
from posd_simulator.terminal.faults import Offline
from tests.simulation.stories.stage import Store, lane, opened
from tests.simulation.stories.tills import Till
from tests.unit.posd.virtual import virtual

LANE = lane(1)
PATH = f"/posd/v1/readers/{LANE}/end_of_day"
DONE_S = 30.0
PROBED_S = 60.0
CLOSING_PENDING = 0xF0


async def closed(manager: Till) -> dict[str, Any]:
    """What became of an end of day that had time to become something."""
    answer = await manager.post(PATH, {})
    assert answer.is_success, answer.text
    await asyncio.sleep(DONE_S)
    return await manager.get(PATH)


async def sold(till: Till, amount: int) -> str:
    """A sale that is paid."""
    intent = await till.ring_up(amount)
    await till.hand_over(LANE, intent)
    await asyncio.sleep(DONE_S)
    assert await till.status(intent) == "succeeded"
    return intent


def closings(store: Store) -> int:
    """How often the terminal's own book has its day closed."""
    return len(store.terminals[LANE].ledger.book.closings)


@virtual
async def test_a_day_of_sales_and_what_went_back_agrees_with_the_terminal(tmp_path: Path) -> None:
    async with opened(tmp_path, prints=Prints.TILL) as store:
        till, manager = store.till(), store.manager()
        first = await closed(manager)
        assert (first["status"], first["agreement"]) == ("closed", "not_checked")
        await store.terminals[LANE].arm(Offline())
        await sold(till, 1_000)
        taken_back = await sold(till, 2_500)
        refund = await manager.post("/v1/refunds", {"payment_intent": taken_back})
        assert refund.is_success, refund.text
        await asyncio.sleep(DONE_S)
        await sold(till, 4_000)
        second = await closed(manager)
        assert (second["status"], second["agreement"]) == ("closed", "equal")
        assert second["totals"]["amount"] == second["takings"]["amount"] == 5_000
        assert second["takings"]["at_risk_amount"] == 1_000
        assert closings(store) == 2
        (kept,) = store.posd.journal.queries.closings_of(LANE, 1)
        (sheet,) = kept.receipts
        assert sheet.lines[-1].split() == ["Sum", "50.00"]


@virtual
async def test_only_sales_agree_in_their_number_too(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        till, manager = store.till(), store.manager()
        await closed(manager)
        for amount in (1_000, 2_000, 3_000):
            await sold(till, amount)
        told = await closed(manager)
        assert told["agreement"] == "equal"
        assert sum(brand["count"] for brand in told["totals"]["brands"]) == 3


@virtual
async def test_a_sale_by_hand_shows_when_the_day_is_closed(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        till, manager = store.till(), store.manager()
        await closed(manager)
        await sold(till, 1_000)
        await store.terminals[LANE].arm(SaleByHand(700))
        await asyncio.sleep(DONE_S)
        told = await closed(manager)
        assert (told["agreement"], told["totals"]["amount"]) == ("differs", 1_700)
        verdict = (await manager.get("/posd/v1/status"))["verdict"]
        assert verdict["level"] == "attention"


@virtual
async def test_a_terminal_that_demands_its_end_of_day_says_so_until_it_has_it(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        till, manager = store.till(), store.manager()
        await store.terminals[LANE].arm(Need(CLOSING_PENDING))
        intent = await till.ring_up(1_000)
        await till.hand_over(LANE, intent)
        await asyncio.sleep(DONE_S)
        stands = await till.get(f"/posd/v1/payment_intents/{intent}")
        assert "needs its end of day first" in stands["cashier_text"]
        assert stands["may_charge_elsewhere"]
        await asyncio.sleep(PROBED_S)
        (shown,) = (await manager.get("/posd/v1/status"))["lanes"]
        assert (shown["level"], shown["reader"]["need"]) == ("stop", "end_of_day")
        assert (await closed(manager))["status"] == "closed"
        await asyncio.sleep(PROBED_S)
        (shown,) = (await manager.get("/posd/v1/status"))["lanes"]
        assert (shown["level"], shown["reader"]["need"]) == ("ok", None)
        await till.hand_over(LANE, intent)
        await asyncio.sleep(DONE_S)
        assert await till.status(intent) == "succeeded"


@virtual
async def test_a_reservation_keeps_the_day_open_until_it_is_captured(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        till, manager = store.till(), store.manager()
        intent = await till.ring_up(1_000, capture_method="manual")
        await till.hand_over(LANE, intent)
        await asyncio.sleep(DONE_S)
        refused = await manager.post(PATH, {})
        assert refused.json()["error"]["code"] == "terminal_reader_busy"
        assert intent in refused.json()["error"]["message"]
        assert closings(store) == 0
        await till.post(f"/v1/payment_intents/{intent}/capture", {})
        await asyncio.sleep(DONE_S)
        assert (await closed(manager))["status"] == "closed"
