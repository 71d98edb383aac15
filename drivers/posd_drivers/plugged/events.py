"""That something was plugged in or out: udev's word where there is udev, else a slow look."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from posd_drivers.plugged.seen import Hidden, SeenTty, SeenUsb, Sources

if TYPE_CHECKING:
    from pyudev import Monitor

log = logging.getLogger(__name__)

LOOK_S: Final = 5.0
"""Between two looks where nothing tells of changes."""
FAILURES_MAX: Final = 16
"""In a row, without a message between them: whoever fails so often is not there any more."""
UDEV_CONTROL: Final = Path("/run/udev/control")
"""udevd's own socket: there while it runs."""


class Messages(Protocol):
    """pyudev's Monitor, as far as it is used."""

    def fileno(self) -> int:
        """Readable once there is a message."""
        ...

    def poll(self, timeout: float | None = None) -> object | None:
        """The next message; None if there is none. Raises OSError."""
        ...


class Udev:
    """The kernel's messages about serial ports and USB devices, on the running loop; no thread.

    Where udevd runs it is heard instead of the kernel: its word comes once the device's links and
    permissions are made.
    """

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._changed = asyncio.Event()
        self._failures = 0
        self._failure: OSError | None = None
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(messages.fileno(), self._take)

    async def changed(self) -> None:
        """Return once something came or went since the last call. Raises OSError."""
        await self._changed.wait()
        self._changed.clear()
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Stop listening."""
        self._loop.remove_reader(self._messages.fileno())

    def _take(self) -> None:
        """Take what there is. Messages that were lost, or cannot be read, are a change as well."""
        try:
            while self._messages.poll(timeout=0) is not None:
                self._changed.set()
                self._failures = 0
        except OSError as error:
            self._changed.set()
            self._failures += 1
            if self._failures == FAILURES_MAX:
                self._failure = error
                self.close()


def open_monitor() -> "Monitor":
    """Begin to listen; loads libudev. Raises ImportError or OSError where that cannot be."""
    import pyudev

    source = "udev" if UDEV_CONTROL.exists() else "kernel"
    monitor = pyudev.Monitor.from_netlink(pyudev.Context(), source=source)
    monitor.filter_by("tty")
    monitor.filter_by("usb", "usb_device")
    monitor.start()
    return monitor


async def told_by_udev() -> AsyncGenerator[None]:
    """An item after each change. Raises ImportError or OSError where udev cannot be heard."""
    monitor = await asyncio.to_thread(open_monitor)
    with closing(Udev(monitor)) as udev:
        while True:
            await udev.changed()
            yield


async def looked_for(sources: Sources, every_s: float) -> AsyncGenerator[None]:
    """An item after each change that a look every `every_s` seconds shows."""
    before = await asyncio.to_thread(_shown, sources)
    while True:
        await asyncio.sleep(every_s)
        now = await asyncio.to_thread(_shown, sources)
        if now != before:
            before = now
            yield


def _shown(sources: Sources) -> frozenset[SeenTty | SeenUsb]:
    shown: set[SeenTty | SeenUsb] = set()
    for source in (sources.ttys, sources.unnamed or sources.usb):
        with suppress(Hidden):
            shown.update(source())
    return frozenset(shown)
