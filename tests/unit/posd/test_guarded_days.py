"""An order is paid once a business day, whatever is done to the machine's clock meanwhile (M7)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from posd.composition import Posd
from posd.errors import Refused
from tests.unit.posd.house import DIALOGUE_S, LANE_1, TILL, House, ordered
from tests.unit.posd.stage import ScriptedTerminal
from tests.unit.posd.virtual import JumpingClock, virtual

HOUR_S = 3600
HOUR_MS = HOUR_S * 1000
DAY_H = 24
DEAD_BATTERY_MS = 0
"""1970, where a machine begins that has nothing to keep the time."""


@asynccontextmanager
async def shop(folder: Path, clock: JumpingClock) -> AsyncIterator[Posd]:
    """One lane."""
    async with House(folder, {LANE_1: ScriptedTerminal().open}, clock=clock).living() as posd:
        yield posd


async def sell(posd: Posd, order: str) -> None:
    """Raises Refused."""
    intent = await ordered(posd, order_id=order)
    await posd.payments.process(LANE_1, intent.id, actor=TILL, claim=None)
    await asyncio.sleep(DIALOGUE_S)


async def refused(posd: Posd, order: str) -> None:
    with pytest.raises(Refused, match=f"Order '{order}' has a payment already"):
        await sell(posd, order)


@pytest.mark.parametrize("hours", [-3 * DAY_H, -11, 11, 3 * DAY_H, 56 * 365 * DAY_H])
@virtual
async def test_an_order_is_paid_once_although_the_clock_is_set(tmp_path: Path, hours: int) -> None:
    clock = JumpingClock()
    async with shop(tmp_path, clock) as posd:
        await sell(posd, "A-17")
        clock.now_ms += hours * HOUR_MS
        await refused(posd, "A-17")
        await sell(posd, "A-18")
        clock.now_ms -= hours * HOUR_MS
        await refused(posd, "A-17")
        await refused(posd, "A-18")


@virtual
async def test_an_order_is_paid_once_although_posd_starts_with_the_clock_set_back(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, {LANE_1: ScriptedTerminal().open})
    async with house.living() as posd:
        await sell(posd, "A-17")
    house.clock.now_ms -= 3 * DAY_H * HOUR_MS
    async with house.living() as posd:
        await refused(posd, "A-17")


@virtual
async def test_a_clock_that_is_set_right_gives_each_number_back_the_day_after(
    tmp_path: Path,
) -> None:
    clock = JumpingClock()
    now_ms, clock.now_ms = clock.now_ms, DEAD_BATTERY_MS
    async with shop(tmp_path, clock) as posd:
        await sell(posd, "A-17")
        clock.now_ms = now_ms
        await sell(posd, "A-18")
        await refused(posd, "A-17")
        await asyncio.sleep((DAY_H + 1) * HOUR_S)
        await sell(posd, "A-17")
        await sell(posd, "A-18")


@virtual
async def test_a_clock_that_is_steered_is_not_set(tmp_path: Path) -> None:
    clock = JumpingClock()
    async with shop(tmp_path, clock) as posd:
        await sell(posd, "A-17")
        for _hour in range(DAY_H + 1):
            clock.now_ms += 1000
            await asyncio.sleep(HOUR_S)
            await sell(posd, f"B-{_hour}")
        await sell(posd, "A-17")
