"""Somebody works a terminal by hand while posd drives it: nothing of theirs is taken for posd's.

Faults F9 and F39.
"""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from posd_drivers.catalogue import Prints
from posd_simulator.terminal.deeds import (
    ByHand,
    ClosingByHand,
    RefundByHand,
    ReversalByHand,
    SaleByHand,
)
from posd_simulator.terminal.faults import At, Cut, Moment
from posd_simulator.terminal.settings import Settings, StorageRule, Wire
from tests.simulation.stories.moves import (
    LANE,
    MOVES,
    Capture,
    EndOfDay,
    Move,
    Release,
    Sale,
    done,
)
from tests.simulation.stories.stage import opened
from tests.simulation.stories.trials import compared, ended, messages_of
from tests.unit.posd.virtual import virtual

AMOUNT: Final = 10_000
BY_HAND: Final = 777
OUT_S: Final = 40.0
IDLE_S: Final = 20.0
"""A terminal has given up its dialogue by then, and the cable is still out."""
PROBED_S: Final = 60.0
PATH: Final = f"/posd/v1/readers/{LANE}/end_of_day"
PROVEN_BESIDE: Final = (EndOfDay, Capture, Release)
"""What totals or reservations can prove, whatever the last transaction is."""


@pytest.mark.timeout(90)
@pytest.mark.parametrize(
    "deed", [SaleByHand(BY_HAND), RefundByHand(BY_HAND)], ids=["sale", "refund"]
)
@pytest.mark.parametrize("rule", StorageRule, ids=lambda rule: f"{rule.value}-rule")
@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.__name__.lower())
@virtual
async def test_f9_an_enquiry_that_is_answered_about_another_transaction_is_a_persons(
    tmp_path: Path, move: type[Move], rule: StorageRule, deed: ByHand
) -> None:
    settings = Settings(wire=Wire.TCP, storage_rule=rule)
    async with opened(tmp_path, settings=settings, prints=Prints.TILL) as store:
        messages = await messages_of(move(store, AMOUNT))
        moments = ((2, Moment.AFTER, False), (messages - 2, Moment.BEFORE, True))
        for number, (message, moment, is_done) in enumerate(moments, 1):
            asked = move(store, AMOUNT + 1_000 * number)
            await asked.prepare()
            cut = At(message, moment, Cut(OUT_S), move.control)
            store.terminals[LANE].faults.arm(cut)
            await asked.ask()
            await asyncio.sleep(IDLE_S)
            await store.terminals[LANE].arm(deed)
            if move not in PROVEN_BESIDE:
                assert await ended(asked) is None, cut
            assert await compared(asked, cut) is is_done, cut


@pytest.mark.parametrize(
    "deed", [SaleByHand(BY_HAND), RefundByHand(BY_HAND)], ids=["sale", "refund"]
)
@virtual
async def test_f39_what_is_booked_by_hand_is_told_and_shows_when_the_day_is_closed(
    tmp_path: Path, deed: ByHand
) -> None:
    async with opened(tmp_path) as store:
        await closed(Sale(store, 1_000))
        sale = Sale(store, 1_000)
        await sale.ask()
        await done()
        await store.terminals[LANE].arm(deed)
        sign = 1 if isinstance(deed, SaleByHand) else -1
        told = await closed(sale)
        assert told["agreement"] == "differs"
        assert told["totals"]["amount"] - told["takings"]["amount"] == sign * BY_HAND
        assert (await sale.told(), sale.booked(), sale.reported()) == (True, 1, 1)


@virtual
async def test_f39_a_sale_that_is_taken_back_by_hand_stays_told_as_it_was_and_is_found(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        await closed(Sale(store, 1_000))
        sale = Sale(store, 2_000)
        await sale.ask()
        await done()
        await store.terminals[LANE].arm(ReversalByHand())
        refund = await sale.manager.post("/v1/refunds", {"payment_intent": sale.payment})
        await done()
        back = Counter(row.kind for row in store.terminals[LANE].ledger.book.stored)["reversal"]
        assert back == 1, "the money goes back once"
        assert refund.is_success, refund.text
        assert await refunds(sale) == ["failed"]
        told = await closed(sale)
        assert (told["agreement"], told["totals"]["amount"]) == ("differs", 0)


@virtual
async def test_f39_a_day_that_is_closed_by_hand_is_never_told_as_equal(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await closed(Sale(store, 1_000))
        before = Sale(store, 2_000)
        await before.ask()
        await done()
        await store.terminals[LANE].arm(ClosingByHand())
        refund = await before.manager.post("/v1/refunds", {"payment_intent": before.payment})
        await done()
        assert refund.is_success, refund.text
        assert await refunds(before) == ["failed"]
        after = Sale(store, 4_000)
        await after.ask()
        await done()
        assert (await after.told(), after.booked(), after.reported()) == (True, 1, 1)
        assert (await closed(after))["agreement"] == "differs"


@virtual
async def test_f39_who_works_by_hand_is_noticed_before_the_next_sale(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first = Sale(store, 2_000)
        await first.ask()
        await done()
        await store.power_off()
        await store.terminals[LANE].arm(SaleByHand(BY_HAND))
        await store.power_on()
        (shown,) = (await store.manager().get("/posd/v1/status"))["lanes"]
        assert shown["reader"]["used_elsewhere_ms"] is not None
        second = Sale(store, 3_000)
        await second.ask()
        await done()
        assert (await second.told(), second.booked(), second.reported()) == (True, 1, 1)


async def closed(by: Move) -> dict[str, Any]:
    """What became of the end of day."""
    answer = await by.manager.post(PATH, {})
    assert answer.is_success, answer.text
    await done()
    return await by.manager.get(PATH)


async def refunds(of: Move) -> list[str]:
    """How the refunds of a payment stand."""
    page = await of.manager.get(f"/v1/refunds?payment_intent={of.payment}")
    return [refund["status"] for refund in page["data"]]
