"""That something came or went: from the kernel itself, and by looking."""

import asyncio
import errno
import fcntl
import gc
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, closing, suppress
from functools import partial
from pathlib import Path

import pytest

from posd_drivers import discovery
from posd_drivers.plugged import events
from posd_drivers.plugged.events import FAILURES_MAX, Udev
from posd_drivers.plugged.seen import Hidden, SeenTty, SeenUsb, Sources
from tests.unit.drivers.plugged.seen import bulk_terminal, lane5000

UEVENT = Path("/sys/class/tty/ttyS0/uevent")
"""What is written here the kernel tells its listeners, as if the port had come or gone."""

LOOPBACK = Path("/sys/class/net/lo/uevent")


@pytest.fixture
def kernel() -> Iterator[None]:
    """The kernel tells all its listeners: one test at a time, in whatever process."""
    if not os.access(UEVENT, os.W_OK):
        pytest.skip("only root may have the kernel tell something")
    with UEVENT.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


kernel_tells = pytest.mark.usefixtures("kernel")


class Told:
    """Messages on order; `fail` makes every poll fail from then on, with the message unread."""

    def __init__(self) -> None:
        self._ours, self._theirs = os.pipe()
        os.set_blocking(self._ours, False)
        self.failure: int | None = None

    def tell(self, messages: int = 1) -> None:
        os.write(self._theirs, b"m" * messages)

    def fileno(self) -> int:
        return self._ours

    def poll(self, timeout: float | None = None) -> object | None:
        assert timeout == 0
        if self.failure is not None:
            raise OSError(self.failure, os.strerror(self.failure))
        with suppress(BlockingIOError):
            return os.read(self._ours, 1)
        return None

    def close(self) -> None:
        os.close(self._ours)
        os.close(self._theirs)


@pytest.fixture
async def told() -> AsyncIterator[Told]:
    with closing(Told()) as messages:
        yield messages


async def test_messages_at_once_are_one_change(told: Told) -> None:
    with closing(Udev(told)) as udev:
        told.tell(50)
        await udev.changed()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await udev.changed()
        told.tell()
        async with asyncio.timeout(5):
            await udev.changed()


async def test_messages_that_were_lost_are_a_change(told: Told) -> None:
    with closing(Udev(told)) as udev:
        told.failure = errno.ENOBUFS
        told.tell()
        await udev.changed()
        told.failure = None
        async with asyncio.timeout(5):
            await udev.changed()


async def test_whoever_only_fails_is_given_up(told: Told) -> None:
    with closing(Udev(told)) as udev:
        told.failure = errno.EBADF
        told.tell()
        for _ in range(FAILURES_MAX - 1):
            await udev.changed()
        with pytest.raises(OSError, match="Bad file descriptor"):
            await udev.changed()


@kernel_tells
async def test_what_the_kernel_tells_is_heard_at_once_and_without_a_thread() -> None:
    monitor = await asyncio.to_thread(events.open_monitor)
    with closing(Udev(monitor)) as udev:
        await asyncio.to_thread(UEVENT.write_text, "change")
        threads = threading.active_count()
        async with asyncio.timeout(2):
            await udev.changed()
        assert threading.active_count() == threads


@kernel_tells
async def test_what_else_the_kernel_tells_is_no_change() -> None:
    monitor = await asyncio.to_thread(events.open_monitor)
    with closing(Udev(monitor)) as udev:
        await asyncio.to_thread(LOOPBACK.write_text, "change")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await udev.changed()


@kernel_tells
async def test_once_it_is_closed_nothing_is_left_open() -> None:
    def open_files() -> int:
        gc.collect()  # what other tests left has no part in it
        return len(list(Path("/proc/self/fd").iterdir()))

    async def listen() -> None:
        with closing(Udev(await asyncio.to_thread(events.open_monitor))):
            await asyncio.sleep(0)

    await listen()
    before = open_files()
    for _ in range(20):
        await listen()
    assert open_files() <= before


@kernel_tells
async def test_whoever_watches_hears_the_kernel() -> None:
    async with (
        aclosing(discovery.watch()) as changes,
        asyncio.timeout(5),
        asyncio.TaskGroup() as group,
    ):
        seen = group.create_task(_one(changes), name="change")
        while not seen.done():  # it listens once libudev is loaded
            await asyncio.to_thread(UEVENT.write_text, "change")
            await asyncio.sleep(0.02)


class Bus:
    """Sources whose devices come and go."""

    def __init__(self) -> None:
        self.ttys: list[SeenTty] = []
        self.usb: list[SeenUsb] | None = None

    @property
    def sources(self) -> Sources:
        return Sources(lambda: tuple(self.ttys), self._usb)

    def _usb(self) -> Sequence[SeenUsb]:
        if self.usb is None:
            raise Hidden("no libusb")
        return tuple(self.usb)


async def test_where_nothing_tells_a_look_finds_what_came_and_what_went() -> None:
    bus = Bus()

    async def next_change(change: Callable[[], None]) -> None:
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            seen = group.create_task(_one(changes), name="change")
            await asyncio.sleep(0.05)
            assert not seen.done()
            change()

    def libusb_appears() -> None:
        bus.usb = [bulk_terminal()]

    async with aclosing(events.looked_for(bus.sources, every_s=0.01)) as changes:
        await next_change(partial(bus.ttys.append, lane5000()))
        await next_change(bus.ttys.clear)
        await next_change(libusb_appears)


async def test_a_look_asks_no_device_for_its_name() -> None:
    bus: list[SeenUsb] = []

    def asked() -> Sequence[SeenUsb]:
        raise AssertionError

    sources = Sources(tuple, asked, unnamed=lambda: tuple(bus))
    async with (
        aclosing(events.looked_for(sources, every_s=0.01)) as changes,
        asyncio.timeout(5),
        asyncio.TaskGroup() as group,
    ):
        seen = group.create_task(_one(changes), name="change")
        await asyncio.sleep(0.05)
        assert not seen.done()
        bus.append(bulk_terminal(serial=None))


async def _one(changes: AsyncIterator[None]) -> None:
    await anext(changes)
