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

    It serves while it is entered (`async with`), in one event loop.

    Attributes:
        port: The TCP port.
    """

    def __init__(
        self, devices: dict[str, UsbDevice], listener: socket.socket | None = None
    ) -> None:
        """All devices are plugged in. `listener`: a listening socket, or any port of loopback."""
        self.port = 0
        self._socket = listener
        self._plugs = 0
        self._ports: dict[str, _Port] = {}
        self._connections: set[_Connection] = set()
        self._listener: asyncio.Server | None = None
        for bus_id, device in devices.items():
            self.plug(bus_id, device)

    async def __aenter__(self) -> "UsbIpServer":
        listener = self._socket or socket.create_server((HOST, 0))
        self.port = listener.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            lambda: _Connection(self._ports, self._connections), sock=listener
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Abort every connection, as if the machine went."""
        for connection in tuple(self._connections):
            connection.abort()
        assert self._listener is not None
        self._listener.close()
        await self._listener.wait_closed()

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


class _Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, ports: dict[str, _Port], connections: "set[_Connection]") -> None:
        self._ports = ports
        self._connections = connections
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
        self._connections.add(self)

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
        self._connections.discard(self)
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
                plugged = {bus_id: it for bus_id, it in self._ports.items() if it.plugged}
                self._close_with(encode_devlist([_record(*it) for it in plugged.items()]))
            case ReqImport(bus_id):
                self._import(bus_id)
            case CmdSubmit() | CmdUnlink():
                self._pass(request)
            case _:
                assert_never(request)

    def _import(self, bus_id: str) -> None:
        port = self._ports.get(bus_id)
        if port is None or not port.plugged or port.holder is not None:
            self._close_with(encode_import(None))
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

    def _close_with(self, octets: bytes) -> None:
        self._write(octets)
        if self._transport is not None:
            self._transport.close()

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
