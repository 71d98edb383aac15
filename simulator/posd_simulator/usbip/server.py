"""A USB/IP server: ports with devices plugged into them, on one TCP socket.

Malformed input closes the connection it came on and nothing else; a device that was on it can be
imported again at once.
"""

import asyncio
import socket
from dataclasses import dataclass
from typing import assert_never

from typing_extensions import override

from posd_drivers.errors import Malformed
from posd_simulator.usbip.device import UsbDevice
from posd_simulator.usbip.requests import Requests
from posd_simulator.usbip.wire import (
    Answer,
    CmdSubmit,
    CmdUnlink,
    DeviceRecord,
    ReqDevlist,
    ReqImport,
    Request,
    encode_devlist,
    encode_import,
)

HOST = "127.0.0.1"
URBS_WAITING_MAX = 64
"""Of one connection; cdc_acm keeps 16 for its data and one for its notices."""
PATH = "/sys/devices/platform/posd-sim/usb{bus}/{bus_id}"


@dataclass(slots=True)
class _Port:
    """Where a device is plugged in, or was."""

    device: UsbDevice
    devnum: int
    plugged: bool = True
    holder: "_Connection | None" = None


class UsbIpServer:
    """Devices by their bus id: bus, port, and the ports of the hubs between (`1-1`, `1-4.2`).

    `async with` it: it listens while it is entered. All in one event loop.
    """

    def __init__(self, devices: dict[str, UsbDevice]) -> None:
        """All of them are plugged in."""
        self.port = 0
        self._plugs = 0
        self._ports: dict[str, _Port] = {}
        self._connections: set[_Connection] = set()
        self._listener: asyncio.Server | None = None
        for bus_id, device in devices.items():
            self.plug(bus_id, device)

    async def __aenter__(self) -> "UsbIpServer":
        """On any free port of loopback, unless it listens already."""
        if self._listener is None:
            await self.listen(socket.create_server((HOST, 0)))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def listen(self, listener: socket.socket) -> None:
        """Serve on this socket from now on; `port` is its number."""
        self.port = listener.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(lambda: _Connection(self), sock=listener)

    async def close(self) -> None:
        """As if the machine went: every connection is aborted."""
        for connection in tuple(self._connections):
            connection.abort()
        if self._listener is not None:
            self._listener.close()
            await self._listener.wait_closed()
            self._listener = None

    def plug(self, bus_id: str, device: UsbDevice | None = None) -> None:
        """Plug in a device, or again the one that was there. Raises KeyError if none was."""
        device = device or self._ports[bus_id].device
        self.unplug(bus_id)
        self._plugs += 1
        device.power_up()
        self._ports[bus_id] = _Port(device, self._plugs)

    def unplug(self, bus_id: str) -> None:
        """The device is off the list, and whoever has it loses the connection at once."""
        port = self._ports.get(bus_id)
        if port is not None:
            port.plugged = False
            if port.holder is not None:
                port.holder.abort()

    def is_held(self, bus_id: str) -> bool:
        """Whether a host has imported what is plugged in there."""
        return self._ports[bus_id].holder is not None

    def _records(self) -> tuple[DeviceRecord, ...]:
        return tuple(_record(bus_id, it) for bus_id, it in self._ports.items() if it.plugged)


class _Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, server: UsbIpServer) -> None:
        self._server = server
        self._requests = Requests()
        self._transport: asyncio.Transport | None = None
        self._port: _Port | None = None
        self._devid = 0

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._server._connections.add(self)  # noqa: SLF001 (the server's own)

    @override
    def data_received(self, data: bytes) -> None:
        try:
            for request in self._requests.feed(data):
                self._serve(request)
        except Malformed:
            self.abort()

    @override
    def pause_writing(self) -> None:
        """A client that does not read is not listened to."""
        if self._transport is not None:
            self._transport.pause_reading()

    @override
    def resume_writing(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._server._connections.discard(self)  # noqa: SLF001 (the server's own)
        self.abort()

    def abort(self) -> None:
        """Let go of the device and drop the connection, now."""
        port, self._port = self._port, None
        if port is not None:
            port.holder = None
            port.device.detach()
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()

    def _serve(self, request: Request) -> None:
        match request:
            case ReqDevlist():
                self._write(encode_devlist(self._server._records()))  # noqa: SLF001
                if self._transport is not None:
                    self._transport.close()
            case ReqImport(bus_id):
                self._import(bus_id)
            case CmdSubmit() | CmdUnlink():
                self._pass(request)
            case _:
                assert_never(request)

    def _import(self, bus_id: str) -> None:
        port = self._server._ports.get(bus_id)  # noqa: SLF001 (the server's own)
        if port is None or not port.plugged or port.holder is not None:
            self._write(encode_import(None))
            if self._transport is not None:
                self._transport.close()
            return
        record = _record(bus_id, port)
        self._port, self._devid, port.holder = port, record.devid, self
        self._write(encode_import(record))
        port.device.attach(self._answer)

    def _pass(self, request: CmdSubmit | CmdUnlink) -> None:
        if self._port is None:
            return
        if request.devid != self._devid:
            raise Malformed("devid", 8)
        match request:
            case CmdSubmit():
                if self._port.device.waiting() >= URBS_WAITING_MAX:
                    raise Malformed("too many transfers", 0)
                self._port.device.submit(request)
            case CmdUnlink():
                self._port.device.unlink(request)

    def _answer(self, answer: Answer) -> None:
        self._write(answer.encode())

    def _write(self, octets: bytes) -> None:
        if self._transport is not None:
            self._transport.write(octets)


def _record(bus_id: str, port: _Port) -> DeviceRecord:
    busnum = int(bus_id.partition("-")[0])
    description = port.device.description
    return DeviceRecord(
        path=PATH.format(bus=busnum, bus_id=bus_id),
        bus_id=bus_id,
        busnum=busnum,
        devnum=port.devnum,
        speed=description.speed,
        vendor=description.identity.vendor,
        product=description.identity.product,
        release=description.identity.release,
        class_triple=description.class_triple,
        configuration=port.device.configuration,
        interfaces=tuple(it.class_triple for it in description.interfaces if not it.alternate),
    )
