"""A reader that is plugged in again is found at once, and a loose plug wakes nobody (F4, F33)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from posd.model.attempt import AttemptState
from posd.plugging import STAYS_S, Plugging
from posd.steadiness import PAUSE_S_MAX, STEADY_S
from posd_drivers.card_reader import Answer, Attendant
from posd_drivers.errors import NotSent, OutcomeUnknown
from tests.unit.posd.bus import Bus
from tests.unit.posd.stage import READER, ScriptedTerminal, Stage, booked, played
from tests.unit.posd.virtual import virtual

CYCLES = 200
FLAP_S = 0.1
OUT_S = 0.03
SLOW_FLAP_S = 3 * STAYS_S
"""Each half of it is long enough for the plug to count as in."""
AWAY_S = 3 * PAUSE_S_MAX
USABLE_S = 3.0
MINUTE_S = 60.0
FIRST_OPENINGS = 6
"""So many come sooner than PAUSE_S_MAX after each other."""


class Plug:
    """The plug of a terminal, on a bus of its own."""

    def __init__(self, terminal: ScriptedTerminal) -> None:
        self._terminal = terminal
        self._bus = Bus()
        self.watch = self._bus.watch

    def pull(self) -> None:
        """It is out."""
        self._terminal.unplug()
        self._bus.event()

    def put_in(self) -> None:
        """It is in."""
        self._terminal.plugged = True
        self._bus.event()

    async def flap(self, cycle_s: float, out_s: float) -> None:
        """CYCLES times out and in."""
        for _ in range(CYCLES):
            self.pull()
            await asyncio.sleep(out_s)
            self.put_in()
            await asyncio.sleep(cycle_s - out_s)


class Sleeper:
    """Counts how often it is woken, and when."""

    def __init__(self) -> None:
        self.woken_at: list[float] = []

    def plugged(self) -> None:
        """Note the time."""
        self.woken_at.append(asyncio.get_running_loop().time())


@asynccontextmanager
async def following(plugging: Plugging) -> AsyncIterator[None]:
    """Follow it meanwhile."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(plugging.run(), name="plugging")
        try:
            yield
        finally:
            task.cancel()


@contextmanager
def counted(terminal: ScriptedTerminal, question: str) -> Iterator[list[str]]:
    """How often the device was asked that meanwhile, once it is over."""
    before, asked = len(terminal.asked), list[str]()
    yield asked
    asked += [one for one in terminal.asked[before:] if one == question]


