"""One connection and its limits: what uvicorn's protocol leaves open, closed by subclassing it.

A client that sends too much, too slowly, or is one too many is told so in Stripe's envelope and
cut off, before it costs the payments anything. What the parser cannot read ends the same way.
"""

import asyncio
from collections.abc import Callable, Set
from http import HTTPStatus
from typing import Any, Final, cast

import msgspec
from typing_extensions import override
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from posd.api.arrival import state_of
from posd.stripe_wire.errors import ErrorType, StripeError, envelope

CONNECTIONS_MAX: Final = 64
"""Over loopback. The operator's socket is open to posd's own user and root alone and always
answers; connections over the network are counted by `lan`.
"""
HEAD_BYTES_MAX: Final = 16 * 1024
MESSAGE_BYTES_MAX: Final = 512 * 1024
"""A whole request as it arrives: a body at its limit in small chunks, and some slack."""
REQUEST_S: Final = 10.0
"""From the connection or, on a kept one, the first byte, to the last byte of a request."""
KEEP_ALIVE_S: Final = 75
ABORT: Final = "posd.abort"
"""In the scope of a request: ends its connection at once, whatever still waits to be sent."""


class _Unacceptable(Exception):
    """Raised through the parser, which ends the connection."""


class LimitedProtocol(HttpToolsProtocol):
    """HTTP/1.1 on one connection, within the limits above; `request_s` stands for REQUEST_S.

    `on_end` is called once the connection is gone, if whoever accepted it counts.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        request_s: float = REQUEST_S,
        on_end: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._request_s = request_s
        self._on_end = on_end
        self._is_loopback = False
        self._deadline: asyncio.TimerHandle | None = None
        self._received_bytes = 0
        self._latest_bytes = 0
        self._header_bytes = 0
        self._in_head = True
        self._arriving = False
        self._refusal = HTTPStatus.BAD_REQUEST

    @property
    def is_yet_to_ask(self) -> bool:
        """Whether nothing was asked on it so far, or a request is still arriving."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or self._arriving

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        arrival = state_of(transport)
        self.app_state = {**self.app_state, **arrival}
        self._is_loopback = not arrival
        if self._is_loopback and self._loopback_connections() > CONNECTIONS_MAX:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        self._start_deadline()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_deadline()
        super().connection_lost(exc)
        if self._on_end is not None:
            self._on_end()

    @override
    def data_received(self, data: bytes) -> None:
        self._latest_bytes = len(data)
        self._received_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_head and self._received_bytes > HEAD_BYTES_MAX:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._received_bytes > MESSAGE_BYTES_MAX:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        elif self._arriving and self._deadline is None:
            self._start_deadline()

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope[ABORT] = self.transport.abort  # type: ignore[typeddict-unknown-key]
        self._received_bytes = self._latest_bytes
        self._header_bytes = 0
        self._in_head = self._arriving = True

    @override
    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count_header(len(url))

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count_header(len(name) + len(value))

    @override
    def on_headers_complete(self) -> None:
        if self._is_for_another() or self._loses_its_body():
            raise _Unacceptable
        self._in_head = False
        super().on_headers_complete()
        self.cycle.transport = _OneWrite(self.transport, self.loop)

    @override
    def on_message_complete(self) -> None:
        self._stop_deadline()
        self._received_bytes = 0
        self._in_head, self._arriving = True, False
        super().on_message_complete()

    @override
    def send_400_response(self, msg: str) -> None:
        self._refuse(self._refusal)

    @override
    def timeout_keep_alive_handler(self) -> None:
        """An idle connection is closed; one whose client reads nothing is cut."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    def _loopback_connections(self) -> int:
        open_now = cast("Set[LimitedProtocol]", self.connections)
        return sum(one._is_loopback for one in open_now)  # noqa: SLF001 (its own kind)

    def _count_header(self, count: int) -> None:
        """The head as parsed: the count of what arrived may have its body in it already."""
        self._header_bytes += count
        if self._header_bytes > HEAD_BYTES_MAX:
            self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise _Unacceptable

    def _is_for_another(self) -> bool:
        """Whether an absolute target names another host than the header (RFC 9112, 3.2.2)."""
        if self.url.startswith((b"/", b"*")):
            return False
        authority = self.url.partition(b"://")[2].partition(b"/")[0]
        return [authority.lower()] != [host.lower() for host in self._values(b"host")]

    def _loses_its_body(self) -> bool:
        """Whether the parser would not give the body as it was meant.

        It drops the body of a request that asks for an upgrade, and takes off no coding but
        chunked.
        """
        codings = [coding.strip().lower() for coding in self._values(b"transfer-encoding")]
        has_body = codings or any(length != b"0" for length in self._values(b"content-length"))
        return codings not in ([], [b"chunked"]) or (has_body and self.parser.should_upgrade())

    def _values(self, name: bytes) -> list[bytes]:
        return [value for found, value in self.headers if found == name]

    def _start_deadline(self) -> None:
        self._deadline = self.loop.call_later(
            self._request_s, self._refuse, HTTPStatus.REQUEST_TIMEOUT
        )

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, status: HTTPStatus) -> None:
        """Say why, unless an answer is under way or owed already, and close.

        A whole request that came before is carried out, whatever follows it: told in its place,
        the refusal would say that nothing had happened.
        """
        self._stop_deadline()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.more_body and not cycle.response_complete:
            cycle.keep_alive = False
            self.flow.pause_reading()
            return
        answered = cycle is not None and not self._in_head and cycle.response_started
        if not answered and not self.pipeline:
            self.transport.write(_refusal(status))
        self.transport.close()


class _OneWrite(asyncio.Transport):
    """Carries one answer: its head, which uvicorn writes first, waits for what follows at once.

    Two writes are two packets, and wake the till twice. What nothing follows in the same turn of
    the loop, such as the answer to a HEAD, goes by itself.
    """

    def __init__(self, connection: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._connection = connection
        self._loop = loop
        self._begun = False
        self._held = b""

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._held += data
        if self._begun:
            self._flush()
        else:
            self._begun = True
            self._loop.call_soon(self._flush)

    @override
    def close(self) -> None:
        self._flush()
        self._connection.close()

    @override
    def is_closing(self) -> bool:
        return self._connection.is_closing()

    def _flush(self) -> None:
        held, self._held = self._held, b""
        if held:
            self._connection.write(held)


def _refusal(status: HTTPStatus) -> bytes:
    error = StripeError(type=ErrorType.INVALID_REQUEST_ERROR, message=f"{status.phrase}.")
    body = msgspec.json.encode(envelope(error))
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        "content-type: application/json\r\n"
        "cache-control: no-store\r\n"
        "x-content-type-options: nosniff\r\n"
        f"content-length: {len(body)}\r\n"
        "stripe-should-retry: false\r\n"
        "connection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
