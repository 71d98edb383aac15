"""A stream on one file descriptor, by the event loop's readiness callbacks: no thread, no copy."""

import asyncio
import os
from collections.abc import Callable

from posd_drivers.errors import DeviceGone, NotSent
from posd_drivers.transport.base import READ_BYTES_MAX


class Descriptor:
    """Reads and writes one descriptor that somebody else opened and will close.

    Serial lines and sockets share it: both hang up as end of file or as an error of the next
    call, and every one of these becomes DeviceGone. Must be made inside a running loop.
    """

    def __init__(self, fd: int) -> None:
        os.set_blocking(fd, False)
        self._fd = fd
        self._loop = asyncio.get_running_loop()
        self._released = False
        self._waiters: set[asyncio.Future[None]] = set()

    async def read(self) -> bytes:
        """At least one octet, at most READ_BYTES_MAX. Raises DeviceGone. Cancelling loses none."""
        while not self._released:
            try:
                octets = os.read(self._fd, READ_BYTES_MAX)
            except BlockingIOError:
                await self._until_ready(self._loop.add_reader, self._loop.remove_reader)
                continue
            except OSError as error:
                raise DeviceGone(str(error)) from error
            if not octets:
                raise DeviceGone("end of file")
            return octets
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
                await self._until_ready(self._loop.add_writer, self._loop.remove_writer)
            except OSError as error:
                raise _write_error(str(error), accepted) from error

    def release(self) -> None:
        """Stop using the descriptor and wake whoever waits for it. Call before closing it."""
        if self._released:
            return
        self._released = True
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        for waiter in self._waiters:
            _wake(waiter)

    async def _until_ready(
        self,
        add: Callable[[int, Callable[[asyncio.Future[None]], None], asyncio.Future[None]], None],
        remove: Callable[[int], bool],
    ) -> None:
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._waiters.add(waiter)
        add(self._fd, _wake, waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)
            # Once released the number may already belong to another open file.
            if not self._released:
                remove(self._fd)


def _write_error(why: str, accepted: int) -> NotSent | DeviceGone:
    return NotSent(why) if accepted == 0 else DeviceGone(f"{why} after {accepted} octets")


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
