"""The sockets that posd listens on: bound, and refused in words that say what to do."""

import errno
import logging
import os
import socket
import stat
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from posd.errors import PosdError

log = logging.getLogger(__name__)

BACKLOG_CONNECTIONS: Final = 128
SOCKET_MODE: Final = 0o600
NO_IPV6: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})
FREEBIND: Final = {
    socket.AF_INET: (socket.IPPROTO_IP, 15),
    socket.AF_INET6: (socket.IPPROTO_IPV6, 78),
}
"""IP_FREEBIND of ip(7) and IPV6_FREEBIND, which Python does not name."""


class CannotListen(PosdError):
    """An address cannot be listened on; the text names it and says what to do.

    Attributes:
        address: Host and port, or the path of the unix socket.
    """

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"cannot listen on {address}: {why}")
        self.address = address


def bind_loopback(port: int) -> list[socket.socket]:
    """127.0.0.1 and [::1] on one port; IPv4 alone where the machine has no IPv6.

    With port 0 the system chooses one. Raises CannotListen.
    """
    with ExitStack() as opened:
        v4 = opened.enter_context(_bind_tcp(socket.AF_INET, "127.0.0.1", port))
        port = v4.getsockname()[1]
        try:
            sockets = [v4, _bind_tcp(socket.AF_INET6, "::1", port)]
        except CannotListen as error:
            if not isinstance(error.__cause__, OSError) or error.__cause__.errno not in NO_IPV6:
                raise
            log.info("no IPv6 on this machine port=%d", port)
            sockets = [v4]
        opened.pop_all()
        return sockets


def bind_lan(address: str, port: int) -> socket.socket:
    """An address of this machine, or one that it will have.

    The network may come up after posd; so the address need not be there yet (Linux). Raises
    CannotListen.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return _bind_tcp(family, address, port, early=sys.platform == "linux", setting="lan.port")


def bind_unix(path: Path) -> socket.socket:
    """The socket file. What a posd that was killed left there is replaced, nothing else.

    Raises CannotListen.
    """
    try:
        with ExitStack() as opened:
            bound = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            _remove_stale(path)
            bound.bind(str(path))
            path.chmod(SOCKET_MODE)
            bound.listen(BACKLOG_CONNECTIONS)
            opened.pop_all()
            return bound
    except OSError as error:
        raise CannotListen(str(path), _text_of(error)) from error


def _bind_tcp(
    family: socket.AddressFamily,
    host: str,
    port: int,
    *,
    early: bool = False,
    setting: str = "listen.port",
) -> socket.socket:
    try:
        with ExitStack() as opened:
            # asyncio turns Nagle's algorithm off only on sockets that name their protocol. With it,
            # the second write of an answer waits 40 ms for the till's delayed acknowledgement.
            unbound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            bound = opened.enter_context(unbound)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if early:
                bound.setsockopt(*FREEBIND[family], 1)
            bound.bind((host, port))
            bound.listen(BACKLOG_CONNECTIONS)
            opened.pop_all()
            return bound
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            why = f"port {port} is in use by another program; set {setting} to a free one"
        else:
            why = _text_of(error)
        raise CannotListen(f"{host} port {port}", why) from error


def _remove_stale(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise CannotListen(str(path), "there is a file that is not a socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(0)
        with suppress(ConnectionRefusedError):
            probe.connect(str(path))
            raise CannotListen(str(path), "another program listens there")
    path.unlink()


def _text_of(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)
