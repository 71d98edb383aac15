"""`python -m tests.bench.machine BUS CONFIG`: posd where USB and udev are the benchmark's.

In libusb's place is the bus that a simulator serves over USB/IP at BUS, HOST:PORT; empty: none. In
udev's is whoever sends SIGUSR1 when something was plugged in or out.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING

from posd import daemon
from posd_drivers.plugged import events

if TYPE_CHECKING:
    from usb.backend import IBackend


async def told_by_signal() -> AsyncGenerator[None]:
    """Each word of it."""
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, told.set)
    while True:
        await told.wait()
        told.clear()
        yield


def main(bus: str, config: Path) -> int:
    """Run posd until SIGTERM. Returns the exit status."""
    events.told_by_udev = told_by_signal
    return daemon.run(config, usb=_backend(bus) if bus else None)


def _backend(bus: str) -> "IBackend":
    # PyUSB loads with it, which no posd has whose readers are on other lines.
    from posd_simulator.usbip.backend import UsbIpBackend

    host, _, port = bus.partition(":")
    return UsbIpBackend(host, int(port))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
