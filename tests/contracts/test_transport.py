"""What every transport promises, tried on each: memory, TCP over loopback, serial on a pty."""

import asyncio
import contextlib
import os
import socket
import tty
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Protocol

import pytest
from typing_extensions import override

from posd_drivers.errors import DeviceGone, NotSent
from posd_drivers.transport.base import CLOSE_TIMEOUT_S, READ_BYTES_MAX, Transport
from posd_drivers.transport.memory import pair
from posd_drivers.transport.serial import open_serial
from posd_drivers.transport.tcp import connect_tcp

HANG_UP_SEEN_S = 0.5
EVERY_OCTET = bytes(range(256))


class FarEnd(Protocol):
    """What lies at the other end of the link, driven by the test."""

    async def send(self, octets: bytes) -> None: ...

    async def receive(self, count: int) -> bytes: ...

    async def hang_up(self) -> None: ...


async def read_exactly(link: Transport, count: int) -> bytes:
    octets = b""
    while len(octets) < count:
        octets += await link.read()
    return octets


async def time_of_loss(link: Transport) -> float:
    with pytest.raises(DeviceGone):
        await link.read()
    return asyncio.get_running_loop().time()


class TransportContract(ABC):
    """Inherit, and provide both ends of an open link."""

    @pytest.fixture
    @abstractmethod
    def ends(self) -> AsyncIterator[tuple[Transport, FarEnd]]: ...

    async def test_every_octet_arrives_as_it_was_sent(self, ends: tuple[Transport, FarEnd]) -> None:
        link, far = ends
        await link.write(EVERY_OCTET)
        assert await far.receive(256) == EVERY_OCTET
        await far.send(EVERY_OCTET)
        assert await read_exactly(link, 256) == EVERY_OCTET

    async def test_a_read_waits_for_octets_and_is_bounded(
        self, ends: tuple[Transport, FarEnd]
    ) -> None:
        link, far = ends
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await link.read()
        await far.send(b"z" * 2 * READ_BYTES_MAX)
        assert 1 <= len(await link.read()) <= READ_BYTES_MAX

    async def test_cancelling_a_read_loses_nothing(self, ends: tuple[Transport, FarEnd]) -> None:
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

    async def test_a_long_write_arrives_whole(self, ends: tuple[Transport, FarEnd]) -> None:
        link, far = ends
        octets = EVERY_OCTET * 512
        async with asyncio.TaskGroup() as group:
            group.create_task(link.write(octets))
            arrived = await far.receive(len(octets))
        assert arrived == octets

    async def test_a_hang_up_ends_a_read_within_half_a_second(
        self, ends: tuple[Transport, FarEnd]
    ) -> None:
        link, far = ends
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(time_of_loss(link))
            await asyncio.sleep(0.01)
            hung_up_at = loop.time()
            await far.hang_up()
        assert 0 <= reading.result() - hung_up_at < HANG_UP_SEEN_S

    async def test_after_a_hang_up_writing_ends_in_not_sent(
        self, ends: tuple[Transport, FarEnd]
    ) -> None:
        link, far = ends

        async def write_until_refused() -> None:
            # TCP may accept one write before it learns that nobody listens.
            for _ in range(50):
                await link.write(b"anybody?")
                await asyncio.sleep(0.01)

        await far.hang_up()
        with pytest.raises(NotSent):
            await write_until_refused()

    async def test_a_hang_up_amid_a_write_is_gone_not_unsent(
        self, ends: tuple[Transport, FarEnd]
    ) -> None:
        link, far = ends

        async def hang_up_soon() -> None:
            await asyncio.sleep(0.05)
            await far.hang_up()

        async with asyncio.TaskGroup() as group:
            group.create_task(hang_up_soon())
            with pytest.raises(DeviceGone):
                await link.write(bytes(32 << 20))

    async def test_discarding_drops_what_arrived_and_no_more(
        self, ends: tuple[Transport, FarEnd]
    ) -> None:
        link, far = ends
        await far.send(b"stale")
        await asyncio.sleep(0.05)
        link.discard_input()
        await far.send(b"fresh")
        assert await read_exactly(link, 5) == b"fresh"

    async def test_closing_wakes_the_reader_and_can_be_repeated(
        self, ends: tuple[Transport, FarEnd]
    ) -> None:
        link, _ = ends
        async with asyncio.TaskGroup() as group:
            group.create_task(time_of_loss(link))
            await asyncio.sleep(0.01)
            await link.close()
            await link.close()

    async def test_a_closed_link_reads_and_writes_nothing(
        self, ends: tuple[Transport, FarEnd]
    ) -> None:
        link, _ = ends
        await link.close()
        with pytest.raises(DeviceGone):
            await link.read()
        with pytest.raises(NotSent):
            await link.write(b"x")
        link.discard_input()

    async def test_closing_does_not_wait_for_a_peer_that_takes_nothing(
        self, ends: tuple[Transport, FarEnd]
    ) -> None:
        link, _ = ends
        loop = asyncio.get_running_loop()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await link.write(bytes(32 << 20))
        started = loop.time()
        await link.close()
        assert loop.time() - started < CLOSE_TIMEOUT_S + 0.2


