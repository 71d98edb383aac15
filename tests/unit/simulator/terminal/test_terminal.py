"""The terminal in one process with a till of the test's own, over memory and TCP."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from posd_drivers import catalogue
from posd_drivers.catalogue import ReaderSettings
from posd_drivers.errors import DeviceGone, DriverError, NotSent
from posd_drivers.transport import memory
from posd_drivers.transport.base import Transport
from posd_drivers.transport.serial import open_serial
from posd_drivers.transport.tcp import connect_tcp
from posd_drivers.zvt.apdu import Apdu, ApduStream
from posd_drivers.zvt.settings import Framing
from posd_simulator.terminal.cardholder import Behaviour, Cardholder
from posd_simulator.terminal.cards import CARDS
from posd_simulator.terminal.faults import At, Cut, Moment, Silence
from posd_simulator.terminal.ledger import MemoryLedger
from posd_simulator.terminal.lines import PtyLine, listen, serve_pty, serve_tcp
from posd_simulator.terminal.settings import Settings, StorageRule, Wire
from posd_simulator.terminal.terminal import Terminal
from tests.simulation.loop import virtually

PAY_12_50 = bytes.fromhex("06 01 07 04 00 00 00 00 12 50")
REGISTER = bytes.fromhex("06 00 06 00 00 00 10 09 78")
WANTS_INTERMEDIATE_STATUS = bytes.fromhex("06 00 06 00 00 00 18 09 78")
GOOD = bytes.fromhex("80 00 00")
ANSWER_TIMEOUT_S = 5.0
LOOK_S = 0.01


async def until(condition: Callable[[], bool]) -> None:
    """Look every 10 ms, for what tells nobody when it comes true."""
    for _ in range(int(ANSWER_TIMEOUT_S / LOOK_S)):
        if condition():
            return
        await asyncio.sleep(LOOK_S)
    raise AssertionError("it did not come true")


class Caller:
    """A till that answers everything 80 00 and remembers what it heard."""

    def __init__(self, link: Transport) -> None:
        self.link = link
        self.heard: list[int] = []
        self._stream = ApduStream()
        self._apdus: list[Apdu] = []

    async def next(self) -> Apdu:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            while not self._apdus:
                self._apdus = self._stream.feed(await self.link.read())
        apdu = self._apdus.pop(0)
        self.heard.append(apdu.control)
        return apdu

    async def run(self, command: bytes) -> Apdu:
        """One command to its completion or abort, which is the result."""
        await self.link.write(command)
        while True:
            apdu = await self.next()
            if apdu.control in (0x8000, 0x849C):
                continue
            await self.link.write(GOOD)
            if apdu.control in (0x060F, 0x061E):
                return apdu


class Shop:
    """A terminal that is switched on, and a way to call it."""

    def __init__(self, terminal: Terminal, group: asyncio.TaskGroup) -> None:
        self.terminal = terminal
        self._group = group

    async def call(self) -> Caller:
        link = memory.pair()
        self._group.create_task(self.terminal.connect(link.pt))
        caller = Caller(link.ecr)
        assert (await caller.run(REGISTER)).control == 0x060F
        caller.heard.clear()
        return caller


def switched_on(rule: StorageRule = StorageRule.OLD, *, auto: bool = True) -> Terminal:
    return Terminal(
        Settings(wire=Wire.TCP, storage_rule=rule, host_delay_s=0.01, card_timeout_s=5.0),
        MemoryLedger(),
        now=lambda: datetime(2026, 11, 23, 12, tzinfo=UTC),
        cardholder=Cardholder(auto=auto, tap_after_s=0.01),
    )


@contextlib.asynccontextmanager
async def running(terminal: Terminal) -> AsyncIterator[Shop]:
    async with asyncio.TaskGroup() as group:
        turning = group.create_task(terminal.run())
        shop = Shop(terminal, group)
        try:
            yield shop
        finally:
            await terminal.pull_cable()
            turning.cancel()


@pytest.mark.parametrize("wire", list(Wire))
def test_a_terminal_that_restarts_is_away_and_then_as_switched_on(wire: Wire) -> None:
    settings = Settings(wire=wire, storage_rule=StorageRule.OLD)
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    terminal = Terminal(settings, MemoryLedger(), now=lambda: now)
    framing = Framing.SERIAL if wire is Wire.SERIAL else Framing.STREAM

    async def answers(group: asyncio.TaskGroup) -> bool:
        """Whether it answers a till that calls it now."""
        link = memory.pair()
        serving = group.create_task(terminal.connect(link.pt))
        reader = catalogue.reader_over(link.ecr, framing, ReaderSettings("eur"))
        try:
            return (await reader.readiness()).ready
        except DriverError:
            return False
        finally:
            await reader.close()
            await serving

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            turning = group.create_task(terminal.run())
            link = memory.pair()
            group.create_task(terminal.connect(link.pt))
            reader = catalogue.reader_over(link.ecr, framing, ReaderSettings("eur"))
            await reader.restart()
            await asyncio.sleep(1)
            away = not terminal.cable.plugged or not await answers(group)
            await asyncio.sleep(40)
            assert (away, await answers(group)) == (True, True)
            turning.cancel()

    virtually(main())


async def test_a_cardholder_taps_and_the_sale_is_stored() -> None:
    async with running(switched_on()) as shop:
        till = await shop.call()
        assert (await till.run(PAY_12_50)).control == 0x060F
        assert till.heard == [0x8000, 0x040F, 0x060F]
        last = shop.terminal.ledger.book.last
        assert last is not None
        assert (last.amount, last.receipt, last.card) == (1250, 1, "visa")
        assert shop.terminal.receipts[0][0] == "Merchant receipt"
        assert "PT   06 0f 00" in [message.line for message in shop.terminal.messages]


@pytest.mark.parametrize(
    ("behaviour", "end"),
    [
        (Behaviour.DECLINE, "05"),
        (Behaviour.CANCEL, "6c"),
        (Behaviour.TAP, ""),
    ],
)
async def test_cardholders_do_what_was_scripted(behaviour: Behaviour, end: str) -> None:
    async with running(switched_on()) as shop:
        till = await shop.call()
        await shop.terminal.tell_cardholder(behaviour)
        assert (await till.run(PAY_12_50)).body.hex() == end
        assert (await till.run(PAY_12_50)).control == 0x060F, "the next one taps"


async def test_a_button_acts_on_the_sale_that_waits() -> None:
    async with running(switched_on(auto=False)) as shop:
        till = await shop.call()
        await till.link.write(PAY_12_50)
        assert (await till.next()).control == 0x8000
        assert shop.terminal.prompt is not None
        await shop.terminal.tell_cardholder(Behaviour.CANCEL)
        assert (await till.next()).body.hex() == "276c2912345678"


@pytest.mark.parametrize("auto", [True, False])
async def test_a_card_that_is_presented_comes_before_the_cardholders_own(*, auto: bool) -> None:
    terminal = switched_on(auto=auto)
    terminal.cardholder.tap_after_s = ANSWER_TIMEOUT_S
    async with running(terminal) as shop:
        till = await shop.call()
        await till.link.write(PAY_12_50)
        assert (await till.next()).control == 0x8000
        assert await terminal.present(CARDS["insufficient_funds"])
        assert (await till.next()).body[:2].hex() == "2733"
        assert not terminal.ledger.book.stored


async def test_a_presented_card_waits_until_the_terminal_asks_for_one() -> None:
    terminal = switched_on(auto=False)
    async with running(terminal) as shop, asyncio.TaskGroup() as group:
        till = await shop.call()
        assert (await till.run(WANTS_INTERMEDIATE_STATUS)).control == 0x060F
        await till.link.write(PAY_12_50)
        assert [(await till.next()).control for _ in range(2)] == [0x8000, 0x04FF]
        presenting = group.create_task(terminal.present(CARDS["amex"]))
        await asyncio.sleep(LOOK_S)
        assert not presenting.done(), "the terminal has not asked yet"
        assert (await till.run(GOOD)).control == 0x060F
        assert presenting.result()
        last = terminal.ledger.book.last
        assert last is not None
        assert last.card == "amex"


async def test_no_card_is_presented_to_a_terminal_that_asks_for_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("posd_simulator.terminal.terminal.ASKS_FOR_CARD_S", 0.1)
    async with running(switched_on()) as shop:
        till = await shop.call()
        assert not await shop.terminal.present(CARDS["visa"])
        await till.run(PAY_12_50)
        assert not await shop.terminal.present(CARDS["visa"])
        assert len(shop.terminal.ledger.book.stored) == 1


async def test_one_who_walks_away_is_waited_for_until_the_time_is_up() -> None:
    async with running(switched_on()) as shop:
        till = await shop.call()
        await shop.terminal.tell_cardholder(Behaviour.WALK_AWAY)
        await till.link.write(PAY_12_50)
        await till.next()
        assert shop.terminal.busy
        assert shop.terminal.display == "EUR 12.50\nPlease present your card"


# Message 1 is 06 01, 2 its answer, 3 is 04 0F, 4 its answer, 5 is 06 0F.
@pytest.mark.parametrize(
    ("message", "moment", "old", "new"),
    [
        (2, Moment.AFTER, 0, 0),
        (3, Moment.BEFORE, 0, 1),
        (3, Moment.AFTER, 0, 1),
        (4, Moment.BEFORE, 1, 1),
        (5, Moment.BEFORE, 1, 1),
        (5, Moment.AFTER, 1, 1),
    ],
)
async def test_a_cut_at_every_message(message: int, moment: Moment, old: int, new: int) -> None:
    for rule, expected in ((StorageRule.OLD, old), (StorageRule.NEW, new)):
        async with running(switched_on(rule)) as shop:
            till = await shop.call()
            shop.terminal.faults.arm(At(message, moment, Cut(for_s=0.0)))
            with contextlib.suppress(DeviceGone, NotSent):
                await till.run(PAY_12_50)
            await until(lambda: not shop.terminal.busy)
            assert len(shop.terminal.ledger.book.stored) == expected, rule


async def test_silence_says_nothing_and_ends() -> None:
    async with running(switched_on()) as shop:
        till = await shop.call()
        shop.terminal.faults.arm(At(1, Moment.BEFORE, Silence(for_s=0.2), command=0x0679))
        await till.link.write(bytes.fromhex("06 79 00"))
        await asyncio.sleep(0.3)
        assert till.heard == []
        await till.link.write(bytes.fromhex("06 79 00"))
        assert (await till.next()).control == 0x8483


async def test_a_new_connection_takes_the_place_of_the_old() -> None:
    async with running(switched_on()) as shop:
        first = await shop.call()
        second = await shop.call()
        with pytest.raises(DeviceGone):
            await first.next()
        assert (await second.run(PAY_12_50)).control == 0x060F


async def test_the_end_of_a_sale_stays_on_the_display() -> None:
    async with running(switched_on()) as shop:
        till = await shop.call()
        await till.run(PAY_12_50)
        await until(lambda: not shop.terminal.busy)
        assert shop.terminal.display == "Approved"


async def test_a_pty_comes_and_goes_with_the_cable(tmp_path: Path) -> None:
    link = tmp_path / "reader"
    devices: list[str] = []
    async with running(switched_on()) as shop, asyncio.TaskGroup() as group:
        serving = group.create_task(serve_pty(shop.terminal, 115200, link, devices.append))
        await until(link.is_symlink)
        held = await open_serial(str(link))
        await shop.terminal.pull_cable(for_s=0.05)
        with pytest.raises(DeviceGone):
            await held.read()
        await held.close()
        await until(lambda: len(devices) == 2)
        assert devices == [str(link)] * 2
        serving.cancel()


async def test_while_a_name_points_to_a_pty_no_other_is_given_its_number(tmp_path: Path) -> None:
    link = tmp_path / "reader"
    async with running(switched_on()) as shop, asyncio.TaskGroup() as group:
        serving = group.create_task(serve_pty(shop.terminal, 115200, link, lambda _: None))
        await until(lambda: shop.terminal.connected)
        await shop.terminal.pull_cable()
        other = PtyLine(baud=115200)
        pointed_to = os.readlink(link)  # noqa: PTH115 (nothing is awaited in between)
        await other.close()
        assert other.device != pointed_to
        serving.cancel()


async def test_a_pty_line_is_paced_and_forgets_what_finds_no_room() -> None:
    line = PtyLine(baud=9600)
    till = await open_serial(line.device)
    started = asyncio.get_running_loop().time()
    await line.write(bytes(100))
    assert asyncio.get_running_loop().time() - started >= 100 * 11 / 9600
    assert await received(till, 100) == bytes(100)
    await till.write(b"x" * 50)
    assert await received(line, 50) == b"x" * 50
    assert asyncio.get_running_loop().time() - started >= 150 * 11 / 9600
    line.discard_input()
    await line.close()
    await line.close()
    await line.write(b"nobody")
    await till.close()


async def test_a_port_answers_without_waiting_for_acknowledgements() -> None:
    with listen("127.0.0.1", 0) as listener:
        till = await connect_tcp(*listener.getsockname())
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        await till.close()


async def received(link: Transport, size: int) -> bytes:
    """So many octets, in however many reads the kernel makes of them."""
    octets = b""
    async with asyncio.timeout(ANSWER_TIMEOUT_S):
        while len(octets) < size:
            octets += await link.read()
    return octets


async def test_tcp() -> None:
    terminal = switched_on()
    listener = listen("127.0.0.1", 0)
    host, port = listener.getsockname()
    async with running(terminal), asyncio.TaskGroup() as group:
        serving = group.create_task(serve_tcp(terminal, listener))
        till = Caller(await connect_tcp(host, port))
        assert (await till.run(PAY_12_50)).control == 0x060F
        await terminal.pull_cable()
        with pytest.raises(DeviceGone):
            await till.next()
        refused = Caller(await connect_tcp(host, port))
        with pytest.raises(DeviceGone):
            await refused.next()
        terminal.cable.plug()
        again = Caller(await connect_tcp(host, port))
        assert (await again.run(REGISTER)).control == 0x060F
        await again.link.close()
        await refused.link.close()
        await till.link.close()
        serving.cancel()
    listener.close()
