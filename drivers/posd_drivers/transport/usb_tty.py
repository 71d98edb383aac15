"""The serial port that a kernel's driver made of a USB interface, and whether somebody has it."""

import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SYSFS: Final = Path("/sys/bus/usb/devices")
DEV: Final = Path("/dev")


def is_taken(port_path: str, interface: int) -> bool:
    """Whether another program has the interface's serial port, by a lock of either kind.

    The kernel would take the port away from under it. False where there is no such port, or none
    that we may ask.
    """
    return any(_is_locked(DEV / name) for name in _ports(port_path, interface))


def _ports(port_path: str, interface: int) -> Iterator[str]:
    """As cdc_acm and as drivers of serial chips lay them out; whichever configuration is set."""
    for folder in SYSFS.glob(f"{port_path}:*.{interface}"):
        for port in (*folder.glob("tty/*"), *folder.glob("ttyUSB*")):
            yield port.name


def _is_locked(port: Path) -> bool:
    try:
        descriptor = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError as error:
        return error.errno == errno.EBUSY
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
