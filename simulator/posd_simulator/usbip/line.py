"""The terminal's end of its USB cable: what `Terminal.connect` serves."""

import asyncio
from collections.abc import Callable

from typing_extensions import override

from posd_drivers.errors import DeviceGone
from posd_drivers.transport.base import READ_BYTES_MAX, Transport
from posd_simulator.pace import Pace
from posd_simulator.usbip.device import UsbDevice

PACED_OCTETS_MAX = 16


class UsbLine(Transport):
    """The octets of one device. CDC-ACM: as slow as the line that the host set, both ways."""

    def __init__(self, device: UsbDevice, unplug: Callable[[], None] | None = None) -> None:
        """One line at a time. `unplug`: what closing it does besides, as pulling its cable."""
        self._device = device
        self._unplug = unplug
        self._arrived = asyncio.Event()
        self._closed = False
        self._in, self._out = Pace(), Pace()
        device.listen(self._arrived.set)

    @override
    async def read(self) -> bytes:
        """What the till sent, once a line would have carried it. Cancel it only for good."""
        while not self._closed:
            self._arrived.clear()
            octets = self._device.take(READ_BYTES_MAX)
            if octets:
                self._in.begin()
                await self._in.carry(len(octets), self._device.octet_s)
                return octets
            await self._arrived.wait()
        raise DeviceGone("closed")

    @override
    async def write(self, octets: bytes) -> None:
        """Sent whether or not anybody reads: what finds no room is lost."""
        self._out.begin()
        some = PACED_OCTETS_MAX if self._device.octet_s else READ_BYTES_MAX
        for start in range(0, len(octets), some):
            part = octets[start : start + some]
            await self._out.carry(len(part), self._device.octet_s)
            if self._closed:
                return
            self._device.send(part)

    @override
    def discard_input(self) -> None:
        while self._device.take(READ_BYTES_MAX):
            pass

    @override
    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._arrived.set()
        if self._unplug is not None:
            self._unplug()
