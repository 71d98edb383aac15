"""Connections over the network: TLS before anything else, and no more of them than posd can spare.

They are counted from the moment they are accepted, since a handshake is what a stranger can ask
for most cheaply. Neither their number nor their pace can take a connection from loopback.
"""

import asyncio
import errno
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from typing import Final, Protocol

from msgspec import Struct

log = logging.getLogger(__name__)

CONNECTIONS_MAX: Final = 64
CONNECTIONS_OF_ADDRESS_MAX: Final = 16
"""A browser opens six, an SDK a handful."""
HANDSHAKE_S: Final = 5.0
FAREWELL_S: Final = 2.0
"""How long a client may take to say goodbye as TLS has it."""
AFTER_AN_ERROR_S: Final = 1.0
_HOST_BITS: Final = 64
"""Of an IPv6 address: a machine chooses them as it likes."""


class Lan(Struct, frozen=True):
    """Where other machines reach posd, and the certificate that they are shown."""

    address: str
    port: int
    context: ssl.SSLContext


class MakeProtocol(Protocol):
    """Makes what speaks HTTP on one connection."""

    def __call__(self, *, on_end: Callable[[], None]) -> asyncio.Protocol:
        """The protocol; it calls `on_end` once its connection is gone."""
        ...


class LanEntrance:
    """One bound socket, and who came in through it.

    Args:
        bound: It listens already.
        context: The certificate that is shown; it may be renewed while this runs.

    Attributes:
        port: The TCP port that is bound.
    """

    def __init__(self, bound: socket.socket, context: ssl.SSLContext) -> None:
        bound.settimeout(0)
        self._bound = bound
        self._context = context
        self._open: dict[socket.socket, str] = {}
        self.port: int = bound.getsockname()[1]

    def close(self) -> None:
        """Listen no more; those who are in stay."""
        self._bound.close()

    async def accept(self, make_protocol: MakeProtocol) -> None:
        """Let callers in until cancelled."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    connection, peer = await loop.sock_accept(self._bound)
                except OSError as error:
                    await _recover(error)
                    continue
                caller = subscriber(peer[0])
                if not self._has_room_for(caller):
                    connection.close()
                    continue
                self._open[connection] = caller
                group.create_task(self._admit(connection, make_protocol), name="handshake")

    def _has_room_for(self, caller: str) -> bool:
        """Whether one more may come in.

        Where every place is taken, who holds most loses its oldest to somebody who holds fewer: a
        stranger with a few addresses must not keep a till out.
        """
        held = Counter(self._open.values())
        if held[caller] >= CONNECTIONS_OF_ADDRESS_MAX:
            return False
        if held.total() < CONNECTIONS_MAX:
            return True
        greediest, most = held.most_common(1)[0]
        if most <= held[caller] + 1:
            return False
        oldest = next(one for one, holder in self._open.items() if holder == greediest)
        del self._open[oldest]
        with suppress(OSError):  # it may have just ended by itself
            oldest.shutdown(socket.SHUT_RDWR)
        return True

    async def _admit(self, connection: socket.socket, make_protocol: MakeProtocol) -> None:
        """Shake hands. Who cannot in time, or speaks no TLS, is gone without a word."""

        def end() -> None:
            self._open.pop(connection, None)

        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: make_protocol(on_end=end),
                connection,
                ssl=self._context,
                ssl_handshake_timeout=HANDSHAKE_S,
                ssl_shutdown_timeout=FAREWELL_S,
            )
        except OSError as error:
            log.debug("no handshake address=%s: %s", self._open.get(connection), error)
            end()
        except asyncio.CancelledError:
            end()
            raise


def subscriber(address: str) -> str:
    """What counts as one caller: an IPv4 address, or the network of an IPv6 one."""
    told = ip_address(address.partition("%")[0])
    if not isinstance(told, IPv6Address):
        return str(told)
    if told.ipv4_mapped is not None:
        return str(told.ipv4_mapped)
    return str(IPv6Address(int(told) >> _HOST_BITS << _HOST_BITS))


async def _recover(error: OSError) -> None:
    """Who left before being let in is nothing; a machine that has no more to give is waited for."""
    if error.errno != errno.ECONNABORTED:
        log.warning("nobody can be let in over the network: %s", error.strerror)
        await asyncio.sleep(AFTER_AN_ERROR_S)
