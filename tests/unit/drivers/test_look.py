"""A look at a device that nobody registered: what answers, at which speed, and nothing is moved."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from posd_drivers import discovery
from posd_drivers.catalogue import ReaderAddress, SerialAddress, connect, parse_url
from posd_drivers.errors import DeviceBusy, DeviceGone, NotSent
from posd_drivers.look import ANSWER_S, HEARD_S, LINES, LOOK_S_MAX, Answers, Look, look
from posd_drivers.plugged.device import Plugged, assemble
from posd_drivers.plugged.seen import Sources
from posd_drivers.plugged.system import usb_through_libusb
from posd_drivers.transport.base import Transport
from posd_drivers.transport.line import Line
from posd_drivers.transport.memory import pair
from posd_drivers.transport.tap import Direction, Tap
from posd_drivers.zvt.framing import encode_frame
from posd_drivers.zvt.introduction import Introduction
from posd_simulator.terminal.ledger import MemoryLedger
from posd_simulator.terminal.settings import Settings
from posd_simulator.terminal.terminal import Terminal
from posd_simulator.usbip.backend import UsbIpBackend
from posd_simulator.usbip.device import BulkDevice, CdcAcmDevice, UsbDevice
from posd_simulator.usbip.line import UsbLine
from posd_simulator.usbip.server import UsbIpServer
from tests.simulation.loop import virtually
from tests.unit.drivers.plugged.seen import adapter, bulk_terminal

FarEnd = Callable[[Transport], Awaitable[None]]

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
(PORT,) = assemble([adapter(0)])
(USB,) = assemble([], [bulk_terminal()])
ENQUIRY = bytes.fromhex("10 02 05 01 05 00 00 00 03 04 10 03")
"""The frame of a status enquiry with a description, typed from zvt.md 2.2 and 6.7, but its CRC."""


class Device:
    """What is at the end of the cable: one thing at one speed, another at all others."""

    def __init__(self, at: Line | None, answers: FarEnd, otherwise: FarEnd | None = None) -> None:
        self._at = at
        self._answers = answers
        self._otherwise = otherwise or silence
        self.opened: list[ReaderAddress] = []
        self.closed = 0
        self.sent = bytearray()

    async def connect(self, address: ReaderAddress) -> Transport:
        self.opened.append(address)
        link = pair()
        line = address.line if isinstance(address, SerialAddress) else None
        far_end = self._answers if line == self._at else self._otherwise
        self._group.create_task(self._serve(far_end, link.pt), name="far end")
        return Tap(link.ecr, self._note)

    async def looked_at(self, plugged: Plugged) -> Look:
        async with asyncio.TaskGroup() as self._group:
            return await look(plugged, connect=self.connect)

    async def _serve(self, far_end: FarEnd, link: Transport) -> None:
        try:
            await far_end(link)
        except (DeviceGone, NotSent):
            self.closed += 1

    def _note(self, direction: Direction, octets: bytes) -> None:
        if direction is Direction.TO_TERMINAL:
            self.sent += octets


async def silence(link: Transport) -> None:
    while True:
        await link.read()


def saying(*answers: str) -> FarEnd:
    """To whatever it is sent first: these octets, once."""

    async def far_end(link: Transport) -> None:
        await link.read()
        for octets in answers:
            await link.write(bytes.fromhex(octets))
        await silence(link)

    return far_end


def terminal(**habits: Any) -> tuple[Terminal, FarEnd]:
    simulated = Terminal(Settings(**habits), MemoryLedger(), now=lambda: NOON)

    async def far_end(link: Transport) -> None:
        async with asyncio.TaskGroup() as group:
            power = group.create_task(simulated.run(), name="power")
            await simulated.connect(link)
            power.cancel()
        raise DeviceGone

    return simulated, far_end


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.baud} {line.format}")
def test_a_terminal_is_found_at_its_speed(line: Line) -> None:
    _, answers = terminal(terminal_id="52523535")
    device = Device(line, answers)
    found = virtually(device.looked_at(PORT))
    assert found.answers is Answers.ZVT
    assert found.line == line
    assert found.told == Introduction(
        status=0, terminal_id="52523535", device_name="posd-sim", device_serial="1"
    )
    assert parse_url(found.url) == SerialAddress(PORT.url.removeprefix("zvt+serial://"), line)
    assert len(device.opened) == LINES.index(line) + 1 == device.closed


def test_seven_bits_are_not_tried_for_they_cannot_carry_a_frame() -> None:
    assert {line.format for line in LINES} == {"8N2", "8N1"}
    assert {line.baud for line in LINES} == {9600, 19200, 57600, 115200}


def test_it_is_asked_how_it_is_and_nothing_else() -> None:
    simulated, answers = terminal()
    book = simulated.ledger.book
    device = Device(Line(), answers)
    virtually(device.looked_at(PORT))
    assert [message.line for message in simulated.messages if message.line.startswith("ECR")] == [
        "ECR  05 01 05 00 00 00 03 04",
        "ECR  80 00 00",
    ]
    assert device.sent.startswith(ENQUIRY)
    assert simulated.ledger.book == book


def test_on_usb_without_a_port_there_is_one_speed() -> None:
    _, answers = terminal()
    device = Device(None, answers)
    found = virtually(device.looked_at(USB))
    assert (found.answers, found.url, found.line) == (Answers.ZVT, USB.url, None)
    assert len(device.opened) == 1


def test_a_silent_device_is_asked_at_each_speed_and_no_longer_than_told() -> None:
    device = Device(None, silence)

    async def timed() -> tuple[Look, float]:
        return await device.looked_at(PORT), asyncio.get_running_loop().time()

    found, took_s = virtually(timed())
    assert found == Look(Answers.NOTHING, PORT.url)
    assert [place.line for place in device.opened if isinstance(place, SerialAddress)] == [*LINES]
    assert took_s == pytest.approx(len(LINES) * HEARD_S, abs=0.1)
    assert device.sent.count(ENQUIRY) == len(LINES), "asked once at each, and not again and again"
    assert device.closed == len(LINES)


def test_a_device_that_talks_all_the_time_ends_within_the_limit() -> None:
    async def drips(link: Transport) -> None:
        while True:
            await link.write(b"\x10\x02")
            await asyncio.sleep(0.1)

    device = Device(None, drips, drips)

    async def timed() -> tuple[Look, float]:
        return await device.looked_at(PORT), asyncio.get_running_loop().time()

    found, took_s = virtually(timed())
    assert found.answers is Answers.NOTHING
    assert took_s <= LOOK_S_MAX + 0.1
    assert device.closed == len(device.opened)


def test_a_terminal_that_refuses_to_tell_is_one() -> None:
    refused = encode_frame(bytes.fromhex("84 37 00")).hex(" ")
    found = virtually(Device(Line(), saying("06", refused)).looked_at(PORT))
    assert (found.answers, found.told) == (Answers.ZVT, Introduction(refusal=0x37))


def test_a_terminal_that_acknowledges_and_says_no_more_is_told_as_such() -> None:
    occupied = Device(Line(baud=115200), saying("06"))
    found = virtually(occupied.looked_at(PORT))
    assert (found.answers, found.line) == (Answers.LINK_ONLY, Line(baud=115200))
    assert found.url.endswith("?baud=115200")


def test_a_busy_terminal_has_time_to_say_so() -> None:
    async def slow(link: Transport) -> None:
        await link.read()
        await link.write(b"\x06")
        await asyncio.sleep(ANSWER_S - 4)
        await link.write(encode_frame(bytes.fromhex("84 9c 00")))
        await silence(link)

    found = virtually(Device(Line(), slow).looked_at(PORT))
    assert (found.answers, found.told) == (Answers.ZVT, Introduction(refusal=0x9C))


@pytest.mark.parametrize(
    "noise",
    ["41 54 0d 0d 0a 4f 4b 0d 0a", "ff fe 00 80", "06 06 06", "1b 5b 41"],
    ids=["a modem", "noise", "a printer", "a keyboard"],
)
def test_what_is_no_terminal_is_not_taken_for_one(noise: str) -> None:
    found = virtually(Device(None, saying(noise), saying(noise)).looked_at(PORT))
    assert found.answers in {Answers.NOTHING, Answers.LINK_ONLY}
    assert found.told is None


@pytest.mark.parametrize(
    "failure", [DeviceBusy("held"), NotSent("no permission: 70-posd.rules"), DeviceGone("away")]
)
def test_what_cannot_be_opened_says_why(failure: Exception) -> None:
    async def refused(_: ReaderAddress) -> Transport:
        raise failure

    found = virtually(look(PORT, connect=refused))
    assert found == Look(Answers.NOT_ASKED, PORT.url, trouble=str(failure))


def test_what_is_unplugged_meanwhile_says_so() -> None:
    async def unplugged(link: Transport) -> None:
        await link.read()
        await link.close()

    found = virtually(Device(Line(), unplugged).looked_at(PORT))
    assert found.answers is Answers.NOT_ASKED
    assert found.trouble


@pytest.mark.parametrize("device", [CdcAcmDevice(), BulkDevice()], ids=["modem", "bulk"])
async def test_a_terminal_on_the_bus_is_found_and_looked_at(device: UsbDevice) -> None:
    _, answers = terminal(terminal_id="52523535")
    async with UsbIpServer({"1-4.2": device}) as server, asyncio.TaskGroup() as group:
        switched_on = group.create_task(_served(answers, UsbLine(device)), name="terminal")
        backend = UsbIpBackend("127.0.0.1", server.port)
        sources = Sources(lambda: (), partial(usb_through_libusb, backend))
        (plugged,) = await discovery.scan(sources=sources)
        assert plugged.identity == "1209:0001/SIM0001"
        found = await look(plugged, connect=partial(connect, usb=backend))
        switched_on.cancel()
    assert (found.answers, found.url) == (Answers.ZVT, "zvt+usb://1209:0001/SIM0001")
    assert found.told is not None
    assert found.told.terminal_id == "52523535"


async def _served(far_end: FarEnd, link: Transport) -> None:
    with contextlib.suppress(DeviceGone):
        await far_end(link)
