"""The line on which posd speaks to a terminal: posd's end of it, and what its octets say."""

import asyncio
from typing import Final, Protocol

from typing_extensions import override

from posd_drivers.transport import memory
from posd_drivers.transport.base import Transport
from posd_drivers.zvt.bmp import parse_bcd

FRAME: Final = b"\x10\x02"
"""How a serial frame begins: DLE STX."""
MONEY: Final = tuple(
    FRAME + bytes((0x06, instruction)) for instruction in (0x01, 0x22, 0x24, 0x25, 0x30, 0x31, 0x50)
)
"""How those begin that may move money: authorisation, pre-authorisation, its booking and release,
reversal, refund, end of day."""
CHARGES: Final = MONEY[:2]
AMOUNT: Final = slice(4, 10)
"""Where those have theirs: behind control field, length and BMP 04, in BCD."""
DLE: Final = b"\x10"
STATUS: Final = FRAME + b"\x04\x0f"
"""How one with a status information begins."""
APPROVING: Final = b"\x27\x00"
"""BMP 27 at the head of a status information that reports success."""
ACKNOWLEDGED: Final = FRAME + b"\x80\x00"
"""How posd accepts what it was told."""
ACK: Final = 0x06
NAK: Final = 0x15


class Side(Protocol):
    """Who sees the octets of both directions."""

    def passes(self, octets: bytes, *, from_posd: bool, moving: bool) -> bytes:
        """They are on the line; what arrives of them."""
        ...

    def count(self) -> None:
        """One more piece has passed while money moves."""
        ...


def asked(octets: bytes) -> int:
    """The amount of a command that asks for a payment, in minor units; 0 of any other."""
    if not octets.startswith(CHARGES):
        return 0
    return parse_bcd(octets.replace(DLE + DLE, DLE)[2:][AMOUNT])


def approves(octets: bytes) -> bool:
    """Whether a status information that reports success is in there."""
    at = octets.find(STATUS)
    return at >= 0 and APPROVING in octets[at : at + len(STATUS) + 5]


class End(Transport):
    """posd's end of a lane's line, for as long as that posd lives."""

    def __init__(self, link: memory.Pair, lane: Side) -> None:
        assert isinstance(link.ecr, memory.MemoryTransport)
        self.pt = link.pt
        self.closed = False
        self._wire = link.ecr
        self._lane = lane
        self._dead = False
        self._moving = False

    @override
    async def read(self) -> bytes:
        octets = b""
        while not octets:
            octets = await self._wire.read()
            self._count()
            await self._while_alive()
            octets = self._lane.passes(octets, from_posd=False, moving=self._moving)
        return octets

    @override
    async def write(self, octets: bytes) -> None:
        await self._while_alive()
        self._moving = self._moving or octets.startswith(MONEY)
        arriving = self._lane.passes(octets, from_posd=True, moving=self._moving)
        if arriving or self._wire._outbound.dead:
            await self._wire.write(arriving or octets)
        self._count()
        await self._while_alive()

    @override
    def discard_input(self) -> None:
        self._moving = False
        self._wire.discard_input()

    @override
    async def close(self) -> None:
        self.closed = True
        await self._wire.close()

    def cut(self) -> None:
        """The cable is out."""
        self._wire._outbound.die()
        self._wire._inbound.die()

    def die(self) -> None:
        """The process is gone: nothing leaves any more, and nothing is heard."""
        self._dead = True
        self.closed = True
        self.cut()

    def _count(self) -> None:
        if self._moving:
            self._lane.count()

    async def _while_alive(self) -> None:
        """A dead process does not come back from its call."""
        if self._dead:
            await asyncio.Event().wait()
