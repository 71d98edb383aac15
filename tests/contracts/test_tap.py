"""A link that somebody listens to is a link like any other, and tells every octet."""

from collections.abc import AsyncIterator

import pytest
from typing_extensions import override

from posd_drivers.transport.base import Transport
from posd_drivers.transport.memory import pair
from posd_drivers.transport.tap import Direction, Tap
from tests.contracts.test_transport import FarEnd, MemoryFarEnd, TransportContract


class TestTap(TransportContract):
    @pytest.fixture
    @override
    async def ends(self) -> AsyncIterator[tuple[Transport, FarEnd]]:
        wire = pair()
        link = Tap(wire.ecr, lambda _direction, _octets: None)
        yield link, MemoryFarEnd(wire.pt)
        await link.close()


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
