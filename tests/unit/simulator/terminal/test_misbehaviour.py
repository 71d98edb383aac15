"""A terminal that misbehaves, in virtual time over memory: faults, deeds, nights, days."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typing_extensions import override

from posd_drivers.errors import DeviceGone, NotSent
from posd_drivers.transport import memory
from posd_drivers.zvt.framing import ACK, NAK, Broken, Frame, FrameDecoder, Nak
from posd_simulator.terminal.cardholder import Cardholder
from posd_simulator.terminal.day import play, read_day
from posd_simulator.terminal.deeds import Identity, Need, Reboot, SaleByHand
from posd_simulator.terminal.faults import (
    At,
    Corrupt,
    Cut,
    FallSilent,
    Fate,
    Fault,
    Faults,
    Lose,
    Moment,
    Noise,
    Repeat,
    Silence,
    Stall,
)
from posd_simulator.terminal.habits import Habits
from posd_simulator.terminal.ledger import MemoryLedger
from posd_simulator.terminal.settings import Settings, StorageRule, Wire
from posd_simulator.terminal.terminal import Terminal
from posd_simulator.terminal.transcript import parse
from tests.simulation.loop import virtually
from tests.unit.simulator.terminal.test_link import framed
from tests.unit.simulator.terminal.test_serve import SerialCaller
from tests.unit.simulator.terminal.test_terminal import PAY_12_50, REGISTER, Caller
from tests.unit.simulator.terminal.till import GOOD

PAY = PAY_12_50.hex(" ")
ENQUIRY = bytes.fromhex("05 01 00")
ENOUGH_S = 300.0


class Stand:
    """One terminal on a table, in virtual time."""

    def __init__(self, *faults: Fault, **settings: Any) -> None:
        self.settings = Settings(**{"wire": Wire.TCP, "host_delay_s": 0.3, **settings})
        self.faults = Faults(faults)
        self.terminal = Terminal(
            self.settings,
            MemoryLedger(),
            now=self._now,
            cardholder=Cardholder(tap_after_s=0.1),
            faults=self.faults,
        )
        self._group = asyncio.TaskGroup()

    async def __aenter__(self) -> "Stand":
        await self._group.__aenter__()
        self._turning = self._group.create_task(self.terminal.run())
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.terminal.pull_cable()
        self._turning.cancel()
        await self._group.__aexit__(None, None, None)

    def link(self) -> memory.Pair:
        pair = memory.pair()
        if not self.terminal.cable.plugged:
            raise NotSent("nobody listens")
        self._group.create_task(self.terminal.connect(pair.pt))
        return pair

    def plays(self, day: str) -> asyncio.Task[None]:
        return self._group.create_task(play(read_day(parse(day)), self.terminal))

    def call(self) -> Caller:
        return Caller(self.link().ecr)

    async def pays(self) -> bool:
        """Whether a sale runs to a completion that its till hears."""
        try:
            async with asyncio.timeout(ENOUGH_S):
                if self.settings.wire is Wire.SERIAL:
                    said = await SerialCaller(self.link().ecr).run(PAY)
                    return said == "06 0F 00"
                return (await self.call().run(PAY_12_50)).control == 0x060F
        except (DeviceGone, NotSent, TimeoutError):
            return False

    @property
    def sales(self) -> int:
        return len(self.terminal.ledger.book.standing)

    @staticmethod
    def _now() -> datetime:
        began = datetime(2026, 11, 23, 12, tzinfo=UTC)
        return began + timedelta(seconds=asyncio.get_running_loop().time())


def played(story: Coroutine[Any, Any, None]) -> None:
    virtually(story)


@pytest.mark.parametrize(("rule", "stored"), [(StorageRule.OLD, 0), (StorageRule.NEW, 1)])
@pytest.mark.parametrize("byte", [1, 20])
def test_a_cut_inside_the_status_information(rule: StorageRule, stored: int, byte: int) -> None:
    async def story() -> None:
        cut = At(3, Moment.INSIDE, Cut(1.0), byte=byte)
        async with Stand(cut, storage_rule=rule) as stand:
            assert not await stand.pays()
            await asyncio.sleep(10)
            assert stand.sales == stored
            assert await stand.pays()

    played(story())


@pytest.mark.parametrize("wire", list(Wire))
@pytest.mark.parametrize(("message", "byte"), [(1, 6), (4, 2)])
def test_a_cut_inside_what_the_till_says(wire: Wire, message: int, byte: int) -> None:
    async def story() -> None:
        cut = At(message, Moment.INSIDE, Cut(1.0), byte=byte)
        async with Stand(cut, wire=wire) as stand:
            assert not await stand.pays()
            await asyncio.sleep(60)
            assert stand.sales == 0, "the command or its acceptance never arrived"

    played(story())


@pytest.mark.parametrize("fate", [Lose(), Repeat(), Corrupt(), Stall(0.3)])
@pytest.mark.parametrize("message", [1, 2, 3, 4, 5])
def test_a_spoilt_octet_is_mended_by_the_serial_line(message: int, fate: Fate) -> None:
    async def story() -> None:
        spoilt = At(message, Moment.INSIDE, fate, byte=7)
        async with Stand(spoilt, wire=Wire.SERIAL) as stand:
            caller = RepeatingCaller(stand.link().ecr)
            assert await caller.run(PAY) == "06 0F 00"
            assert stand.sales == 1

    played(story())


class RepeatingCaller(SerialCaller):
    """A till that sends its last frame again after a NAK."""

    @override
    async def run(self, command: str) -> str:
        last = bytes.fromhex(framed(command))
        decoder = FrameDecoder()
        await self.line.write(last)
        while True:
            for event in decoder.feed(await self.line.read()):
                if isinstance(event, Nak):
                    await self.line.write(last)
                if isinstance(event, Broken):
                    await self.line.write(bytes([NAK]))
                if isinstance(event, Frame):
                    await self.line.write(bytes([ACK]))
                    if event.apdu[:2] in (b"\x06\x0f", b"\x06\x1e"):
                        return event.apdu.hex(" ").upper()
                    if event.apdu[0] in (0x04, 0x06):
                        last = bytes.fromhex(framed(GOOD))
                        await self.line.write(last)


@pytest.mark.parametrize(("rule", "stored"), [(StorageRule.OLD, 0), (StorageRule.NEW, 1)])
@pytest.mark.parametrize("wire", list(Wire))
def test_approved_and_then_silent(wire: Wire, rule: StorageRule, stored: int) -> None:
    async def story() -> None:
        async with Stand(FallSilent(600.0), wire=wire, storage_rule=rule) as stand:
            assert not await stand.pays()
            assert stand.sales == stored
            await asyncio.sleep(600)
            assert await stand.pays()

    played(story())


@pytest.mark.parametrize("message", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("moment", [Moment.BEFORE, Moment.AFTER])
@pytest.mark.parametrize("wire", list(Wire))
@pytest.mark.parametrize("rule", list(StorageRule))
def test_a_reboot_at_every_message_keeps_book_and_memory_equal(
    message: int, moment: Moment, wire: Wire, rule: StorageRule
) -> None:
    async def story() -> None:
        reboot = At(message, moment, Reboot(60.0))
        prints_itself = Habits(config_logged_off=0x10)
        async with Stand(reboot, wire=wire, storage_rule=rule, habits=prints_itself) as stand:
            heard = await stand.pays()
            assert stand.sales == 1 or not heard
            await asyncio.sleep(61)
            assert not stand.terminal.busy
            before = stand.sales
            assert stand.terminal._pt.machine.book == stand.terminal.ledger.book
            assert await stand.pays()
            assert stand.sales == before + 1

    played(story())


def test_what_it_was_about_to_say_when_it_lost_power_is_not_said() -> None:
    async def story() -> None:
        async with Stand(At(3, Moment.BEFORE, Reboot(60.0))) as stand:
            till = stand.call()
            with pytest.raises(DeviceGone):
                await till.run(PAY_12_50)
            assert till.heard == [0x8000]

    played(story())


def test_what_was_to_follow_a_message_that_never_left_is_forgotten() -> None:
    async def story() -> None:
        reboot, cut = (At(3, Moment.BEFORE, Reboot(60.0)), At(3, Moment.AFTER, Cut()))
        async with Stand(reboot, cut, wire=Wire.SERIAL) as stand:
            assert not await stand.pays()
            await asyncio.sleep(61)
            assert await stand.pays()

    played(story())


def test_a_serial_terminal_that_reboots_hears_nothing_either() -> None:
    async def story() -> None:
        async with Stand(wire=Wire.SERIAL) as stand:
            pair = stand.link()
            await stand.terminal.arm(Reboot(60.0))
            await asyncio.sleep(1)
            await pair.ecr.write(bytes.fromhex(framed(PAY)))
            await asyncio.sleep(300)
            assert stand.terminal.ledger.book.trace == 0, "the sale was never begun"

    played(story())


def test_noise_comes_and_goes() -> None:
    async def story() -> None:
        async with Stand(Noise(rate=1.0, for_s=30.0), wire=Wire.SERIAL) as stand:
            assert not await stand.pays()
            await asyncio.sleep(30)
            assert await stand.pays()

    played(story())


def test_what_is_armed_alone_comes_at_once() -> None:
    async def story() -> None:
        async with Stand(SaleByHand(500), Identity("87654321")) as stand:
            await asyncio.sleep(0.1)
            assert stand.sales == 1
            assert stand.terminal.settings.terminal_id == "87654321"
            await stand.terminal.arm(Need(0xF0))
            assert (await stand.call().run(ENQUIRY)).body == b"\xf0"

    played(story())


def test_a_deed_may_come_with_a_message() -> None:
    async def story() -> None:
        async with Stand(At(3, Moment.AFTER, Need(0xF0))) as stand:
            assert await stand.pays()
            assert stand.terminal.status == 0xF0
            assert not await stand.pays()

    played(story())


def test_it_restarts_every_night() -> None:
    async def story() -> None:
        async with Stand(restarts_at="00:00", restart_s=360.0) as stand:
            for _night in range(2):
                now = stand.terminal.clock
                midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
                left_s = 86_400 - (now - midnight).total_seconds()
                await asyncio.sleep(left_s - 1)
                assert await stand.pays()
                await asyncio.sleep(10)
                assert not await stand.pays()
                await asyncio.sleep(360)
                assert await stand.pays()

    played(story())


def test_some_close_an_idle_connection() -> None:
    async def story() -> None:
        async with Stand(habits=Habits(idle_close_s=1.5)) as stand:
            till = stand.call()
            assert (await till.run(PAY_12_50)).control == 0x060F
            assert (await till.run(REGISTER)).control == 0x060F
            with pytest.raises(DeviceGone):
                await till.next()
            assert await stand.pays()

    played(story())


def test_an_idle_connection_stays_open_while_a_command_runs() -> None:
    async def story() -> None:
        async with Stand(habits=Habits(idle_close_s=1.5), host_delay_s=4.0) as stand:
            assert await stand.pays()

    played(story())


def test_a_day_is_played() -> None:
    day = """\
TERMINAL    sale_by_hand amount=500
TIME        +60
CARDHOLDER  declines
TERMINAL    cut message=3 for_s=30
TIME        12:05
TERMINAL    closing_by_hand
"""

    async def story() -> None:
        async with Stand() as stand:
            playing = stand.plays(day)
            await asyncio.sleep(100)
            assert stand.sales == 1
            assert not await stand.pays()
            assert [it.card for it in stand.terminal.ledger.book.declined] == ["card_declined"]
            await playing
            await asyncio.sleep(1)
            (closed,) = stand.terminal.ledger.book.closings
            assert (closed.amount, closed.at) == (500, "2026-11-23T12:05:00")

    played(story())


def test_silence_still_takes_commands() -> None:
    async def story() -> None:
        silence = At(2, Moment.BEFORE, Silence(60.0))
        async with Stand(silence, wire=Wire.SERIAL, storage_rule=StorageRule.NEW) as stand:
            assert not await stand.pays()
            assert stand.sales == 1

    played(story())
