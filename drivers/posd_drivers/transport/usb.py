"""A device on USB: a thread of its own waits for octets, and hands them to the loop.

PyUSB's transfers block and cannot be cancelled, so nobody waits for them in the loop. What the
thread has read stays here until somebody takes it, and it reads no further than INBOX_READS_MAX
ahead: then the device waits.
"""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from typing_extensions import override

from posd_drivers.errors import DeviceGone, NotSent
from posd_drivers.transport.base import CLOSE_TIMEOUT_S, Transport
from posd_drivers.transport.line import Line
from posd_drivers.transport.opening import opened
from posd_drivers.transport.usb_match import Named

if TYPE_CHECKING:
    from usb.backend import IBackend

    from posd_drivers.transport.usb_device import UsbDevice

INBOX_READS_MAX: Final = 16
WRITE_BYTES_MAX: Final = 4096
RELEASE_AGAIN_S: Final = 0.05


async def connect_usb(wanted: Named, line: Line, *, backend: "IBackend | None" = None) -> Transport:
    """Claim a device for nobody but us; one that is a modem (CDC-ACM) is set to `line`.

    Args:
        wanted: Which device.
        line: Speed, character format and control lines.
        backend: PyUSB's way to the bus; None is libusb.

    Raises:
        DeviceBusy: Another program has claimed it, or its serial port.
        Several: More than one device has that name.
        NotSent: It is not there, or cannot be used. The operating system's error is its cause.
    """
    device = await opened(partial(_claim, wanted, line, backend), _hand_back)
    return UsbTransport(device, str(wanted))


def _claim(wanted: Named, line: Line, backend: "IBackend | None") -> "UsbDevice":
    # PyUSB takes its time to import, and most stores have no use for it.
    from posd_drivers.transport.usb_device import claim

    return claim(wanted, line, backend)


def _hand_back(device: "UsbDevice") -> None:
    device.close()


class UsbTransport(Transport):
    """An open device. See `connect_usb`."""

    def __init__(self, device: "UsbDevice", name: str) -> None:
        self._device = device
        self._loop = asyncio.get_running_loop()
        self._arrived: deque[bytes] = deque()
        self._room: SimpleQueue[None] = SimpleQueue()  # a lock could hold up the loop
        for _ in range(INBOX_READS_MAX):
            self._room.put(None)
        self._waiters: set[asyncio.Future[None]] = set()
        self._loss: DeviceGone | None = None
        self._closing = False
        self._listener = threading.Thread(target=self._listen, name=f"usb {name}", daemon=True)
        self._listener.start()

    @override
    async def read(self) -> bytes:
        while self._closing or not self._arrived:
            if self._loss is not None:
                raise DeviceGone(str(self._loss)) from self._loss.__cause__
            await self._until_told()
        self._room.put(None)
        return self._arrived.popleft()

    @override
    async def write(self, octets: bytes) -> None:
        """Before its loss is seen, a device that fails says nothing of what it took: DeviceGone."""
        accepted = 0
        while accepted < len(octets):
            if self._loss is not None:
                failure = NotSent if accepted == 0 else DeviceGone
                raise failure(f"{self._loss}") from self._loss.__cause__
            part = octets[accepted : accepted + WRITE_BYTES_MAX]
            accepted += await asyncio.to_thread(self._device.write, part)

    @override
    def discard_input(self) -> None:
        while self._arrived:
            self._room.put(None)
            self._arrived.popleft()

    @override
    async def close(self) -> None:
        if self._closing:
            return
        self._closing = True
        self._lost(DeviceGone("closed"))
        self._room.put(None)
        letting_go = self._loop.run_in_executor(None, self._let_go)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await asyncio.shield(letting_go)

    async def _until_told(self) -> None:
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)

    def _tell(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _lost(self, loss: DeviceGone) -> None:
        if self._loss is None:
            self._loss = loss
        self._tell()

    def _listen(self) -> None:
        """In its thread, to the end of the device or of our hold on it."""
        loss = DeviceGone("its thread ended")
        try:
            while not self._closing:
                octets = self._device.read()
                if octets:
                    self._room.get()
                    self._arrived.append(octets)
                    self._on_loop(self._tell)
        except DeviceGone as error:
            loss = error
        finally:
            self._on_loop(partial(self._lost, loss))

    def _on_loop(self, call: Callable[[], None]) -> None:
        """From the thread. A loop that is closed has nobody who waits."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call)

    def _let_go(self) -> None:
        """In a thread. PyUSB claims anew for a read that began just then: release until it ended.

        Nothing may read while the device is closed: libusb would crash.
        """
        while self._listener.is_alive():
            self._device.release()
            self._listener.join(RELEASE_AGAIN_S)
        self._device.close()
