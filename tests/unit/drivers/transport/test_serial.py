"""What only a serial line has, on a real pty."""

import asyncio
import contextlib
import fcntl
import os
import struct
import termios
import tty
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from posd_drivers.errors import DeviceBusy, NotSent
from posd_drivers.transport.line import Line
from posd_drivers.transport.serial import _set_up, open_serial

TIOCGEXCL_LINUX = 0x80045440
INPUT_SPEED, CONTROL_FLAGS = 4, 2


@dataclass(frozen=True, slots=True)
class Pty:
    master: int
    slave: int
    path: str


@pytest.fixture
def pty() -> Iterator[Pty]:
    master, slave = os.openpty()
    tty.setraw(slave)
    yield Pty(master, slave, os.ttyname(slave))
    os.close(slave)
    os.close(master)


async def test_the_line_is_set_to_zvts_default(pty: Pty) -> None:
    link = await open_serial(pty.path)
    attributes = termios.tcgetattr(pty.slave)
    assert attributes[INPUT_SPEED] == termios.B9600
    assert attributes[CONTROL_FLAGS] & termios.CSIZE == termios.CS8
    assert attributes[CONTROL_FLAGS] & termios.CSTOPB
    assert not attributes[CONTROL_FLAGS] & (termios.PARENB | termios.CRTSCTS)
    await link.close()


async def test_another_speed_and_one_stop_bit_can_be_asked_for(pty: Pty) -> None:
    link = await open_serial(pty.path, Line(115200, "8N1"))
    attributes = termios.tcgetattr(pty.slave)
    assert attributes[INPUT_SPEED] == termios.B115200
    assert not attributes[CONTROL_FLAGS] & termios.CSTOPB
    await link.close()


@pytest.mark.parametrize(
    ("line", "bytesize", "parity", "stopbits", "bits"),
    [
        (Line(format="8N2"), 8, "N", 2, 11),
        (Line(format="8N1"), 8, "N", 1, 10),
        (Line(19200, "7E1"), 7, "E", 1, 10),
    ],
)
def test_a_port_is_set_up_with_the_lines_character(
    line: Line, bytesize: int, parity: str, stopbits: int, bits: int
) -> None:
    port = _set_up(line)  # a pty has eight bits and no parity, whatever it is asked for
    assert (port.baudrate, port.bytesize, port.parity, port.stopbits) == (
        line.baud,
        bytesize,
        parity,
        stopbits,
    )
    assert line.character.bits == bits


@pytest.mark.parametrize("switch", [True, False])
def test_control_lines_are_set_as_asked_and_else_are_on(switch: bool) -> None:  # noqa: FBT001
    port = _set_up(Line(dtr=switch, rts=not switch))
    assert (port.dtr, port.rts) == (switch, not switch)
    assert (_set_up(Line()).dtr, _set_up(Line()).rts) == (True, True)


async def test_a_line_without_control_lines_is_opened_all_the_same(pty: Pty) -> None:
    link = await open_serial(pty.path, Line(dtr=False, rts=True))
    await link.write(b"till")
    assert os.read(pty.master, 4) == b"till"
    await link.close()


async def test_a_cancelled_write_leaves_the_line_usable(pty: Pty) -> None:
    link = await open_serial(pty.path)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await link.write(b"a" * 100_000)
    async with asyncio.TaskGroup() as group:
        group.create_task(link.write(b"z"))
        octets = b""
        while not octets.endswith(b"z"):
            octets += await asyncio.to_thread(os.read, pty.master, 65536)
    assert octets.strip(b"a") == b"z"
    await link.close()


async def test_a_cancelled_opening_leaves_the_line_to_others(pty: Pty) -> None:
    async with asyncio.TaskGroup() as group:
        opening = group.create_task(open_serial(pty.path))
        await asyncio.sleep(0)
        opening.cancel()
    async with asyncio.timeout(2.0):
        while True:
            with contextlib.suppress(DeviceBusy):
                link = await open_serial(pty.path)
                break
            await asyncio.sleep(0.005)
    await link.close()


async def test_a_second_opener_is_refused_until_the_first_lets_go(pty: Pty) -> None:
    first = await open_serial(pty.path)
    with pytest.raises(DeviceBusy):
        await open_serial(pty.path)
    await first.close()
    second = await open_serial(pty.path)
    await second.close()


async def test_programs_that_take_no_lock_are_refused_too(pty: Pty) -> None:
    link = await open_serial(pty.path)
    if os.geteuid() == 0:  # the kernel lets root in all the same, but tells what was asked of it
        answer = fcntl.ioctl(pty.slave, TIOCGEXCL_LINUX, struct.pack("i", 0))
        assert struct.unpack("i", answer) == (1,)
    else:
        with pytest.raises(OSError, match="busy"):
            os.open(pty.path, os.O_RDWR | os.O_NOCTTY)
    await link.close()


async def test_a_device_that_is_not_there_is_not_sent() -> None:
    with pytest.raises(NotSent):
        await open_serial("/dev/no-such-line")


async def test_a_file_that_is_no_line_is_not_sent(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(NotSent):
        await open_serial(str(path))
