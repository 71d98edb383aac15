"""Where the till plugs in: a pty that is as slow as a serial line, a TCP port or a USB cable.

A pty has no modem lines, no line rate and no cable; this module gives it the last two.
"""

import asyncio
import contextlib
import fcntl
import os
import pty
import socket
import struct
import termios
import tty
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from typing_extensions import override

from posd_drivers.transport.base import Transport
from posd_drivers.transport.descriptor import Descriptor
from posd_drivers.transport.tcp import TcpTransport
from posd_simulator.pace import Pace
from posd_simulator.terminal.terminal import Terminal
from posd_simulator.usbip.device import UsbDevice
from posd_simulator.usbip.line import UsbLine
from posd_simulator.usbip.server import UsbIpServer

BITS_PER_OCTET = 11
"""Start bit, 8 data bits, 2 stop bits ([T] 2.1)."""
PACED_OCTETS_MAX = 16
HOLDER_LOOK_S = 0.2
_TIOCGEXCL = 0x80045440
"""Linux: whether the line is exclusive; the termios module has no name for it."""


class PtyLine(Transport):
    """The terminal's end of a pty, paced both ways at a line rate.

    Closing it is pulling the cable: whoever holds the other end sees a hang-up.
    """

    def __init__(self, baud: int) -> None:
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        # The slave stays open here: without it the master reads EIO while nobody holds the line.
        self.device = os.ttyname(self._slave)
        self._octet_s = BITS_PER_OCTET / baud
        self._stream = Descriptor(self._master)
        self._closed = False
        self._in, self._out = Pace(), Pace()

    @override
    async def read(self) -> bytes:
        """What the till sent, once a line would have carried it. Cancel it only for good."""
        octets = await self._stream.read()
        self._in.begin()
        await self._in.carry(len(octets), self._octet_s)
        return octets

    @override
    async def write(self, octets: bytes) -> None:
        """A serial port sends whether or not anybody reads: what finds no room is lost."""
        self._out.begin()
        for start in range(0, len(octets), PACED_OCTETS_MAX):
            some = octets[start : start + PACED_OCTETS_MAX]
            await self._out.carry(len(some), self._octet_s)
            if self._closed:
                return
            with contextlib.suppress(OSError):
                os.write(self._master, some)

    @override
    def discard_input(self) -> None:
        termios.tcflush(self._master, termios.TCIFLUSH)

    @override
    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._stream.release()
        os.close(self._master)
        os.close(self._slave)

    @contextlib.contextmanager
    def numbered(self) -> Iterator[None]:
        """In the block, also once the line is closed, no other pty is given its number."""
        kept = os.dup(self._slave)
        try:
            yield
        finally:
            os.close(kept)

    async def free_from_dead_holders(self) -> None:
        """For ever: end the exclusive use that a till left behind when it closed the line.

        A real line forgets TIOCEXCL with its last close; a pty does not while this end is open.
        A till that lives holds the line's lock as well.
        """
        while not self._closed:
            if _is_exclusive(self._slave) and _lock_is_free(self._slave):
                fcntl.ioctl(self._slave, termios.TIOCNXCL)
            await asyncio.sleep(HOLDER_LOOK_S)


async def serve_pty(
    terminal: Terminal, baud: int, link: Path | None, ready: Callable[[str], None]
) -> None:
    """For ever: a pty whenever the cable is plugged in, and `link` pointing to it meanwhile.

    `ready` is told the device to open each time there is a new one.
    """
    while True:
        await terminal.cable.until_plugged()
        line = PtyLine(baud)
        # A name that points to the number of a pty which is gone leads to the next terminal's.
        with line.numbered():
            if link is not None:
                await asyncio.to_thread(_point, link, line.device)
            ready(str(link) if link else line.device)
            try:
                await _serve_line(terminal, line)
            finally:
                await line.close()
                if link is not None:
                    await asyncio.to_thread(link.unlink, missing_ok=True)


async def serve_tcp(terminal: Terminal, listener: socket.socket) -> None:
    """For ever: each connection replaces the one before; none while the cable is out."""
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        while True:
            connection, _ = await loop.sock_accept(listener)
            if not terminal.cable.plugged:
                connection.close()
                continue
            group.create_task(terminal.connect(TcpTransport(connection)), name="till")


async def serve_usb(
    terminal: Terminal, server: UsbIpServer, bus_id: str, device: UsbDevice
) -> None:
    """For ever: the device is on the bus while the cable is plugged in, and off it otherwise."""
    while True:
        await terminal.cable.until_plugged()
        server.plug(bus_id, device)
        await terminal.connect(UsbLine(device, partial(server.unplug, bus_id)))


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises OSError."""
    listener = socket.create_server((host, port))
    # Inherited by its connections: asyncio leaves Nagle's algorithm on where, as here, a socket
    # does not name its protocol, and an answer in two writes then takes 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setblocking(False)  # noqa: FBT003 (the socket's own signature)
    return listener


async def _serve_line(terminal: Terminal, line: PtyLine) -> None:
    async with asyncio.TaskGroup() as group:
        watch = group.create_task(line.free_from_dead_holders(), name="pty holders")
        await terminal.connect(line)
        watch.cancel()


def _point(link: Path, device: str) -> None:
    """Replace the link in one step, as udev does."""
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(device)
    fresh.replace(link)


def _is_exclusive(descriptor: int) -> bool:
    try:
        answer = fcntl.ioctl(descriptor, _TIOCGEXCL, struct.pack("i", 0))
    except OSError:  # not Linux: the lock alone must tell
        return True
    return bool(struct.unpack("i", answer)[0])


def _lock_is_free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return True
