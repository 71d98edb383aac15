"""A link somebody listens to: every octet that went over it, told in the order it went."""

from collections.abc import Callable
from enum import Enum
from typing import TypeAlias

from typing_extensions import override

from posd_drivers.transport.base import Transport


class Direction(Enum):
    """Which way octets went."""

    TO_TERMINAL = "to the terminal"
    FROM_TERMINAL = "from the terminal"


OnOctets: TypeAlias = Callable[[Direction, bytes], None]
"""Is told octets as they came or were accepted, in pieces as the link cut them. Never raises."""


class Tap(Transport):
    """Any transport, with a listener. What it discards is not heard: it is of no dialogue."""

    def __init__(self, link: Transport, on_octets: OnOctets) -> None:
        self._link = link
        self._on_octets = on_octets

    @override
    async def read(self) -> bytes:
        octets = await self._link.read()
        self._on_octets(Direction.FROM_TERMINAL, octets)
        return octets

    @override
    async def write(self, octets: bytes) -> None:
        """Told before the terminal can answer; of what broke off, more may be told than left."""
        self._on_octets(Direction.TO_TERMINAL, octets)
        await self._link.write(octets)

    @override
    def discard_input(self) -> None:
        self._link.discard_input()

    @override
    async def close(self) -> None:
        await self._link.close()