class TestMemory(TransportContract):
    @pytest.fixture
    @override
    async def ends(self) -> AsyncIterator[tuple[Transport, FarEnd]]:
        link = pair()
        yield link.ecr, MemoryFarEnd(link.pt)
        await link.ecr.close()


class MemoryFarEnd:
    def __init__(self, end: Transport) -> None:
        self._end = end

    async def send(self, octets: bytes) -> None:
        await self._end.write(octets)

    async def receive(self, count: int) -> bytes:
        return await read_exactly(self._end, count)

    async def hang_up(self) -> None:
        await self._end.close()


class TestTcp(TransportContract):
    @pytest.fixture
    @override
    async def ends(self) -> AsyncIterator[tuple[Transport, FarEnd]]:
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(0)
            async with asyncio.TaskGroup() as group:
                accepting = group.create_task(loop.sock_accept(listener))
                link = await connect_tcp("127.0.0.1", listener.getsockname()[1])
        connection = accepting.result()[0]
        connection.settimeout(0)
        yield link, SocketFarEnd(connection)
        await link.close()
        connection.close()


class SocketFarEnd:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    async def send(self, octets: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._connection, octets)

    async def receive(self, count: int) -> bytes:
        octets = b""
        while len(octets) < count:
            octets += await asyncio.get_running_loop().sock_recv(self._connection, 65536)
        return octets

    async def hang_up(self) -> None:
        self._connection.close()


class TestSerial(TransportContract):
    @pytest.fixture
    @override
    async def ends(self) -> AsyncIterator[tuple[Transport, FarEnd]]:
        master, slave = os.openpty()
        tty.setraw(slave)
        path = os.ttyname(slave)
        link = await open_serial(path)
        os.close(slave)
        os.set_blocking(master, False)
        far = PtyFarEnd(master)
        yield link, far
        await link.close()
        await far.hang_up()


class PtyFarEnd:
    """The master side of a pty, which stands for the terminal's end of the cable."""

    def __init__(self, master: int) -> None:
        self._master: int | None = master

    async def send(self, octets: bytes) -> None:
        while octets:
            try:
                octets = octets[os.write(self._descriptor, octets) :]
            except BlockingIOError:
                await asyncio.sleep(0.001)

    async def receive(self, count: int) -> bytes:
        octets = b""
        while len(octets) < count:
            try:
                octets += os.read(self._descriptor, 65536)
            except BlockingIOError:
                await asyncio.sleep(0.001)
        return octets

    async def hang_up(self) -> None:
        if self._master is not None:
            os.close(self._master)
        self._master = None

    @property
    def _descriptor(self) -> int:
        assert self._master is not None, "hung up"
        return self._master
