"""Terminals that are there and do not answer, go away by themselves, or were never there.

What a till may be made to wait, what the page says of the lane, and where it sends the customer.
"""

import asyncio
from pathlib import Path
from typing import Any, Final

import pytest

from posd.snapshot.colours import GRACE_MS
from posd_simulator.cloud.faults import Fault, FaultKind
from posd_simulator.terminal.deeds import Need, Reboot, Update
from posd_simulator.terminal.settings import Settings, Wire
from tests.simulation.stories.stage import GREETING_S, PAID, Store, lane, opened
from tests.unit.posd.page.telling import front
from tests.unit.posd.virtual import virtual

FRONT, BACK = lane(1), lane(2)
AMOUNT: Final = 1_250
DONE_S: Final = 15.0
QUIET_S: Final = 40 * 60.0
STALE_S_MAX: Final = 60.0
"""After which a silent terminal is shown as such."""
LOOK_S: Final = 1.0
GLANCE_S: Final = 5.0
WAIT_S_MAX: Final = 15.0
"""What a till waits at most for a terminal that posd knows to be away or has just lost."""
FOR_EVER_S: Final = 86_400.0
UPDATE_NEEDED: Final = 0xC4
UPDATE_S: Final = 240.0
NIGHT_S: Final = 360.0
MIDNIGHT_UTC: Final = "23:00"
"""As the terminals' clocks say it at midnight in Berlin."""
TO_MIDNIGHT_S: Final = 15 * 3600.0 - 60.0
"""From when the store opens; a minute is left."""
READY_S_MAX: Final = 2.0
OFFLINE: Final = "terminal_reader_offline"


async def shown(store: Store, number: int = 1) -> dict[str, Any]:
    """How the page shows a lane."""
    lanes: list[dict[str, Any]] = (await store.manager().get("/posd/v1/status"))["lanes"]
    return lanes[number - 1]


async def verdict(store: Store) -> str:
    """How the page shows the store."""
    return str((await store.manager().get("/posd/v1/status"))["verdict"]["level"])


async def refused_within(store: Store, limit_s: float) -> str:
    """The code with which the first lane refuses a sale, in that time; nothing is journaled."""
    till = store.till()
    intent = await till.ring_up(AMOUNT)
    began = asyncio.get_running_loop().time()
    answer = await till.hand_over(FRONT, intent)
    assert asyncio.get_running_loop().time() - began <= limit_s
    assert not answer.is_success
    assert store.facts(intent) == []
    return str(answer.json()["error"]["code"])


async def paid(store: Store, at: str) -> None:
    """Somebody pays there."""
    till = store.till()
    intent = await till.ring_up(AMOUNT)
    assert (await till.hand_over(at, intent)).is_success
    await asyncio.sleep(DONE_S)
    assert (await store.books(till, intent)).told == "succeeded"


@virtual
async def test_idle_40_min_is_shown_within_a_minute_and_no_customer_waits(tmp_path: Path) -> None:
    async with opened(tmp_path, settings=Settings(wire=Wire.SERIAL)) as store:
        await asyncio.sleep(QUIET_S)
        assert (await shown(store))["level"] == "ok"
        await store.terminals[FRONT].arm(Reboot(FOR_EVER_S))
        for _look in range(round(STALE_S_MAX / LOOK_S)):
            await asyncio.sleep(LOOK_S)
            if (await shown(store))["reader"]["status"] != "online":
                break
        seen = (await shown(store))["reader"]
        assert (seen["status"], seen["trouble"]) == ("offline", "no_answer")
        assert await refused_within(store, WAIT_S_MAX) == OFFLINE


@virtual
async def test_works_once_is_found_at_the_second_command_and_the_lane_is_offered_elsewhere(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, lanes=2) as store:
        await store.power_off()
        store.fallbacks = {"lane-1": "lane-2"}
        await store.power_on()
        await paid(store, FRONT)
        await store.terminals[FRONT].arm(Reboot(FOR_EVER_S))
        await asyncio.sleep(STALE_S_MAX)
        seen = await shown(store)
        assert seen["reader"]["trouble"] == "no_answer"
        assert seen["fallback"]["id"] == BACK
        till = store.till()
        intent = await till.ring_up(AMOUNT + 100)
        assert (await till.hand_over(FRONT, intent)).json()["error"]["code"] == OFFLINE
        page = front(store.posd.snapshot())
        assert "does not answer. Switch it off and on." in page
        assert "Use lane-2 instead." in page
        assert (await till.hand_over(BACK, intent)).is_success
        await asyncio.sleep(DONE_S)
        assert await store.books(till, intent) == PAID


@pytest.mark.parametrize("wire", Wire, ids=lambda wire: wire.value)
@virtual
async def test_nightly_restart_is_grey_without_an_alarm_and_over_by_itself(
    tmp_path: Path, wire: Wire
) -> None:
    settings = Settings(wire=wire, restarts_at=MIDNIGHT_UTC, restart_s=NIGHT_S)
    async with opened(tmp_path, settings=settings) as store:
        await asyncio.sleep(TO_MIDNIGHT_S)
        seen = {}
        for _look in range(round((NIGHT_S + 2 * STALE_S_MAX) / GLANCE_S)):
            await asyncio.sleep(GLANCE_S)
            seen[await verdict(store)] = (await shown(store))["reader"]["trouble"]
        assert seen == {"ok": None, "resting": "restarting"}
        assert await verdict(store) == "ok"
        await paid(store, FRONT)


@virtual
async def test_update_mid_shift_is_shown_with_its_time_and_the_sale_goes_elsewhere(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, lanes=2) as store:
        await store.power_off()
        store.fallbacks = {"lane-1": "lane-2"}
        await store.power_on()
        terminal = store.terminals[FRONT]
        await terminal.arm(Need(UPDATE_NEEDED))
        await asyncio.sleep(STALE_S_MAX)
        assert (await shown(store))["reader"]["need"] == "update"
        await terminal.arm(Update(UPDATE_S))
        await asyncio.sleep(STALE_S_MAX)
        seen = await shown(store)
        assert (seen["reader"]["trouble"], seen["fallback"]["id"]) == ("updating", BACK)
        page = front(store.posd.snapshot())
        assert "for up to half an hour" in page
        assert "Use lane-2 instead." in page
        assert await refused_within(store, WAIT_S_MAX) == OFFLINE
        await paid(store, BACK)
        await asyncio.sleep(UPDATE_S + STALE_S_MAX)
        assert (await shown(store))["level"] == "ok"
        await paid(store, FRONT)


@virtual
async def test_cold_start_offline_is_ready_at_once_and_says_what_is_missing(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, lanes=2) as store:
        await store.power_off()
        store.cloud.faults.add(Fault(FaultKind.RESET, method="*", path="*", times=10_000))
        await store.terminals[FRONT].pull_cable()
        began = asyncio.get_running_loop().time()
        await store.power_on()
        assert asyncio.get_running_loop().time() - began <= READY_S_MAX + GREETING_S
        (await store.till().http.get("/posd/v1/ready")).raise_for_status()
        assert (await shown(store))["level"] == "resting"
        assert await refused_within(store, WAIT_S_MAX) == OFFLINE
        await paid(store, BACK)
        await asyncio.sleep(GRACE_MS / 1000)
        assert (await shown(store))["level"] == "stop"
        store.terminals[FRONT].cable.plug()
        await asyncio.sleep(STALE_S_MAX)
        await paid(store, FRONT)
