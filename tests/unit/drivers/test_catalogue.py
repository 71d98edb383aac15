"""Opening what a reader's URL names."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tty

import pytest

from posd_drivers import catalogue
from posd_drivers.ability import Operation
from posd_drivers.catalogue import (
    BadSettings,
    Prints,
    ReaderSettings,
    SerialAddress,
    TcpAddress,
    UsbAddress,
)
from posd_drivers.errors import Ambiguous, NotSent, Unsupported
from posd_drivers.makes import Make
from posd_drivers.transport.line import Line
from posd_drivers.transport.memory import pair
from posd_drivers.zvt.settings import Framing
from posd_simulator.usbip.backend import UsbIpBackend
from posd_simulator.usbip.device import BulkDevice
from posd_simulator.usbip.server import UsbIpServer

TERMINAL = UsbAddress(0x1209, 0x0001, "SIM0001", line=Line(115200))


@pytest.mark.parametrize(
    "settings",
    [
        {"currency": "EUR"},
        {"currency": "xxx"},
        {"password": "12345"},
        {"password": "12345a"},
        {"charset": "klingon"},
        {"t1_s": 0.1},
    ],
)
def test_bad_settings_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(BadSettings):
        ReaderSettings(**{"currency": "eur", **settings})  # type: ignore[arg-type]


def test_the_password_is_not_printed() -> None:
    assert "314159" not in repr(ReaderSettings("eur", password="314159"))


async def test_opening_a_serial_reader_sends_nothing() -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    reader = await catalogue.open(
        SerialAddress(os.ttyname(slave)), ReaderSettings("eur", receipts=Prints.TILL)
    )
    with pytest.raises(BlockingIOError):
        os.read(master, 1)
    await reader.close()
    os.close(slave)
    os.close(master)


async def test_opening_a_reader_on_the_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        reader = await catalogue.open(TcpAddress("127.0.0.1", port), ReaderSettings("eur"))
        await reader.close()


async def test_opening_a_reader_on_usb_sends_nothing() -> None:
    device = BulkDevice()
    async with UsbIpServer({"1-1": device}) as server:
        backend = UsbIpBackend("127.0.0.1", server.port)
        reader = await catalogue.open(TERMINAL, ReaderSettings("eur"), usb=backend)
        assert server.is_held("1-1")
        assert device.take(1) == b""
        await reader.close()


async def test_two_that_one_usb_address_means_are_named_by_their_urls() -> None:
    async with UsbIpServer({"1-1": BulkDevice(), "1-4.2": BulkDevice()}) as server:
        backend = UsbIpBackend("127.0.0.1", server.port)
        with pytest.raises(Ambiguous) as several:
            await catalogue.open(TERMINAL, ReaderSettings("eur"), usb=backend)
    assert str(several.value) == (
        "zvt+usb://1209:0001/SIM0001?baud=115200 is 2 devices: name one,"
        " zvt+usb://1209:0001/@1-1?baud=115200 or zvt+usb://1209:0001/@1-4.2?baud=115200"
    )


async def test_a_recording_over_usb_hears_the_frames_of_a_serial_line() -> None:
    device = BulkDevice()
    async with UsbIpServer({"1-1": device}) as server:
        backend = UsbIpBackend("127.0.0.1", server.port)
        recording = catalogue.new_recording(TERMINAL)
        settings = ReaderSettings("eur")
        reader = await catalogue.open_recorded(TERMINAL, settings, recording, usb=backend)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await reader.register()  # nobody answers
        assert device.take(2) == b"\x10\x02"
        assert "# dialogue: registration" in recording.as_text("x")
        await reader.close()


def test_pyusb_is_loaded_when_a_device_on_usb_is_opened_and_not_before() -> None:
    program = "import sys, posd_drivers.catalogue; sys.exit('usb' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


async def test_a_recording_hears_what_goes_over_either_kind_of_line() -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        addresses = (
            SerialAddress(os.ttyname(slave)),
            TcpAddress("127.0.0.1", listener.getsockname()[1]),
        )
        for address in addresses:
            recording = catalogue.new_recording(address)
            reader = await catalogue.open_recorded(address, ReaderSettings("eur"), recording)
            assert recording.as_text("x") == ""
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await reader.register()  # nobody answers
            assert "# dialogue: registration" in recording.as_text("x")
            await reader.close()
    os.close(slave)
    os.close(master)


async def test_a_reader_that_is_not_there_is_not_sent() -> None:
    with pytest.raises(NotSent):
        await catalogue.open(SerialAddress("/dev/no-such-line"), ReaderSettings("eur"))


async def test_what_a_make_cannot_do_is_known_to_its_reader() -> None:
    settings = ReaderSettings("eur", make=Make("a test", frozenset({Operation.DIAGNOSIS}), ""))
    reader = catalogue.reader_over(pair().ecr, Framing.STREAM, settings)
    with pytest.raises(Unsupported):
        await reader.diagnose()
