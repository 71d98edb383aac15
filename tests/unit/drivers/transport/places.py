"""Devices for the transport contract: in memory, on a socket, on a pty, on USB."""

import asyncio
import os
import socket
import tty
from pathlib import Path

from posd_drivers.transport.base import Transport
from posd_drivers.transport.line import Line
from posd_drivers.transport.memory import pair
from posd_drivers.transport.serial import open_serial
from posd_drivers.transport.tcp import connect_tcp
from posd_drivers.transport.usb import connect_usb
from posd_drivers.transport.usb_match import Named
from posd_simulator.usbip.backend import UsbIpBackend
from posd_simulator.usbip.device import UsbDevice
from posd_simulator.usbip.server import UsbIpServer
from tests.unit.drivers.transport.contract import Ends, read_exactly

BUS_ID = "1-4.2"
SENT_AT_ONCE = 4096


class MemoryPlace:
    async def open(self) -> Ends:
        link = pair()
        return link.ecr, MemoryFarEnd(link.pt)


class MemoryFarEnd:
    def __init__(self, end: Transport) -> None:
        self._end = end

    async def send(self, octets: bytes) -> None:
        await self._end.write(octets)

    async def receive(self, count: int) -> bytes:
        return await read_exactly(self._end, count)

    async def hang_up(self) -> None:
        await self._end.close()


class TcpPlace:
    """A terminal that serves one till after the other."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0)
        self._served: socket.socket | None = None

    async def open(self) -> Ends:
        self.close_served()
        async with asyncio.TaskGroup() as group:
            accepting = group.create_task(self._accepted())
            link = await connect_tcp("127.0.0.1", self._listener.getsockname()[1])
        self._served = accepting.result()
        return link, SocketFarEnd(self._served)

    def close(self) -> None:
        self.close_served()
        self._listener.close()

    def close_served(self) -> None:
        if self._served is not None:
            self._served.close()

    async def _accepted(self) -> socket.socket:
        connection, _ = await asyncio.get_running_loop().sock_accept(self._listener)
        connection.settimeout(0)
        return connection


class SocketFarEnd:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    async def send(self, octets: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._connection, octets)

    async def receive(self, count: int) -> bytes:
        octets = b""
        while len(octets) < count:
            octets += await asyncio.get_running_loop().sock_recv(self._connection, 65536)
        return octets

    async def hang_up(self) -> None:
        self._connection.close()


class PtyPlace:
    """A path that stays, as udev's links do, to whatever pty is there now."""

    def __init__(self, folder: Path, line: Line) -> None:
        self.path = folder / "reader"
        self._line = line
        self._far: PtyFarEnd | None = None

    async def open(self) -> Ends:
        if self._far is None or self._far.gone:
            self._far = self._plugged()
        return await open_serial(str(self.path), self._line), self._far

    async def close(self) -> None:
        if self._far is not None:
            await self._far.hang_up()

    def _plugged(self) -> "PtyFarEnd":
        master, slave = os.openpty()
        tty.setraw(slave)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(slave))
        os.set_blocking(master, False)
        return PtyFarEnd(master, slave)


class PtyFarEnd:
    """The master side of a pty, which stands for the terminal's end of the cable."""

    def __init__(self, master: int, slave: int) -> None:
        # While somebody has the other side open, the till may close it and open it again.
        self._master, self._slave = master, slave
        self.gone = False

    async def send(self, octets: bytes) -> None:
        while octets:
            try:
                octets = octets[os.write(self._master, octets[:SENT_AT_ONCE]) :]
            except BlockingIOError:
                await asyncio.sleep(0.001)

    async def receive(self, count: int) -> bytes:
        octets = b""
        while len(octets) < count:
            try:
                octets += os.read(self._master, 65536)
            except BlockingIOError:
                await asyncio.sleep(0.001)
        return octets

    async def hang_up(self) -> None:
        if not self.gone:
            self.gone = True
            os.close(self._slave)
            os.close(self._master)


class UsbPlace:
    """A port of a bus, with one device."""

    def __init__(self, server: UsbIpServer, device: UsbDevice) -> None:
        self.backend = UsbIpBackend("127.0.0.1", server.port)
        self.server = server
        self.device = device
        self._far: UsbFarEnd | None = None

    async def open(self) -> Ends:
        if self._far is None or self._far.gone:
            self.server.plug(BUS_ID, self.device)
            self._far = UsbFarEnd(self.server, self.device)
        identity = self.device.description.identity
        wanted = Named(identity.vendor, identity.product, identity.serial)
        return await connect_usb(wanted, Line(), backend=self.backend), self._far


class UsbFarEnd:
    """The device's own end of its cable."""

    def __init__(self, server: UsbIpServer, device: UsbDevice) -> None:
        self._server = server
        self._device = device
        self._arrived = asyncio.Event()
        self.gone = False
        device.listen(self._arrived.set)

    async def send(self, octets: bytes) -> None:
        for start in range(0, len(octets), SENT_AT_ONCE):
            part = octets[start : start + SENT_AT_ONCE]
            while True:
                if self._sent(part):
                    break
                await asyncio.sleep(0.001)

    async def receive(self, count: int) -> bytes:
        octets = b""
        while len(octets) < count:
            self._arrived.clear()
            part = self._device.take(count - len(octets))
            if not part:
                await self._arrived.wait()
            octets += part
        return octets

    async def hang_up(self) -> None:
        self.gone = True
        self._server.unplug(BUS_ID)

    def _sent(self, part: bytes) -> bool:
        """Whether the device had room for it; if not, it has lost it."""
        lost = self._device.lost
        self._device.send(part)
        return self._device.lost == lost
