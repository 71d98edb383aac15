"""Clocks that jump: the store's machine's and the terminal's own (clock-jump, F18 at a reader)."""

import asyncio
from pathlib import Path
from typing import Final

import pytest

from posd_simulator.cloud.faults import Fault as CloudFault
from posd_simulator.cloud.faults import FaultKind
from posd_simulator.terminal.deeds import ClockOff
from posd_simulator.terminal.faults import At, Cut, Moment
from posd_simulator.terminal.settings import Settings, StorageRule, Wire
from tests.simulation.clock import MachineClock
from tests.simulation.stories.stage import OPENS_WALL_MS, PAID, Store, lane, opened
from tests.simulation.stories.tills import Till
from tests.unit.posd.virtual import virtual

LANE: Final = lane(1)
AMOUNT: Final = 1_250
HOUR_MS: Final = 3_600_000
CARD_AWAITED_S: Final = 0.5
DONE_S: Final = 15.0
OUT_S: Final = 20.0
PROVEN_S: Final = 120.0
REPORT: Final = 7
PERSON_S: Final = 300.0
LOOKED_S: Final = 900.0
"""Within that posd tries a few times, and looks at Stripe for what may be there already."""
KEPT_500: Final = CloudFault(FaultKind.ERROR_AFTER_COMMIT, path="*/report_payment")
WEEK_S: Final = 7 * 86_400.0
"""Before the terminal's last transaction."""
YEARS_S: Final = 20 * 365 * 86_400.0
JUMPS: Final = pytest.mark.parametrize(
    "by_ms", [HOUR_MS, -HOUR_MS, 72 * HOUR_MS, -OPENS_WALL_MS], ids=["+1h", "-1h", "+3d", "1970"]
)


async def with_its_own_clock(store: Store) -> MachineClock:
    """Have posd live by a clock that can jump; the world goes on by its own."""
    clock = MachineClock(asyncio.get_running_loop(), OPENS_WALL_MS)
    await store.power_off()
    store.clock = clock
    await store.power_on()
    return clock


async def handed_over(store: Store, amount: int) -> tuple[Till, str]:
    """A payment that its terminal has in hand."""
    till = store.till()
    intent = await till.ring_up(amount)
    assert (await till.hand_over(LANE, intent)).is_success
    return till, intent


@JUMPS
@virtual
async def test_clock_jump_in_the_middle_of_a_payment_changes_nothing_of_it(
    tmp_path: Path, by_ms: int
) -> None:
    async with opened(tmp_path) as store:
        clock = await with_its_own_clock(store)
        for number in range(2):
            till, intent = await handed_over(store, AMOUNT + 100 * number)
            await asyncio.sleep(CARD_AWAITED_S)
            clock.ahead_ms = by_ms * (1 - number)
            await asyncio.sleep(DONE_S)
            assert await store.books(till, intent) == PAID
            assert store.kinds(intent) == ["AttemptStarted", "StatusReported", "AttemptApproved"]


@JUMPS
@virtual
async def test_clock_jump_while_an_outcome_is_unknown_neither_proves_nor_delays_it(
    tmp_path: Path, by_ms: int
) -> None:
    settings = Settings(wire=Wire.TCP, storage_rule=StorageRule.NEW)
    async with opened(tmp_path, settings=settings) as store:
        clock = await with_its_own_clock(store)
        store.terminals[LANE].faults.arm(At(REPORT, Moment.AFTER, Cut(for_s=None)))
        till, intent = await handed_over(store, AMOUNT)
        await asyncio.sleep(DONE_S)
        assert await till.status(intent) == "processing"
        clock.ahead_ms = by_ms
        await asyncio.sleep(PERSON_S)
        assert await store.manager().errands() == [(intent, "needs_a_person")]
        clock.ahead_ms = 0
        store.terminals[LANE].cable.plug()
        await asyncio.sleep(PROVEN_S)
        assert await store.books(till, intent) == PAID
        kinds = store.kinds(intent)
        assert (kinds[0], kinds[-2:]) == ("AttemptStarted", ["PersonNeeded", "AttemptApproved"])


@pytest.mark.parametrize(
    "off_s", [3_600.0, -3_600.0, -WEEK_S, -YEARS_S], ids=["+1h", "-1h", "-1 week", "2006"]
)
@virtual
async def test_clock_jump_of_the_terminal_is_evidence_and_no_veto(
    tmp_path: Path, off_s: float
) -> None:
    settings = Settings(wire=Wire.TCP, storage_rule=StorageRule.NEW)
    async with opened(tmp_path, settings=settings) as store:
        await store.terminals[LANE].arm(ClockOff(off_s))
        store.terminals[LANE].faults.arm(At(REPORT, Moment.AFTER, Cut(OUT_S)))
        till, intent = await handed_over(store, AMOUNT)
        await asyncio.sleep(PROVEN_S)
        assert await store.books(till, intent) == PAID
        assert await store.manager().errands() == []


@pytest.mark.parametrize(
    "by_ms", [-HOUR_MS, -72 * HOUR_MS, -OPENS_WALL_MS], ids=["-1h", "-3d", "1970"]
)
@virtual
async def test_clock_jump_in_a_sale_keeps_no_report_from_stripe(tmp_path: Path, by_ms: int) -> None:
    async with opened(tmp_path) as store:
        clock = await with_its_own_clock(store)
        clock.ahead_ms = by_ms
        store.cloud.faults.add(KEPT_500)
        till, intent = await handed_over(store, AMOUNT)
        await asyncio.sleep(DONE_S)
        clock.ahead_ms = 0
        await asyncio.sleep(LOOKED_S)
        assert await store.books(till, intent) == PAID
