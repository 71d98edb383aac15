"""The contract, kept by each transport: memory, TCP, serial lines, and both kinds of USB."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from typing_extensions import override

from posd_drivers.transport.line import Line
from posd_simulator.usbip.device import BulkDevice, CdcAcmDevice
from posd_simulator.usbip.server import UsbIpServer
from tests.unit.drivers.transport.contract import Place, TransportContract
from tests.unit.drivers.transport.places import MemoryPlace, PtyPlace, TcpPlace, UsbPlace


class TestMemory(TransportContract):
    @override
    @asynccontextmanager
    async def plugged(self, folder: Path) -> AsyncIterator[Place]:
        yield MemoryPlace()


class TestTcp(TransportContract):
    @override
    @asynccontextmanager
    async def plugged(self, folder: Path) -> AsyncIterator[Place]:
        place = TcpPlace()
        yield place
        place.close()


class TestSerial(TransportContract):
    @override
    @asynccontextmanager
    async def plugged(self, folder: Path) -> AsyncIterator[Place]:
        place = PtyPlace(folder, Line())
        yield place
        await place.close()


class TestUsbModem(TransportContract):
    @override
    @asynccontextmanager
    async def plugged(self, folder: Path) -> AsyncIterator[Place]:
        async with UsbIpServer({}) as server:
            yield UsbPlace(server, CdcAcmDevice())


class TestUsbBulk(TransportContract):
    @override
    @asynccontextmanager
    async def plugged(self, folder: Path) -> AsyncIterator[Place]:
        async with UsbIpServer({}) as server:
            yield UsbPlace(server, BulkDevice())
