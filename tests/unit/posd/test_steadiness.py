"""A loose plug is one loss and one alarm, and never a second action (M18)."""

import asyncio
import logging
from pathlib import Path

import pytest

from posd.live import Trouble
from posd.steadiness import (
    PAUSE_S_MAX,
    PAUSE_S_MIN,
    SETTLE_S,
    STEADY_S,
    Steadiness,
)
from posd_drivers.errors import NoAnswer
from tests.unit.posd.stage import ScriptedTerminal, Stage, played
from tests.unit.posd.virtual import virtual

FLAPS = 50
FLAP_S = 0.1
OUT_S = 0.03
BACK_S = 15.0
SILENCE_S = 15.0
"""How long a question may take to fail: three times T2 (zvt.md 2.5)."""
NOON_MS = 12 * 3600 * 1000
"""After the midnight at which the clock of the stage stands: then terminals restart."""


def test_a_reader_that_was_never_lost_settles_at_once() -> None:
    assert (Steadiness().pause_s, Steadiness().settle_s) == (PAUSE_S_MIN, 0.0)


def test_pauses_double_while_it_does_not_stay_and_are_bounded() -> None:
    steadiness = Steadiness()
    pauses = []
    for _ in range(8):
        steadiness.lost(held_s=1.0)
        pauses.append(steadiness.pause_s)
    assert pauses[:3] == [0.5, 1.0, 2.0]
    assert (pauses[-1], steadiness.settle_s) == (PAUSE_S_MAX, SETTLE_S)


def test_a_device_that_was_never_there_settles_at_once_when_it_comes() -> None:
    steadiness = Steadiness()
    for _ in range(8):
        steadiness.lost(held_s=0.0)
    assert (steadiness.pause_s, steadiness.settle_s) == (PAUSE_S_MAX, 0.0)


def test_a_steady_hold_forgives_what_was_before() -> None:
    steadiness = Steadiness()
    for held_s in (1.0, 1.0, 1.0, STEADY_S):
        steadiness.lost(held_s)
    assert (steadiness.pause_s, steadiness.settle_s) == (PAUSE_S_MIN, SETTLE_S)


@pytest.mark.parametrize("plugged_at_s", [None, -1.0, 0.1, 2.0])
@virtual
async def test_a_pause_ends_when_something_is_plugged_in(plugged_at_s: float | None) -> None:
    loop, steadiness = asyncio.get_running_loop(), Steadiness()
    steadiness.plugged()
    await steadiness.pause(PAUSE_S_MAX)
    if plugged_at_s is not None:
        loop.call_later(plugged_at_s, steadiness.plugged)
        await asyncio.sleep(0)  # what came before the wait began
    began = loop.time()
    await steadiness.pause(PAUSE_S_MAX)
    expected = PAUSE_S_MAX if plugged_at_s is None else max(plugged_at_s, PAUSE_S_MIN)
    assert loop.time() - began == pytest.approx(expected)


async def flaps(terminal: ScriptedTerminal) -> None:
    """Ten times a second the plug goes out and in."""
    for _ in range(FLAPS):
        terminal.unplug()
        await asyncio.sleep(OUT_S)
        terminal.plugged = True
        await asyncio.sleep(FLAP_S - OUT_S)


def test_a_plug_that_flaps_ten_times_a_second_is_one_loss(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def scene(on: Stage) -> None:
        await asyncio.sleep(STEADY_S)
        caplog.clear()
        asked = list(on.terminal.asked)
        await flaps(on.terminal)
        assert [one for one in on.terminal.asked[len(asked) :] if one == "register"] == []
        await asyncio.sleep(BACK_S)
        assert on.attachment.live.online
        assert on.terminal.asked.count("register") == 2
        told = [record.getMessage().partition(" reader=")[0] for record in caplog.records]
        assert told == ["reader lost", "reader online"]

    played(tmp_path, scene)


def test_a_payment_that_flaps_away_is_one_payment(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await on.process(await on.order())
        await flaps(on.terminal)
        await asyncio.sleep(BACK_S)
        assert on.terminal.asked.count("authorize") == 1

    played(tmp_path, scene)


def test_a_terminal_that_falls_silent_is_known_to_be_within_a_minute(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms += NOON_MS
        on.terminal.faults["readiness"] = [NoAnswer("silent")] * 99
        on.terminal.faults["register"] = [NoAnswer("silent")] * 99
        await asyncio.sleep(60.0 - SILENCE_S)
        live = on.attachment.live
        assert (live.online, live.trouble) == (False, Trouble.NO_ANSWER)
        assert live.last_seen_ms is not None

    played(tmp_path, scene)
