"""A descriptor that the loop watches between reads: it neither spins nor reads ahead of them."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from typing_extensions import override

from posd_drivers.errors import DeviceGone
from posd_drivers.transport.base import READ_BYTES_MAX
from posd_drivers.transport.descriptor import Descriptor

UNREAD_S = 0.02
CALLS_MAX = 4
"""More than that, and the loop turns for nothing."""


class Counted(Descriptor):
    """Knows how often the loop called it."""

    calls = 0

    @override
    def _readable(self) -> None:
        self.calls += 1
        super()._readable()


@dataclass(frozen=True, slots=True)
class Wire:
    till: socket.socket
    terminal: socket.socket


@pytest.fixture
def wire() -> Iterator[Wire]:
    till, terminal = socket.socketpair()
    with till, terminal:
        yield Wire(till, terminal)


async def watched(wire: Wire) -> Counted:
    """A descriptor that has been read from."""
    stream = Counted(wire.till.fileno())
    wire.terminal.sendall(b"first")
    assert await stream.read() == b"first"
    return stream


async def test_octets_that_nobody_reads_cost_nothing(wire: Wire) -> None:
    stream = await watched(wire)
    wire.terminal.sendall(b"z" * 3 * READ_BYTES_MAX)
    await asyncio.sleep(UNREAD_S)
    assert stream.calls <= CALLS_MAX
    octets = b""
    while len(octets) < 3 * READ_BYTES_MAX:
        octets += await stream.read()
    stream.release()


async def test_a_hang_up_that_nobody_reads_costs_nothing_and_is_told_later(wire: Wire) -> None:
    stream = await watched(wire)
    wire.terminal.sendall(b"last")
    wire.terminal.close()
    await asyncio.sleep(UNREAD_S)
    assert stream.calls <= CALLS_MAX
    assert await stream.read() == b"last"
    for _ in range(2):
        with pytest.raises(DeviceGone, match="end of file"):
            await stream.read()
    stream.release()


async def test_a_hang_up_after_the_last_octet_costs_nothing_either(wire: Wire) -> None:
    stream = await watched(wire)
    wire.terminal.close()
    await asyncio.sleep(UNREAD_S)
    assert stream.calls <= CALLS_MAX
    with pytest.raises(DeviceGone, match="end of file"):
        await stream.read()
    stream.release()


async def test_only_one_reads_worth_is_taken_ahead(wire: Wire) -> None:
    stream = await watched(wire)
    wire.terminal.sendall(b"a" * READ_BYTES_MAX + b"b")
    await asyncio.sleep(0.01)
    stream.discard()
    assert await stream.read() == b"b"
    stream.release()


async def test_what_is_released_leaves_the_number_to_others(wire: Wire) -> None:
    stream = await watched(wire)
    loop = asyncio.get_running_loop()
    stream.release()
    told = asyncio.Event()
    loop.add_reader(wire.till.fileno(), told.set)
    with pytest.raises(DeviceGone, match="closed"):
        await stream.read()
    stream.release()
    wire.terminal.sendall(b"for somebody else")
    async with asyncio.timeout(1.0):
        await told.wait()
    loop.remove_reader(wire.till.fileno())
