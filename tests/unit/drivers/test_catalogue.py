"""Opening what a reader's URL names."""

import asyncio
import contextlib
import os
import socket
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
)
from posd_drivers.errors import NotSent, Unsupported
from posd_drivers.makes import Make
from posd_drivers.transport.memory import pair
from posd_drivers.zvt.settings import Framing


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
