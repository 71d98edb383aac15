"""A bus that is simulated, with devices on it, as the tests of USB use it."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator

from usb import core, util
from usb.backend import IBackend

from posd_drivers.transport.base import Transport
from posd_drivers.transport.line import Line
from posd_drivers.transport.usb import connect_usb
from posd_drivers.transport.usb_match import Named
from posd_simulator.usbip.backend import UsbIpBackend
from posd_simulator.usbip.device import UsbDevice
from posd_simulator.usbip.server import UsbIpServer
from tests.unit.drivers.transport.places import BUS_ID, UsbFarEnd

NAME = Named(0x1209, 0x0001, "SIM0001")
MODEM_CONTROL, MODEM_DATA = 0, 1


@contextlib.asynccontextmanager
async def bus(devices: dict[str, UsbDevice]) -> AsyncIterator[tuple[UsbIpServer, UsbIpBackend]]:
    async with UsbIpServer(devices) as server:
        yield server, UsbIpBackend("127.0.0.1", server.port)


@contextlib.asynccontextmanager
async def opened(device: UsbDevice) -> AsyncIterator[tuple[Transport, UsbFarEnd]]:
    async with bus({BUS_ID: device}) as (server, backend):
        link = await connect_usb(NAME, Line(), backend=backend)
        yield link, UsbFarEnd(server, device)
        await link.close()


def found(backend: IBackend) -> core.Device:
    device = core.find(backend=backend)
    assert device is not None
    return device


def has_driver(backend: IBackend, interface: int) -> bool:
    device = found(backend)
    try:
        return device.is_kernel_driver_active(interface)
    finally:
        util.dispose_resources(device)


def threads_of_devices() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("usb ")]


async def until_let_go(server: UsbIpServer) -> None:
    async with asyncio.timeout(2.0):
        while True:
            if not server.is_held(BUS_ID):
                return
            await asyncio.sleep(0.005)
