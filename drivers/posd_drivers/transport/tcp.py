"""A TCP connection to a terminal that listens (ZVT: port 20007, T 4)."""

import asyncio
import contextlib
import socket

from typing_extensions import override

from posd_drivers.errors import NotSent
from posd_drivers.transport.base import READ_BYTES_MAX, Transport
from posd_drivers.transport.descriptor import Descriptor

PORT_DEFAULT = 20007
CONNECT_TIMEOUT_S = 5.0
KEEPALIVE_IDLE_S = 10
KEEPALIVE_INTERVAL_S = 5
KEEPALIVE_PROBES_MAX = 3


async def connect_tcp(
    host: str, port: int = PORT_DEFAULT, *, timeout_s: float = CONNECT_TIMEOUT_S
) -> Transport:
    """Connect within `timeout_s`, trying each address of `host` in the resolver's order.

    Raises NotSent if nobody answers there.
    """
    failure: Exception = TimeoutError("no address answered")
    try:
        async with asyncio.timeout(timeout_s):
            loop = asyncio.get_running_loop()
            for family, kind, protocol, _, address in await loop.getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            ):
                try:
                    return TcpTransport(await _connected(family, kind, protocol, address))
                except OSError as error:
                    failure = error
    except OSError as error:
        failure = error
    raise NotSent(f"{host}:{port}: {failure}") from failure


async def _connected(
    family: int, kind: int, protocol: int, address: tuple[object, ...]
) -> socket.socket:
    connection = socket.socket(family, kind, protocol)
    try:
        connection.settimeout(0)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _keep_alive(connection)
        await asyncio.get_running_loop().sock_connect(connection, address)
    except BaseException:
        connection.close()
        raise
    return connection


def _keep_alive(connection: socket.socket) -> None:
    """A terminal that lost its power says nothing; probes turn that silence into a lost link."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, number in (
        ("TCP_KEEPIDLE", KEEPALIVE_IDLE_S),
        ("TCP_KEEPINTVL", KEEPALIVE_INTERVAL_S),
        ("TCP_KEEPCNT", KEEPALIVE_PROBES_MAX),
    ):
        option = getattr(socket, name, None)  # macOS lacks some of them
        if option is not None:
            connection.setsockopt(socket.IPPROTO_TCP, option, number)


class TcpTransport(Transport):
    """An open connection. See `connect_tcp`."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream = Descriptor(connection.fileno())

    @override
    async def read(self) -> bytes:
        return await self._stream.read()

    @override
    async def write(self, octets: bytes) -> None:
        await self._stream.write(octets)

    @override
    def discard_input(self) -> None:
        self._stream.discard()
        with contextlib.suppress(OSError):
            while self._connection.recv(READ_BYTES_MAX):
                pass

    @override
    async def close(self) -> None:
        self._stream.release()
        self._connection.close()
