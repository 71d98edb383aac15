"""What every transport promises: a class to inherit, for each with a real device behind it."""

import asyncio
import contextlib
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol, TypeAlias

import pytest

from posd_drivers.errors import DeviceGone, NotSent
from posd_drivers.transport.base import CLOSE_TIMEOUT_S, READ_BYTES_MAX, Transport

HANG_UP_SEEN_S = 0.5
EVERY_OCTET = bytes(range(256))
MORE_THAN_ANY_BUFFER = bytes(32 << 20)
STILL_S = 0.05
STILLS_MAX = 12
CYCLES = 10
POOL = "asyncio_"
"""How the threads are called in which the loop opens and closes devices: a few, and they stay."""


class FarEnd(Protocol):
    """What lies at the other end of the link, driven by the test."""

    async def send(self, octets: bytes) -> None:
        """Return when the link has taken them all."""

    async def receive(self, count: int) -> bytes:
        """Exactly so many octets."""

    async def hang_up(self) -> None:
        """Pull the cable, or the plug."""


Ends: TypeAlias = tuple[Transport, FarEnd]


class Place(Protocol):
    """Where a device is plugged in, time and again."""

    async def open(self) -> Ends:
        """Plug it in unless it is, and open it."""


async def read_exactly(link: Transport, count: int) -> bytes:
    octets = b""
    while len(octets) < count:
        octets += await link.read()
    return octets


async def time_of_loss(link: Transport) -> float:
    with pytest.raises(DeviceGone):
        await link.read()
    return asyncio.get_running_loop().time()


async def assert_octets_flow(link: Transport, far: FarEnd) -> None:
    await link.write(b"till")
    assert await far.receive(4) == b"till"
    await far.send(b"terminal")
    assert await read_exactly(link, 8) == b"terminal"


def held() -> tuple[int, list[str]]:
    """What this process holds: descriptors, and threads but those of the loop's pool."""
    threads = sorted(it.name for it in threading.enumerate() if not it.name.startswith(POOL))
    return len(os.listdir("/dev/fd")), threads  # noqa: PTH208 (of no file system)


