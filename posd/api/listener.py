"""Where posd can be reached: loopback in both families, a unix socket, and the network if asked to.

What systemd has opened already is taken as it is, and stays open there when posd ends.

uvicorn serves, without its tick (ten wake-ups a second), without its signal handlers, and with the
limits of `protocol`; over the network with those of `lan` as well.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Final, cast

import uvicorn
from msgspec import Struct
from starlette.types import ASGIApp
from typing_extensions import override

from posd.api.handed import NONE_HELD, Doors
from posd.api.lan import Lan, LanEntrance
from posd.api.protocol import KEEP_ALIVE_S, REQUEST_S, LimitedProtocol
from posd.api.sockets import BACKLOG_CONNECTIONS, bind_lan, bind_loopback, bind_unix

STOP_S: Final = 5
"""How long running answers may take once posd stops."""
LAST_CALL_S: Final = 1.0
"""Whoever was let in at the last moment has this long to say what he wants, and is answered."""
LOOK_S: Final = 0.02


class Patience(Struct, frozen=True):
    """How long a connection may take, in seconds: for one request, and idle between two."""

    request_s: float = REQUEST_S
    keep_alive_s: float = KEEP_ALIVE_S


PATIENCE: Final = Patience()


class Listener:
    """Open sockets, and the server behind them. Made by `open`.

    Attributes:
        port: The TCP port that is bound on loopback, the same in both families.
        lan_port: The one that is bound on the network, or None.
    """

    def __init__(
        self,
        app: ASGIApp,
        sockets: Sequence[socket.socket],
        path: Path | None,
        entrance: LanEntrance | None = None,
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
            ),
            entrance,
        )
        self._sockets = list(sockets)
        self._entrance = entrance
        self.port: int = sockets[0].getsockname()[1]
        self.lan_port = None if entrance is None else entrance.port
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
        lan: Lan | None = None,
        held: Doors = NONE_HELD,
        patience: Patience = PATIENCE,
    ) -> "Listener":
        """Bind 127.0.0.1, [::1] where there is IPv6, the unix socket (mode 0600), and the network.

        With port 0 the system chooses one: see `port`. What systemd has `held` open is not bound
        again. Callers wait from here on; they are answered once `serve` runs. Raises CannotListen.
        """
        with ExitStack() as opened:
            sockets = [*held.loopback]
            if not sockets:
                sockets = [opened.enter_context(one) for one in bind_loopback(port)]
            if held.unix is not None:
                sockets.append(held.unix)
            elif socket is not None:
                sockets.append(opened.enter_context(await asyncio.to_thread(bind_unix, socket)))
            entrance = None
            if lan is not None:
                bound = held.lan or opened.enter_context(bind_lan(lan.address, lan.port))
                entrance = LanEntrance(bound, lan.context)
            opened.pop_all()
        return cls(app, sockets, socket if held.unix is None else None, entrance, patience)

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
        if self._entrance is not None:
            self._entrance.close()
        if self._path is not None:
            await asyncio.to_thread(self._path.unlink, missing_ok=True)


class _QuietServer(uvicorn.Server):
    """uvicorn without its tick and its signal handlers; it ends when `stop` is set."""

    def __init__(self, config: uvicorn.Config, entrance: LanEntrance | None) -> None:
        super().__init__(config)
        self.stop = asyncio.Event()
        self._entrance = entrance

    @override
    async def main_loop(self) -> None:
        await self.on_tick(0)
        if self._entrance is None:
            await self.stop.wait()
            return
        async with asyncio.TaskGroup() as group:
            accepting = group.create_task(self._entrance.accept(self._protocol), name="lan")
            await self.stop.wait()
            self._entrance.close()
            accepting.cancel()

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._accept_no_more(sockets or ())
        await asyncio.sleep(0)  # what was accepted in this turn of the loop is attached in the next
        for server in self.servers:
            server.close()
        await self._last_call()
        await super().shutdown(sockets)

    @staticmethod
    def _accept_no_more(sockets: Sequence[socket.socket]) -> None:
        """Leave who calls from now on in the kernel's queue, for the next posd if systemd holds it.

        A server that is closed at once drops, unread, what it has accepted but not attached yet.
        """
        loop = asyncio.get_running_loop()
        for one in sockets:
            loop.remove_reader(one)

    async def _last_call(self) -> None:
        """Return once everybody who is connected has asked for something, or had time to."""
        for _look in range(round(LAST_CALL_S / LOOK_S)):
            await asyncio.sleep(LOOK_S)
            if not self._somebody_is_yet_to_ask():
                return

    def _somebody_is_yet_to_ask(self) -> bool:
        connections = cast("Set[LimitedProtocol]", self.server_state.connections)
        return any(one.is_yet_to_ask for one in connections)

    def cut(self) -> None:
        """End what is still open, whatever it is doing."""
        for server in getattr(self, "servers", ()):
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    def _protocol(self, *, on_end: Callable[[], None]) -> asyncio.Protocol:
        """As uvicorn makes them for what it accepts itself."""
        make = cast("Callable[..., asyncio.Protocol]", self.config.http_protocol_class)
        return make(
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
            on_end=on_end,
        )
