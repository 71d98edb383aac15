"""An ASGI application as a transport of httpx2, as a network would behave and not as a call.

Each handler is a task of its own in a group that outlives the request: a client that gives up
cancels nothing, bodies stream, an answer can be lost after the handler has done its work.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

import httpx2
from typing_extensions import override

CHUNKS_MAX = 8

Message: TypeAlias = MutableMapping[str, Any]
Headers: TypeAlias = list[tuple[bytes, bytes]]
Asgi: TypeAlias = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]


class Link(Enum):
    """What the line does to requests that start now."""

    UP = "up"
    DOWN = "down"
    """Nothing arrives."""

    LOSES_ANSWERS = "loses_answers"
    """Requests arrive and are carried out; nothing comes back."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a server has read it.

    Attributes:
        server: Host and port that it was sent to; None is the scheme's own.
        path: Decoded.
        raw_path: As it was sent, without the query.
        headers: Their names in lower case.
    """

    method: str
    server: tuple[str, int | None]
    path: str
    raw_path: bytes
    query: bytes
    headers: Headers
    body: bytes = b""
    scheme: str = "http"


class AsgiTransport(httpx2.AsyncBaseTransport):
    """Carries requests to an application in the same loop.

    Args:
        app: The application.
        group: Where its handlers run; ends no sooner than the transport is closed.
        context: In which the handler of a client's request runs; None: in the client's own.

    Attributes:
        link: What the line does; change it at any time.
    """

    def __init__(
        self,
        app: Asgi,
        group: asyncio.TaskGroup,
        context: Callable[[], Context | None] = lambda: None,
    ) -> None:
        self.link = Link.UP
        self._app = app
        self._group = group
        self._context = context
        self._running: dict[asyncio.Task[None], _Exchange] = {}

    @property
    def running(self) -> int:
        """How many requests are being answered."""
        return len(self._running)

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raises ConnectError, ReadTimeout, ReadError and RemoteProtocolError as a socket would."""
        asked = Asked(
            method=request.method,
            server=(request.url.host, request.url.port),
            path=request.url.path,
            raw_path=request.url.raw_path.split(b"?")[0],
            query=request.url.query,
            headers=[(name.lower(), value) for name, value in request.headers.raw],
            body=await request.aread(),
            scheme=request.url.scheme,
        )
        read_s = request.extensions.get("timeout", {}).get("read")
        status, headers, body = await self.carry(asked, read_s, self._context())
        return httpx2.Response(status, headers=headers, stream=body, request=request)

    async def carry(
        self, asked: Asked, read_s: float | None = None, context: Context | None = None
    ) -> tuple[int, Headers, "_Body"]:
        """Status, headers and body of the answer; the body arrives while it is read.

        The handler runs in `context`, or in the caller's. Raises what `handle_async_request`
        raises, ReadTimeout after `read_s` seconds.
        """
        link = self.link
        if link is Link.DOWN:
            raise httpx2.ConnectError("the line is down")
        exchange = _Exchange(asked.body)
        answering = exchange.run(self._app, _scope(asked))
        try:
            name = f"asgi:{asked.path}"
            task = self._group.create_task(answering, name=name, context=context)
        except RuntimeError as error:
            answering.close()
            raise httpx2.ConnectError("it is ending") from error
        self._running[task] = exchange
        task.add_done_callback(self._ended)
        try:
            async with asyncio.timeout(read_s):
                status, headers = await exchange.head
        except TimeoutError as error:
            exchange.leave()
            raise httpx2.ReadTimeout("no answer in time") from error
        except BaseException:
            exchange.leave()
            raise
        if link is Link.LOSES_ANSWERS:
            exchange.leave()
            raise httpx2.ReadError("the answer was lost")
        return status, headers, _Body(exchange)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task).fail()  # it may have been cancelled before its first step

    @override
    async def aclose(self) -> None:
        """End what still runs, as the end of the process would."""
        for task, exchange in list(self._running.items()):
            exchange.leave()
            task.cancel()


@asynccontextmanager
async def connected(app: Asgi) -> AsyncIterator[AsgiTransport]:
    """A transport with a group of its own, for a test that needs nothing else."""
    async with asyncio.TaskGroup() as group:
        transport = AsgiTransport(app, group)
        try:
            yield transport
        finally:
            await transport.aclose()


class _Exchange:
    """One request on its way. `head` is the answer's status and headers."""

    def __init__(self, body: bytes) -> None:
        self.head: asyncio.Future[tuple[int, list[tuple[bytes, bytes]]]] = (
            asyncio.get_running_loop().create_future()
        )
        self.chunks: asyncio.Queue[bytes | None] = asyncio.Queue(CHUNKS_MAX)
        self.whole = False
        self._body: bytes | None = body
        self._gone = asyncio.Event()

    async def run(self, app: Asgi, scope: Message) -> None:
        try:
            await app(scope, self._receive, self._send)
        finally:
            self.fail()
            if not self.whole:
                await self._put(None)

    def fail(self) -> None:
        """There will be no answer, if there is none yet."""
        if not self.head.done():
            self.head.set_exception(httpx2.RemoteProtocolError("no answer"))
            self.head.exception()  # seen: the client may be gone

    def leave(self) -> None:
        """The client is gone: the handler goes on and is heard no more."""
        self._gone.set()
        while not self.chunks.empty():
            self.chunks.get_nowait()

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if not self.head.done():
                self.head.set_result((message["status"], list(message["headers"])))
            return
        if message.get("body"):
            await self._put(message["body"])
        if not message.get("more_body", False):
            self.whole = True
            await self._put(None)

    async def _put(self, chunk: bytes | None) -> None:
        if not self._gone.is_set():
            await self.chunks.put(chunk)


class _Body(httpx2.AsyncByteStream):
    def __init__(self, exchange: _Exchange) -> None:
        self._exchange = exchange

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (chunk := await self._exchange.chunks.get()) is not None:
            yield chunk
        if not self._exchange.whole:
            raise httpx2.RemoteProtocolError("the connection broke in the body")

    @override
    async def aclose(self) -> None:
        self._exchange.leave()


def _scope(asked: Asked) -> Message:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": asked.method,
        "headers": asked.headers,
        "scheme": asked.scheme,
        "path": asked.path,
        "raw_path": asked.raw_path,
        "query_string": asked.query,
        "server": asked.server,
        "client": ("127.0.0.1", 1),
        "root_path": "",
    }
