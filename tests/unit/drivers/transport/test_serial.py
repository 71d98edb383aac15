"""What only a serial line has, on a real pty."""

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
from posd_drivers.transport.serial import open_serial

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
