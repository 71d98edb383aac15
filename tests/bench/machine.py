"""`python -m tests.bench.machine BUS CONFIG`: posd where USB and udev are the benchmark's.

In libusb's place is the bus that a simulator serves over USB/IP at BUS, HOST:PORT; empty: none. In
udev's is whoever sends SIGUSR1 when something was plugged in or out.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path

from posd import daemon
from posd_drivers import catalogue
from posd_drivers.plugged import events


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
    if bus:
        from posd_simulator.usbip.backend import UsbIpBackend

        host, _, port = bus.partition(":")
        catalogue.open = partial(catalogue.open, usb=UsbIpBackend(host, int(port)))
    return daemon.run(config)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
