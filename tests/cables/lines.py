"""How a simulated terminal is plugged in: which line, and what a till opens there."""

import os
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Final, assert_never

from posd_simulator.terminal.lines import serve_pty, serve_usb
from posd_simulator.terminal.terminal import Terminal
from posd_simulator.usbip.descriptors import Identity
from posd_simulator.usbip.device import BulkDevice, CdcAcmDevice
from posd_simulator.usbip.server import UsbIpServer

EVERY_CABLE: Final = os.environ.get("POSD_EVERY_CABLE") == "1"
"""Whether a matrix meets everything on every line (`make cables`), or each message on some."""
BAUD: Final = 115_200


class Line(Enum):
    """What is between posd and the terminal."""

    PTY = "pty"
    CDC = "USB CDC-ACM"
    BULK = "USB bulk"


async def serve(
    line: Line,
    terminal: Terminal,
    folder: Path,
    usb: UsbIpServer,
    ready: Callable[[str], None],
) -> None:
    """For ever: the terminal is on that line while its cable is in.

    `folder` is where the paths of serial lines are, `usb` the bus; `ready` is told the URL, once
    there is something to open.
    """
    serial = terminal.settings.terminal_id
    identity = Identity(serial=serial)
    match line:
        case Line.PTY:
            path = folder / serial
            url = f"zvt+serial://{path}?baud={BAUD}"
            await serve_pty(terminal, BAUD, path, lambda _device: ready(url))
        case Line.CDC:
            ready(f"zvt+usb://{identity.vendor:04x}:{identity.product:04x}/{serial}?baud={BAUD}")
            await serve_usb(terminal, usb, _bus_id(serial), CdcAcmDevice(identity))
        case Line.BULK:
            ready(f"zvt+usb://{identity.vendor:04x}:{identity.product:04x}/{serial}")
            await serve_usb(terminal, usb, _bus_id(serial), BulkDevice(identity))
        case _:
            assert_never(line)


def _bus_id(serial: str) -> str:
    """The port it is plugged into."""
    return f"1-{int(serial)}"
