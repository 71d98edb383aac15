"""A link that somebody listens to is a link like any other, and tells every octet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from typing_extensions import override

from posd_drivers.transport.memory import pair
from posd_drivers.transport.tap import Direction, Tap
from tests.unit.drivers.transport.contract import Ends, Place, TransportContract
from tests.unit.drivers.transport.places import MemoryPlace


class TappedPlace:
    async def open(self) -> Ends:
        link, far = await MemoryPlace().open()
        return Tap(link, lambda _direction, _octets: None), far


class TestTap(TransportContract):
    @override
    @asynccontextmanager
    async def plugged(self, folder: Path) -> AsyncIterator[Place]:
        yield TappedPlace()


async def test_every_octet_is_told_with_its_direction() -> None:
    wire = pair()
    told: list[tuple[Direction, bytes]] = []
    link = Tap(wire.ecr, lambda direction, octets: told.append((direction, octets)))
    await link.write(b"\x06\x18\x00")
    await wire.pt.write(b"\x80\x00")
    assert await link.read() == b"\x80\x00"
    await wire.pt.write(b"\x00")
    link.discard_input()
    assert told == [
        (Direction.TO_TERMINAL, b"\x06\x18\x00"),
        (Direction.FROM_TERMINAL, b"\x80\x00"),
    ]
