"""A till that knows its lines by heart: it says the command, acknowledges, says 80 00, no more.

The time its dialogue takes is what line and terminal take, so that what the simulated terminal
needs to think can be told apart from what posd adds.
"""

import os
import socket
from collections import deque
from time import perf_counter
from typing import Protocol
from urllib.parse import urlsplit

from posd_drivers.zvt.apdu import ApduStream
from posd_drivers.zvt.framing import ACK, Frame, FrameDecoder, encode_frame

POSITIVE = bytes.fromhex("80 00 00")
COMPLETION = b"\x06\x0f"
READ_OCTETS = 4096


class Line(Protocol):
    """Carries whole APDUs, blocking."""

    def say(self, apdu: bytes) -> None:
        """Return when it is acknowledged, where the line has acknowledgements."""
        ...

    def hear(self) -> bytes:
        """The next APDU."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class BareTill:
    """On the line of a terminal of its own, registered as posd was."""

    def __init__(self, url: str, registration: bytes) -> None:
        address = urlsplit(url)
        tcp = address.scheme == "zvt+tcp"
        self._line: Line = _Tcp(address.netloc) if tcp else _Serial(address.path)
        self.dialogue_s(registration)

    def dialogue_s(self, command: bytes) -> float:
        """How many seconds a command takes until its completion is here; that is answered, too."""
        began = perf_counter()
        self._line.say(command)
        heard = self._line.hear()
        assert heard == POSITIVE, heard.hex(" ")
        while not (heard := self._line.hear()).startswith(COMPLETION):
            self._line.say(POSITIVE)
        took_s = perf_counter() - began
        self._line.say(POSITIVE)
        return took_s

    def close(self) -> None:
        """Hang up."""
        self._line.close()


class _Serial:
    """Frames and acknowledgements; the terminal's end has set the line raw."""

    def __init__(self, device: str) -> None:
        self._line = os.open(device, os.O_RDWR | os.O_NOCTTY)
        self._decoder = FrameDecoder()
        self._heard: deque[bytes] = deque()

    def say(self, apdu: bytes) -> None:
        os.write(self._line, encode_frame(apdu))
        octets = os.read(self._line, READ_OCTETS)
        assert octets[0] == ACK, octets.hex(" ")
        self._take(octets[1:])

    def hear(self) -> bytes:
        while not self._heard:
            self._take(os.read(self._line, READ_OCTETS))
        os.write(self._line, bytes([ACK]))
        return self._heard.popleft()

    def close(self) -> None:
        os.close(self._line)

    def _take(self, octets: bytes) -> None:
        events = self._decoder.feed(octets)
        self._heard += [event.apdu for event in events if isinstance(event, Frame)]


class _Tcp:
    """Bare APDUs."""

    def __init__(self, address: str) -> None:
        host, _, port = address.partition(":")
        self._line = socket.create_connection((host, int(port)))
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream = ApduStream()
        self._heard: deque[bytes] = deque()

    def say(self, apdu: bytes) -> None:
        self._line.sendall(apdu)

    def hear(self) -> bytes:
        while not self._heard:
            apdus = self._stream.feed(self._line.recv(READ_OCTETS))
            self._heard += [apdu.encode() for apdu in apdus]
        return self._heard.popleft()

    def close(self) -> None:
        self._line.close()
