"""systemd hears of a posd that can take a payment, and of no other (virtual time)."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Final

import pytest

from posd.service.watchdog import Watch
from tests.simulation.loop import VirtualLoop
from tests.unit.posd.virtual import virtual

INTERVAL_S: Final = 10.0
PERIOD_S: Final = 30.0
"""systemd kills a service that gives no sign for so long."""


class Signs:
    """When each sign of life was given, by the loop."""

    def __init__(self) -> None:
        self.at_s: list[float] = []

    def alive(self) -> None:
        self.at_s.append(asyncio.get_running_loop().time())

    def longest_silence_s(self, until_s: float) -> float:
        return max(after - before for before, after in pairwise([*self.at_s, until_s]))


async def prompt() -> None:
    """A journal's thread that has nothing to do."""


def hold_up(seconds: float) -> None:
    """A call that keeps the loop for so long."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop._now += seconds


async def watched(
    signs: Signs, for_s: float, journal_answers: Callable[[], Awaitable[None]] = prompt
) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(for_s):
            await Watch(INTERVAL_S, signs.alive, journal_answers).keep()


@virtual
async def test_a_posd_that_is_well_gives_a_sign_each_interval() -> None:
    signs = Signs()
    await watched(signs, 35.0)
    assert signs.at_s == [0.0, 10.0, 20.0, 30.0]


@virtual
async def test_a_loop_that_lags_for_a_second_gives_none_until_it_is_prompt_again() -> None:
    signs = Signs()
    loop = asyncio.get_running_loop()
    loop.call_at(9.0, hold_up, 2.5)
    await watched(signs, 20.0)
    assert signs.at_s == [0.0, 12.5], "the sign that was due at 10 was withheld"


@virtual
async def test_a_loop_that_lags_less_is_well() -> None:
    signs = Signs()
    asyncio.get_running_loop().call_at(9.0, hold_up, 1.9)
    await watched(signs, 20.0)
    assert signs.at_s == [0.0, 10.9]


@virtual
async def test_a_loop_that_is_always_late_is_restarted_by_systemd() -> None:
    signs = Signs()

    async def busy() -> None:
        while True:
            await asyncio.sleep(0)
            hold_up(1.5)

    async with asyncio.TaskGroup() as group:
        hog = group.create_task(busy(), name="hog")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(100.0):
                await Watch(INTERVAL_S, signs.alive, prompt).keep()
        hog.cancel()
    assert signs.longest_silence_s(100.0) > PERIOD_S


@virtual
async def test_a_disk_that_keeps_the_journals_thread_ends_the_signs() -> None:
    signs = Signs()
    stuck_from_s = 15.0

    async def answers() -> None:
        if asyncio.get_running_loop().time() > stuck_from_s:
            await asyncio.Event().wait()

    await watched(signs, 60.0, answers)
    assert signs.at_s == [0.0, 10.0]


@virtual
async def test_a_disk_that_comes_back_in_time_is_no_reason_to_start_again() -> None:
    signs = Signs()
    loop = asyncio.get_running_loop()

    async def answers() -> None:
        if 5.0 < loop.time() < 28.0:
            await asyncio.sleep(28.0 - loop.time())

    await watched(signs, 60.0, answers)
    assert signs.longest_silence_s(60.0) < PERIOD_S


@virtual
async def test_what_is_held_up_is_said(caplog: pytest.LogCaptureFixture) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    asyncio.get_running_loop().call_at(9.0, hold_up, 4.0)
    await watched(Signs(), 16.0, prompt)
    await watched(Signs(), 11.0, never)
    assert [record.getMessage() for record in caplog.records] == [
        "no sign of life: the event loop was held up for 3.0 s",
        "no sign of life: the journal's thread has not answered for 10 s",
    ]