async def until_online(on: Stage) -> float:
    """How long it takes until it takes payments, in seconds; MINUTE_S if it does not."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while not on.attachment.live.online and loop.time() < began + MINUTE_S:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return loop.time() - began


async def until_asked(terminal: ScriptedTerminal, question: str) -> None:
    """Return at the next time that the device is asked that."""
    times = terminal.asked.count(question)
    while terminal.asked.count(question) == times:  # noqa: ASYNC110 (virtual time)
        await asyncio.sleep(0.01)


@virtual
async def test_what_stays_wakes_everybody_once() -> None:
    bus, sleepers = Bus(), {"1": Sleeper(), "2": Sleeper()}
    async with following(Plugging(bus.watch, sleepers)):
        for _ in range(5):  # a hub: several devices within a moment
            bus.event()
            await asyncio.sleep(STAYS_S / 2)
        await asyncio.sleep(STAYS_S)
    (woken,) = sleepers["1"].woken_at
    assert sleepers["2"].woken_at == [woken]
    assert woken == pytest.approx(4 * STAYS_S / 2 + STAYS_S)


@virtual
async def test_ten_times_a_second_wakes_nobody_before_it_stays() -> None:
    bus, sleeper = Bus(), Sleeper()
    async with following(Plugging(bus.watch, {READER: sleeper})):
        for _ in range(CYCLES):
            bus.event()
            await asyncio.sleep(FLAP_S)
        assert sleeper.woken_at == []
        await asyncio.sleep(STAYS_S)
        assert len(sleeper.woken_at) == 1


@virtual
async def test_what_follows_is_woken_though_it_came_later() -> None:
    bus = Bus()
    waiting: dict[str, Sleeper] = {}
    async with following(Plugging(bus.watch, waiting)):
        bus.event()
        await asyncio.sleep(0)
        waiting[READER] = sleeper = Sleeper()
        await asyncio.sleep(2 * STAYS_S)
    assert len(sleeper.woken_at) == 1


@pytest.mark.parametrize("away_s", [0.2, 1.0, AWAY_S, AWAY_S + PAUSE_S_MAX / 2])
def test_a_reader_that_is_plugged_in_again_takes_payments_within_three_seconds(
    tmp_path: Path, away_s: float
) -> None:
    async def scene(on: Stage) -> None:
        plug = Plug(on.terminal)
        async with following(Plugging(plug.watch, {READER: on.attachment})):
            await asyncio.sleep(STEADY_S)
            plug.pull()
            await asyncio.sleep(away_s)
            plug.put_in()
            assert await until_online(on) < USABLE_S - 1.0, "a terminal takes time to answer"

    played(tmp_path, scene)


def test_a_device_that_was_opened_too_early_is_opened_again_at_once(tmp_path: Path) -> None:
    """Its node is there before anybody may open it: udev sets the rights a moment later."""

    async def scene(on: Stage) -> None:
        plug = Plug(on.terminal)
        async with following(Plugging(plug.watch, {READER: on.attachment})):
            plug.pull()
            await asyncio.sleep(AWAY_S)
            with counted(on.terminal, "open") as openings:
                await until_asked(on.terminal, "open")
                await asyncio.sleep(PAUSE_S_MAX - STAYS_S / 2)
                on.terminal.faults["open"] = [NotSent("permission denied")]
                plug.put_in()
                assert await until_online(on) < USABLE_S
            assert len(openings) == 3, "before it was there, too early, and when it stayed"

    played(tmp_path, scene)


def test_flapping_at_ten_hertz_is_one_loss_and_backs_off(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def scene(on: Stage) -> None:
        plug = Plug(on.terminal)
        async with following(Plugging(plug.watch, {READER: on.attachment})):
            await asyncio.sleep(STEADY_S)
            caplog.clear()
            with counted(on.terminal, "open") as openings:
                await plug.flap(FLAP_S, OUT_S)
            assert len(openings) <= CYCLES * FLAP_S / PAUSE_S_MAX + FIRST_OPENINGS
            assert await until_online(on) < USABLE_S
            told = [record.getMessage().partition(" reader=")[0] for record in caplog.records]
            assert told == ["reader lost", "reader online"]

    played(tmp_path, scene)


def test_a_plug_that_stays_a_little_is_opened_once_each_time(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        plug = Plug(on.terminal)
        async with following(Plugging(plug.watch, {READER: on.attachment})):
            with counted(on.terminal, "register") as greetings:
                await plug.flap(2 * SLOW_FLAP_S, SLOW_FLAP_S)
            assert len(greetings) == CYCLES

    played(tmp_path, scene)


def test_a_cashier_may_plug_it_in_again_and_again(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        plug = Plug(on.terminal)
        async with following(Plugging(plug.watch, {READER: on.attachment})):
            for _ in range(CYCLES):
                plug.pull()
                await asyncio.sleep(SLOW_FLAP_S)
                plug.put_in()
                assert await until_online(on) < USABLE_S - 1.0, "a terminal takes time to answer"

    played(tmp_path, scene)


def test_a_payment_that_is_lost_in_the_flapping_is_found_and_not_asked_for_again(
    tmp_path: Path,
) -> None:
    async def flaps_away(
        on: ScriptedTerminal, amount: int, _currency: str, sale: Attendant
    ) -> Answer:
        sale.acknowledged()
        on.stored = booked(on.next_receipt, amount)
        on.unplug()
        raise OutcomeUnknown("link_lost")

    async def scene(on: Stage) -> None:
        plug = Plug(on.terminal)
        async with following(Plugging(plug.watch, {READER: on.attachment})):
            intent = await on.order()
            await on.process(intent)
            await plug.flap(FLAP_S, OUT_S)
            assert await until_online(on) < USABLE_S
            assert on.terminal.asked.count("authorize") == 1
            assert on.attempt_of(intent).state is AttemptState.APPROVED

    played(tmp_path, scene, ScriptedTerminal(flaps_away))