class TransportContract(ABC):
    """Inherit, and provide a place with a device."""

    @abstractmethod
    def plugged(self, folder: Path) -> AbstractAsyncContextManager[Place]:
        """The place, while it is entered; `folder` is its own."""

    @pytest.fixture
    async def place(self, tmp_path: Path) -> AsyncIterator[Place]:
        async with self.plugged(tmp_path) as place:
            yield place

    @pytest.fixture
    async def ends(self, place: Place) -> AsyncIterator[Ends]:
        link, far = await place.open()
        yield link, far
        await link.close()

    async def test_every_octet_arrives_as_it_was_sent(self, ends: Ends) -> None:
        link, far = ends
        await link.write(EVERY_OCTET)
        assert await far.receive(256) == EVERY_OCTET
        await far.send(EVERY_OCTET)
        assert await read_exactly(link, 256) == EVERY_OCTET

    async def test_a_read_waits_for_octets_and_is_bounded(self, ends: Ends) -> None:
        link, far = ends
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await link.read()
        await far.send(b"z" * 2 * READ_BYTES_MAX)
        assert 1 <= len(await link.read()) <= READ_BYTES_MAX

    async def test_cancelling_a_read_loses_nothing(self, ends: Ends) -> None:
        link, far = ends
        octets = b""
        for number in range(30):
            if number % 2:
                await far.send(bytes([number]))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.001 * (number % 3)):
                    octets += await link.read()
        octets += await read_exactly(link, 15 - len(octets))
        assert octets == bytes(range(1, 30, 2))

    async def test_a_long_write_arrives_whole(self, ends: Ends) -> None:
        link, far = ends
        octets = EVERY_OCTET * 512
        async with asyncio.TaskGroup() as group:
            group.create_task(link.write(octets))
            arrived = await far.receive(len(octets))
        assert arrived == octets

    async def test_what_the_terminal_sends_at_length_is_read_whole(self, ends: Ends) -> None:
        link, far = ends
        octets = EVERY_OCTET * 512
        async with asyncio.TaskGroup() as group:
            group.create_task(far.send(octets))
            arrived = await read_exactly(link, len(octets))
        assert arrived == octets

    async def test_what_nobody_reads_holds_the_terminal_up(self, ends: Ends) -> None:
        link, far = ends
        await assert_octets_flow(link, far)
        sent = 0

        async def send_for_ever() -> None:
            nonlocal sent
            while True:
                await far.send(bytes(READ_BYTES_MAX))
                sent += READ_BYTES_MAX

        stood_still = False
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(send_for_ever())
            for _ in range(STILLS_MAX):
                before = sent
                await asyncio.sleep(STILL_S)
                if stood_still := sent == before:
                    break
            sending.cancel()
        assert stood_still
        assert set(await link.read()) == {0}

    async def test_a_hang_up_ends_a_read_within_half_a_second(self, ends: Ends) -> None:
        link, far = ends
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(time_of_loss(link))
            await asyncio.sleep(0.01)
            hung_up_at = loop.time()
            await far.hang_up()
        assert 0 <= reading.result() - hung_up_at < HANG_UP_SEEN_S

    async def test_once_a_hang_up_was_seen_writing_ends_in_not_sent(self, ends: Ends) -> None:
        link, far = ends

        async def write_until_refused() -> None:
            # TCP may accept one write before it learns that nobody listens.
            for _ in range(50):
                await link.write(b"anybody?")
                await asyncio.sleep(0.01)

        await far.hang_up()
        await time_of_loss(link)
        with pytest.raises(NotSent):
            await write_until_refused()

    async def test_a_hang_up_amid_a_write_is_gone_not_unsent(self, ends: Ends) -> None:
        link, far = ends

        async def hang_up_soon() -> None:
            await asyncio.sleep(0.05)
            await far.hang_up()

        async with asyncio.TaskGroup() as group:
            group.create_task(hang_up_soon())
            with pytest.raises(DeviceGone):
                await link.write(MORE_THAN_ANY_BUFFER)

    async def test_discarding_drops_what_arrived_and_no_more(self, ends: Ends) -> None:
        link, far = ends
        await assert_octets_flow(link, far)
        await far.send(b"stale")
        await asyncio.sleep(0.05)
        link.discard_input()
        await far.send(b"fresh")
        assert await read_exactly(link, 5) == b"fresh"

    async def test_closing_wakes_the_reader_and_can_be_repeated(self, ends: Ends) -> None:
        link, _ = ends
        async with asyncio.TaskGroup() as group:
            group.create_task(time_of_loss(link))
            await asyncio.sleep(0.01)
            await link.close()
            await link.close()

    async def test_a_closed_link_reads_and_writes_nothing(self, ends: Ends) -> None:
        link, far = ends
        await assert_octets_flow(link, far)
        await far.send(b"too late")
        await asyncio.sleep(0.01)
        await link.close()
        with pytest.raises(DeviceGone):
            await link.read()
        with pytest.raises(NotSent):
            await link.write(b"x")
        link.discard_input()

    async def test_closing_does_not_wait_for_a_peer_that_takes_nothing(self, ends: Ends) -> None:
        link, _ = ends
        loop = asyncio.get_running_loop()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await link.write(MORE_THAN_ANY_BUFFER)
        started = loop.time()
        await link.close()
        assert loop.time() - started < CLOSE_TIMEOUT_S + 0.2

    async def test_what_was_closed_can_be_opened_again(self, place: Place) -> None:
        for _ in range(2):
            link, far = await place.open()
            await assert_octets_flow(link, far)
            await link.close()

    async def test_what_was_lost_can_be_opened_once_it_is_back(self, place: Place) -> None:
        link, far = await place.open()
        await far.hang_up()
        await time_of_loss(link)
        await link.close()
        link, far = await place.open()
        await assert_octets_flow(link, far)
        await link.close()

    async def test_neither_closing_nor_losing_it_leaves_anything_behind(self, place: Place) -> None:
        async def cycle() -> None:
            link, _ = await place.open()
            await link.close()
            link, far = await place.open()
            await far.hang_up()
            await time_of_loss(link)
            await link.close()

        await cycle()
        before = held()
        for _ in range(CYCLES):
            await cycle()
        async with asyncio.timeout(2.0):
            while True:
                if held() == before:
                    return
                await asyncio.sleep(0.005)  # the far end learns of it a little later
