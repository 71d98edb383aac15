"""Where posd can be reached: loopback in both families, and a unix socket for the operator.

uvicorn serves, without its tick (ten wake-ups a second), without its signal handlers, and with the
limits of `protocol`.
"""

import asyncio
import errno
import logging
import os
import socket
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final, cast

import uvicorn
from msgspec import Struct
from starlette.types import ASGIApp
from typing_extensions import override

from posd.api.protocol import KEEP_ALIVE_S, REQUEST_S, LimitedProtocol
from posd.errors import PosdError

log = logging.getLogger(__name__)

BACKLOG_CONNECTIONS: Final = 128
STOP_S: Final = 5
"""How long running answers may take once posd stops."""
SOCKET_MODE: Final = 0o600
NO_IPV6: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})


class Patience(Struct, frozen=True):
    """How long a connection may take, in seconds: for one request, and idle between two."""

    request_s: float = REQUEST_S
    keep_alive_s: float = KEEP_ALIVE_S


PATIENCE: Final = Patience()


class CannotListen(PosdError):
    """An address cannot be listened on; the text names it and says what to do.

    Attributes:
        address: Host and port, or the path of the unix socket.
    """

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"cannot listen on {address}: {why}")
        self.address = address


class Listener:
    """Open sockets, and the server behind them. Made by `open`.

    Attributes:
        port: The TCP port that is bound, the same in both families.
    """

    def __init__(
        self,
        app: ASGIApp,
        sockets: Sequence[socket.socket],
        path: Path | None,
        patience: Patience = PATIENCE,
    ) -> None:
        protocol = partial(LimitedProtocol, request_s=patience.request_s)
        self._server = _QuietServer(
            uvicorn.Config(
                app,
                http=cast("type[asyncio.Protocol]", protocol),
                ws="none",
                loop="asyncio",
                lifespan="off",
                backlog=BACKLOG_CONNECTIONS,
                timeout_keep_alive=cast("int", patience.keep_alive_s),
                timeout_graceful_shutdown=STOP_S,
                log_config=None,
                log_level=logging.ERROR,
                access_log=False,
                date_header=False,
                server_header=False,
                proxy_headers=False,
            )
        )
        self._sockets = list(sockets)
        self.port: int = sockets[0].getsockname()[1]
        self._path = path
        self._ended = asyncio.Event()
        self._serving = False

    @classmethod
    async def open(
        cls,
        app: ASGIApp,
        *,
        port: int,
        socket: Path | None,
        patience: Patience = PATIENCE,
    ) -> "Listener":
        """Bind 127.0.0.1, [::1] where there is IPv6, and the unix socket (mode 0600).

        With port 0 the system chooses one: see `port`. Callers wait from here on; they are
        answered once `serve` runs. Raises CannotListen.
        """
        with ExitStack() as opened:
            sockets = [opened.enter_context(one) for one in _bind_loopback(port)]
            if socket is not None:
                sockets.append(opened.enter_context(await asyncio.to_thread(_bind_unix, socket)))
            opened.pop_all()
        return cls(app, sockets, socket, patience)

    async def serve(self) -> None:
        """Answer until `stop`."""
        if self._server.stop.is_set():
            return
        self._serving = True
        try:
            await self._server.serve(sockets=self._sockets)
        finally:
            self._server.cut()
            await self._close()
            self._ended.set()

    async def stop(self) -> None:
        """Take no more calls, let those that run finish within STOP_S, and close."""
        self._server.stop.set()
        if self._serving:
            await self._ended.wait()
        else:
            await self._close()

    async def _close(self) -> None:
        for one in self._sockets:
            one.close()
        if self._path is not None:
            await asyncio.to_thread(self._path.unlink, missing_ok=True)


class _QuietServer(uvicorn.Server):
    """uvicorn without its tick and its signal handlers; it ends when `stop` is set."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stop = asyncio.Event()

    @override
    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.stop.wait()

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def cut(self) -> None:
        """End what is still open, whatever it is doing."""
        for server in getattr(self, "servers", ()):
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()


def _bind_loopback(port: int) -> list[socket.socket]:
    """Both families on one port; IPv4 alone where the machine has no IPv6."""
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


def _bind_tcp(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    try:
        with ExitStack() as opened:
            # asyncio turns Nagle's algorithm off only on sockets that name their protocol. With it,
            # the second write of an answer waits 40 ms for the till's delayed acknowledgement.
            unbound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            bound = opened.enter_context(unbound)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((host, port))
            bound.listen(BACKLOG_CONNECTIONS)
            opened.pop_all()
            return bound
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            why = f"port {port} is in use by another program; set listen.port to a free one"
        else:
            why = _text_of(error)
        raise CannotListen(f"{host} port {port}", why) from error


def _bind_unix(path: Path) -> socket.socket:
    """The socket file. What a posd that was killed left there is replaced, nothing else."""
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
