"""Readers' URLs, and opening what they name."""

import asyncio
import contextlib
import os
import socket
import tty

import pytest

from posd_drivers import catalogue
from posd_drivers.ability import Operation
from posd_drivers.catalogue import (
    BadAddress,
    BadSettings,
    Prints,
    ReaderSettings,
    SerialAddress,
    TcpAddress,
    parse_url,
)
from posd_drivers.errors import NotSent, Unsupported
from posd_drivers.makes import Make
from posd_drivers.transport.memory import pair
from posd_drivers.zvt.settings import Framing


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("zvt+serial:///dev/ttyUSB0", SerialAddress("/dev/ttyUSB0", 9600, 2)),
        (
            "zvt+serial:///dev/posd/reader-1?baud=115200",
            SerialAddress("/dev/posd/reader-1", 115200),
        ),
        ("zvt+serial:///dev/ttyS0?stop_bits=1&baud=9600", SerialAddress("/dev/ttyS0", 9600, 1)),
        ("zvt+tcp://10.0.0.7:22000", TcpAddress("10.0.0.7", 22000)),
        ("zvt+tcp://terminal.store", TcpAddress("terminal.store", 20007)),
        ("zvt+tcp://[::1]:20007/", TcpAddress("::1", 20007)),
    ],
)
def test_addresses(url: str, address: object) -> None:
    assert parse_url(url) == address


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("/dev/ttyUSB0", "scheme"),
        ("", "scheme"),
        ("zvt+serial://dev/ttyUSB0", "host"),
        ("zvt+serial:///", "path"),
        ("zvt+serial:ttyUSB0", "path"),
        ("zvt+serial:///dev/ttyUSB0?baud=1200", "query baud"),
        ("zvt+serial:///dev/ttyUSB0?baud=fast", "query baud"),
        ("zvt+serial:///dev/ttyUSB0?stop_bits=3", "query stop_bits"),
        ("zvt+serial:///dev/ttyUSB0?baud=9600&baud=9600", "query"),
        ("zvt+serial:///dev/ttyUSB0?password=123456", "query"),
        ("zvt+serial:///dev/ttyUSB0#1", "query"),
        ("zvt+tcp://", "host"),
        ("zvt+tcp://till:123456@10.0.0.7", "host"),
        ("zvt+tcp://10.0.0.7:0", "port"),
        ("zvt+tcp://10.0.0.7:70000", "port"),
        ("zvt+tcp://10.0.0.7:x", "port"),
        ("zvt+tcp://10.0.0.7/path", "path"),
        ("zvt+tcp://10.0.0.7?baud=9600", "query"),
        ("zvt+tcp://[10.0.0.7", "host"),
        ("zvt+tcp://" + "a" * 64 + ".example", "host"),
        ("zvt+tcp://terminal..example", "host"),
        ("zvt+tcp://términal.example", "host"),
        ("zvt+tcp://10.0.0.7\0:20007", "characters"),
        ("zvt+serial:///dev/ttyUSB0\0", "characters"),
        ("zvt+serial:///dev/tty\nUSB0", "characters"),
    ],
)
def test_a_bad_address_names_its_part(url: str, part: str) -> None:
    with pytest.raises(BadAddress) as raised:
        parse_url(url)
    assert raised.value.part == part
    assert str(raised.value).startswith(f"{part}: found ")


@pytest.mark.parametrize("url", ["zvt+usb://0b00:0081/1", "opi://10.0.0.7", "http://10.0.0.7"])
def test_another_scheme_is_unsupported(url: str) -> None:
    with pytest.raises(Unsupported):
        parse_url(url)


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
