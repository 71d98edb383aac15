"""A stream on one file descriptor, by the event loop's readiness callbacks: no thread."""

import asyncio
import os

from posd_drivers.errors import DeviceGone, NotSent
from posd_drivers.transport.base import READ_BYTES_MAX


class Descriptor:
    """Reads and writes one descriptor that somebody else opened and will close.

    Serial lines and sockets share it: both hang up as end of file or as an error of the next
    call, and every one of these becomes DeviceGone. Must be made inside a running loop.

    From the first read on the loop watches the descriptor, and takes one read's worth that nobody
    has asked for yet; what comes after that waits in the operating system. To watch it anew for
    each read would cost as much as the read.
    """

    def __init__(self, fd: int) -> None:
        os.set_blocking(fd, False)
        self._fd = fd
        self._loop = asyncio.get_running_loop()
        self._released = False
        self._watched = False
        self._arrived = b""
        self._loss: OSError | EOFError | None = None
        self._waiters: set[asyncio.Future[None]] = set()

    async def read(self) -> bytes:
        """At least one octet, at most READ_BYTES_MAX. Raises DeviceGone. Cancelling loses none."""
        while not self._released:
            if self._arrived:
                octets, self._arrived = self._arrived, b""
                return octets
            if self._loss is not None:
                raise DeviceGone(str(self._loss)) from self._loss
            if not self._watched:
                self._watched = True
                self._loop.add_reader(self._fd, self._readable)
            await self._until_woken()
        raise DeviceGone("closed")

    async def write(self, octets: bytes) -> None:
        """Return when all is accepted. Raises NotSent if nothing was, DeviceGone if some was."""
        accepted = 0
        while accepted < len(octets):
            if self._released:
                raise _write_error("closed", accepted)
            try:
                accepted += os.write(self._fd, octets[accepted:])
            except BlockingIOError:
                await self._until_writable()
            except OSError as error:
                raise _write_error(str(error), accepted) from error

    def discard(self) -> None:
        """Drop what was taken and not read; what the operating system holds is its own."""
        self._arrived = b""

    def release(self) -> None:
        """Stop using the descriptor and wake whoever waits for it. Call before closing it."""
        if self._released:
            return
        self._released = True
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        self._wake()

    def _readable(self) -> None:
        if self._arrived:
            self._unwatch()
            return
        try:
            self._arrived = os.read(self._fd, READ_BYTES_MAX)
        except BlockingIOError:
            return
        except OSError as error:
            self._loss = error
        else:
            if not self._arrived:
                self._loss = EOFError("end of file")
        if self._loss is not None:
            self._unwatch()
        self._wake()

    def _unwatch(self) -> None:
        self._watched = False
        self._loop.remove_reader(self._fd)

    async def _until_writable(self) -> None:
        self._loop.add_writer(self._fd, self._wake)
        try:
            await self._until_woken()
        finally:
            # Once released the number may already belong to another open file.
            if not self._released:
                self._loop.remove_writer(self._fd)

    async def _until_woken(self) -> None:
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)


def _write_error(why: str, accepted: int) -> NotSent | DeviceGone:
    return NotSent(why) if accepted == 0 else DeviceGone(f"{why} after {accepted} octets")
