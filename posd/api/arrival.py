"""How a request reached posd: over loopback, the unix socket or the network, and from whom.

The listener learns it from the connection itself, never from what the client says of itself.
"""

import asyncio
import socket
import struct
from typing import Any, Final

from starlette.requests import HTTPConnection

from posd.api.auth import LAN, PEER_UID, UNIX_SOCKET

_CREDENTIALS: Final = struct.Struct("3i")
"""struct ucred of unix(7): process, user and group that opened the connection."""


def state_of(transport: asyncio.Transport) -> dict[str, Any]:
    """What every request of this connection carries in its scope, under the keys of `auth`."""
    accepted = transport.get_extra_info("socket")
    if accepted.family == socket.AF_UNIX:
        return {UNIX_SOCKET: True, PEER_UID: _uid_of(accepted)}
    return {LAN: True} if transport.get_extra_info("sslcontext") is not None else {}


def is_over_lan(request: HTTPConnection) -> bool:
    """Whether it came over the network, from another machine as far as anybody knows."""
    return request.scope.get("state", {}).get(LAN) is True


def _uid_of(accepted: socket.socket) -> int | None:
    """The user who opened the connection, as the kernel says (SO_PEERCRED); None elsewhere."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    _, uid, _ = _CREDENTIALS.unpack(
        accepted.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size)
    )
    return int(uid)
