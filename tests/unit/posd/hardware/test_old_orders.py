"""An order that stayed open for long is looked for, asked for no more, and given up in the end."""

import asyncio
from pathlib import Path

import pytest

from posd.errors import OrderUndecided, Refused
from posd.hardware.orders import GIVEN_UP_MS, REPEATED_MS_MAX
from tests.unit.posd.hardware.stage import CLAIM, FIRST, Store
from tests.unit.posd.hardware.stripe import Trouble
from tests.unit.posd.virtual import virtual

HOUR_S = 3600.0
SOON_S = 60.0


@virtual
async def test_after_a_days_silence_it_is_looked_for_and_never_asked_again(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.stripe.troubles = [Trouble.REQUEST_LOST]
    async with store.living(runs=False) as life:
        with pytest.raises(OrderUndecided):
            await life.order(CLAIM)
    store.clock.now_ms += GIVEN_UP_MS
    store.stripe.forget_keys()
    async with store.living() as life:
        await asyncio.sleep(SOON_S)
        with pytest.raises(Refused) as refused:
            await life.order(CLAIM)
        assert refused.value.code == "order_not_placed"
        assert (await life.order()).record.id == "thor_1"
    assert store.stripe.placements() == 1


@virtual
async def test_an_order_of_yesterday_that_stripe_lists_is_placed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.stripe.troubles = [Trouble.ANSWER_LOST]
    async with store.living(runs=False) as life:
        with pytest.raises(OrderUndecided):
            await life.order()
    store.clock.now_ms += GIVEN_UP_MS
    store.stripe.forget_keys()
    async with store.living() as life:
        await asyncio.sleep(SOON_S)
        assert life.orders.order(FIRST).id == "thor_1"
    assert store.stripe.placements() == 1


@virtual
async def test_between_the_last_repetition_and_giving_up_it_is_only_looked_for(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path)
    store.stripe.troubles = [Trouble.REQUEST_LOST]
    async with store.living(runs=False) as life:
        with pytest.raises(OrderUndecided):
            await life.order()
    store.clock.now_ms += REPEATED_MS_MAX
    async with store.living() as life:
        await asyncio.sleep(SOON_S)
        assert life.kinds() == ["HardwareOrderRequested"]
        await asyncio.sleep(HOUR_S + SOON_S * 10)
        assert life.kinds() == ["HardwareOrderRequested", "HardwareOrderRefused"]
    assert store.stripe.placements() == 0


@virtual
async def test_a_clock_that_jumps_a_day_makes_no_minute_a_day(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.stripe.troubles = [Trouble.REQUEST_LOST]
    async with store.living(runs=False) as life:
        with pytest.raises(OrderUndecided):
            await life.order()
        store.clock.now_ms += GIVEN_UP_MS
        async with asyncio.TaskGroup() as group:
            running = group.create_task(life.orders.run(), name="orders")
            await asyncio.sleep(HOUR_S / 2)
            assert life.kinds() == ["HardwareOrderRequested"]
            await asyncio.sleep(HOUR_S)
            assert life.kinds() == ["HardwareOrderRequested", "HardwareOrderRefused"]
            running.cancel()
