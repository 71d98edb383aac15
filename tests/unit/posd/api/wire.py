"""The real server over loopback, and a client that writes octets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from posd.api.lan import Lan
from posd.api.listener import PATIENCE, Listener, Patience
from tests.unit.posd.api.fakes import TILL, Bench

HEAD = b"GET /posd/v1/live HTTP/1.1\r\nHost: localhost\r\n"
GET = HEAD + b"\r\n"
LAST = HEAD + b"Connection: close\r\n\r\n"
AUTHORIZATION = f"Authorization: Bearer {TILL}\r\n".encode()
CREATE = (
    b"POST /v1/payment_intents HTTP/1.1\r\nHost: localhost\r\n"
    + AUTHORIZATION
    + b"Content-Type: application/x-www-form-urlencoded\r\n"
)
FORM = b"amount=1250&currency=eur"


@asynccontextmanager
async def served(
    bench: Bench | None = None,
    path: Path | None = None,
    patience: Patience = PATIENCE,
    lan: Lan | None = None,
) -> AsyncIterator[Listener]:
    """A listener on a free port of loopback, until the end: it is cut, which takes no time.

    How it is to stop, with answers under way, is for the tests of `Listener.stop`.
    """
    api = (bench or Bench()).api
    listener = await Listener.open(api, port=0, socket=path, lan=lan, patience=patience)
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(listener.serve())
        yield listener
        serving.cancel()
        await listener.stop()


async def let_go(writer: asyncio.StreamWriter) -> None:
    """Close what may be gone already."""
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


class Wire:
    """A client that writes bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._kept = b""

    async def send(self, octets: bytes) -> None:
        """Write, and wait while the other side takes no more."""
        self._writer.write(octets)
        await self._writer.drain()

    async def status(self) -> int:
        """The status of the next answer, its head and body read."""
        status = await self.status_of_head()
        length = int(self.head.lower().partition(b"content-length:")[2].split()[0])
        self.body = await self._reader.readexactly(length)
        return status

    async def status_of_head(self) -> int:
        """The same of an answer without a body: one to HEAD."""
        self.head = await self._reader.readuntil(b"\r\n\r\n")
        return int(self.head.split()[1])

    async def message(self) -> bytes:
        """The next message of an event stream, without the chunks it came in."""
        while b"\n\n" not in self._kept:
            size = int(await self._reader.readuntil(b"\r\n"), 16)
            assert size, "the stream has ended"
            self._kept += (await self._reader.readexactly(size + 2))[:-2]
        message, _, self._kept = self._kept.partition(b"\n\n")
        return message

    async def try_to_send(self, octets: bytes) -> None:
        """Write as much as the other side takes before it closes."""
        with suppress(ConnectionError):
            await self.send(octets)

    async def keep_sending(self, octets: bytes, pause_s: float) -> None:
        """Write the same again and again, until the other side closes."""
        with suppress(ConnectionError):
            while True:
                await self.send(octets)
                await asyncio.sleep(pause_s)

    async def is_cut_while_sending(self, octets: bytes, pause_s: float) -> bool:
        """Whether the other side ends it although these octets go on arriving."""
        try:
            async with asyncio.timeout(5):
                while True:
                    await self.send(octets)
                    await asyncio.sleep(pause_s)
        except ConnectionError:
            return True

    def has_ended(self) -> bool:
        """Whether it is known already that the other side will say no more."""
        return self._reader.at_eof() or self._reader.exception() is not None

    async def closed(self) -> bool:
        """Whether the other side has said its last word; waits for it."""
        try:
            return await self._reader.read() == b""
        except ConnectionResetError:
            return True


@asynccontextmanager
async def wire(listener: Listener, host: str = "127.0.0.1") -> AsyncIterator[Wire]:
    """A connection to the listener, until the end."""
    reader, writer = await asyncio.open_connection(host, listener.port)
    try:
        yield Wire(reader, writer)
    finally:
        await let_go(writer)
