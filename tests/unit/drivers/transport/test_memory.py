"""The faults of the memory link, under a virtual clock."""

import asyncio
from collections.abc import Sequence

import pytest

from posd_drivers.errors import DeviceGone, NotSent
from posd_drivers.transport.memory import Cut, Delay, Drop, Fault, Flip, pair
from tests.simulation.loop import virtually


def arrivals(faults: Sequence[Fault], octets: bytes) -> list[tuple[float, bytes]]:
    """What the terminal reads, and when, until nothing has come for a minute."""

    async def main() -> list[tuple[float, bytes]]:
        link, read = pair(to_pt=faults), list[tuple[float, bytes]]()
        await link.ecr.write(octets)
        try:
            while True:
                async with asyncio.timeout(60.0):
                    part = await link.pt.read()
                read.append((asyncio.get_running_loop().time(), part))
        except TimeoutError:
            return read

    return virtually(main())


def test_without_faults_octets_arrive_at_once() -> None:
    assert arrivals((), b"abc") == [(0.0, b"abc")]


def test_drop_loses_a_range() -> None:
    assert arrivals([Drop(after_bytes=1, count=2)], b"abcde") == [(0.0, b"ade")]


def test_flip_inverts_bits_of_one_octet() -> None:
    assert arrivals([Flip(at_byte=1, mask=0x01)], b"abc") == [(0.0, b"acc")]


def test_delay_holds_back_what_follows() -> None:
    assert arrivals([Delay(after_bytes=2, seconds=1.5)], b"abcd") == [(0.0, b"ab"), (1.5, b"cd")]


def test_faults_of_one_direction_spare_the_other() -> None:
    async def main() -> bytes:
        link = pair(to_pt=[Drop(after_bytes=0, count=3)])
        await link.pt.write(b"abc")
        return await link.ecr.read()

    assert virtually(main()) == b"abc"


def test_cut_amid_a_write_kills_both_directions_after_what_passed() -> None:
    async def main() -> bytes:
        link = pair(to_pt=[Cut(after_bytes=2)])
        with pytest.raises(DeviceGone):
            await link.ecr.write(b"abcd")
        with pytest.raises(DeviceGone):
            await link.ecr.read()
        with pytest.raises(NotSent):
            await link.ecr.write(b"e")
        arrived = await link.pt.read()
        with pytest.raises(DeviceGone):
            await link.pt.read()
        return arrived

    assert virtually(main()) == b"ab"


def test_cut_right_after_a_write_lets_that_write_pass() -> None:
    async def main() -> None:
        link = pair(to_pt=[Cut(after_bytes=2)])
        await link.ecr.write(b"ab")
        with pytest.raises(NotSent):
            await link.ecr.write(b"c")

    virtually(main())
