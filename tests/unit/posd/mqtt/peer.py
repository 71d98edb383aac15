"""A broker's end of MQTT 5 in this process: as much of it as posd uses, and what it is told to do.

Packets as in MQTT 5.0, chapter 3.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

CONNECT: Final = 1
PUBLISH: Final = 3
SUBSCRIBE: Final = 8
PINGREQ: Final = 12
DISCONNECT: Final = 14
NOT_AUTHORIZED: Final = 0x87
_RECEIVE_MAXIMUM: Final = 0x21


@dataclass
class Peer:
    """It believes and keeps nobody.

    Attributes:
        connect_code: How it answers who connects.
        publish_code: How it acknowledges what is told.
        subscribe_code: How it answers who listens.
        receive_max: How many messages it takes at once, if it says so.
        retained: Topic and payload that whoever listens hears.
        acknowledges: Whether it acknowledges what it is told.
        packets: Type and body of all that came.
    """

    connect_code: int = 0
    publish_code: int = 0
    subscribe_code: int = 1
    receive_max: int | None = None
    retained: list[tuple[str, bytes]] = field(default_factory=list)
    acknowledges: bool = True
    packets: list[tuple[int, bytes]] = field(default_factory=list)
    port: int = 0
    _lines: list[asyncio.StreamWriter] = field(default_factory=list)

    @asynccontextmanager
    async def listening(self, tls: ssl.SSLContext | None = None) -> AsyncIterator["Peer"]:
        """On a port of its own."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self.leave()
            server.close()

    def leave(self) -> None:
        """Drop every line."""
        for line in self._lines:
            line.transport.abort()

    def came(self, kind: int) -> list[bytes]:
        """The bodies of one type of packet."""
        return [body for came, body in self.packets if came == kind]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.append(writer)
        try:
            while True:
                first = (await reader.readexactly(1))[0]
                body = await reader.readexactly(await _length(reader))
                self.packets.append((first >> 4, body))
                writer.write(self._answer(first >> 4, body))
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    def _answer(self, kind: int, body: bytes) -> bytes:
        match kind:
            case 1:
                limit = b""
                if self.receive_max is not None:
                    limit = bytes([_RECEIVE_MAXIMUM]) + self.receive_max.to_bytes(2, "big")
                return _packet(0x20, bytes([0, self.connect_code, len(limit)]) + limit)
            case 3 if self.acknowledges:
                end = 2 + int.from_bytes(body[:2], "big")
                return _packet(0x40, body[end : end + 2] + bytes([self.publish_code, 0]))
            case 8:
                told = (_packet(0x31, _text(topic) + b"\0" + what) for topic, what in self.retained)
                return _packet(0x90, body[:2] + bytes([0, self.subscribe_code])) + b"".join(told)
            case 12:
                return _packet(0xD0, b"")
            case _:
                return b""


def _packet(first: int, body: bytes) -> bytes:
    assert len(body) < 128, "one octet tells its length"
    return bytes([first, len(body)]) + body


def _text(text: str) -> bytes:
    return len(text).to_bytes(2, "big") + text.encode()


async def _length(reader: asyncio.StreamReader) -> int:
    length = shift = 0
    while True:
        octet = (await reader.readexactly(1))[0]
        length |= (octet & 0x7F) << shift
        if octet < 0x80:
            return length
        shift += 7
