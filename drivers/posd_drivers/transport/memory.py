"""A connected pair without an operating system, with faults on order.

    link = pair(to_pt=[Cut(after_bytes=7)])
    reader = ZvtReader(link.ecr, settings)

Only asyncio's own primitives wait here, so it runs under a virtual clock.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from typing import TypeAlias

from msgspec import Struct
from typing_extensions import override

from posd_drivers.errors import DeviceGone, NotSent
from posd_drivers.transport.base import READ_BYTES_MAX, Transport

WIRE_BYTES_MAX = 1 << 16


class Cut(Struct, frozen=True):
    """The link dies, for both ends, once `after_bytes` octets went this way."""

    after_bytes: int


class Delay(Struct, frozen=True):
    """Octets from number `after_bytes` on arrive `seconds` late, in order."""

    after_bytes: int
    seconds: float


class Drop(Struct, frozen=True):
    """`count` octets from number `after_bytes` on never arrive; nobody is told."""

    after_bytes: int
    count: int


class Flip(Struct, frozen=True):
    """The octet number `at_byte` (from 0) arrives with the bits of `mask` inverted."""

    at_byte: int
    mask: int


Fault: TypeAlias = Cut | Delay | Drop | Flip


class Pair(Struct, frozen=True):
    """Both ends of one link."""

    ecr: Transport
    pt: Transport


def pair(*, to_pt: Sequence[Fault] = (), to_ecr: Sequence[Fault] = ()) -> Pair:
    """A link whose octets suffer the faults of their direction."""
    towards_pt, towards_ecr = _Wire(to_pt), _Wire(to_ecr)
    return Pair(
        ecr=MemoryTransport(inbound=towards_ecr, outbound=towards_pt),
        pt=MemoryTransport(inbound=towards_pt, outbound=towards_ecr),
    )


class _Wire:
    """One direction: octets with their time of arrival, and the faults that befall them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._faults = tuple(fault for fault in faults if not isinstance(fault, Cut))
        self._cut_at = min((f.after_bytes for f in faults if isinstance(f, Cut)), default=None)
        self._passed = 0
        self._arriving: deque[tuple[float, bytes]] = deque()
        self._held = 0
        self._arrived = asyncio.Event()
        self._taken = asyncio.Event()
        self.dead = False

    def die(self) -> None:
        """Refuse what comes; what has arrived can still be read."""
        self.dead = True
        self._arrived.set()
        self._taken.set()

    async def put(self, octets: bytes) -> int:
        """How many octets were accepted before the wire died."""
        accepted = 0
        while accepted < len(octets) and not self._is_cut():
            part = octets[accepted : accepted + self._room()]
            if part:
                self._carry(part)
                accepted += len(part)
            else:
                self._taken.clear()
                await self._taken.wait()
        self._is_cut()
        return accepted

    async def get(self) -> bytes:
        """What has arrived, waiting for the first octet. Raises DeviceGone at the end."""
        while not (octets := self._take()):
            if self.dead:
                raise DeviceGone("hung up")
            self._arrived.clear()
            await self._until_arrival()
        return octets

    def discard(self) -> None:
        """Forget what has arrived."""
        while self._take():
            pass

    async def _until_arrival(self) -> None:
        if not self._arriving:
            await self._arrived.wait()
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self._arriving[0][0]):
                await self._arrived.wait()

    def _is_cut(self) -> bool:
        if self._passed == self._cut_at:
            self.die()
        return self.dead

    def _room(self) -> int:
        room = WIRE_BYTES_MAX - self._held
        return room if self._cut_at is None else min(room, self._cut_at - self._passed)

    def _carry(self, octets: bytes) -> None:
        if self._faults:
            for octet in octets:
                self._carry_one(octet)
        else:
            self._passed += len(octets)
            self._append(asyncio.get_running_loop().time(), octets)
        self._arrived.set()

    def _carry_one(self, octet: int) -> None:
        number, arrival = self._passed, asyncio.get_running_loop().time()
        self._passed += 1
        for fault in self._faults:
            match fault:
                case Drop(first, count) if first <= number < first + count:
                    return
                case Flip(at, mask) if at == number:
                    octet ^= mask
                case Delay(first, seconds) if first <= number:
                    arrival += seconds
                case _:
                    pass
        self._append(arrival, bytes([octet]))

    def _append(self, arrival: float, octets: bytes) -> None:
        self._arriving.append((arrival, octets))
        self._held += len(octets)

    def _take(self) -> bytes:
        now = asyncio.get_running_loop().time()
        taken = b""
        while self._arriving and self._arriving[0][0] <= now and len(taken) < READ_BYTES_MAX:
            arrival, octets = self._arriving.popleft()
            room = READ_BYTES_MAX - len(taken)
            if len(octets) > room:
                self._arriving.appendleft((arrival, octets[room:]))
            taken += octets[:room]
        self._held -= len(taken)
        self._taken.set()
        return taken


class MemoryTransport(Transport):
    """One end of a `pair`."""

    def __init__(self, *, inbound: _Wire, outbound: _Wire) -> None:
        self._inbound = inbound
        self._outbound = outbound
        self._closed = False

    @override
    async def read(self) -> bytes:
        if self._closed:
            raise DeviceGone("closed")
        return await self._inbound.get()

    @override
    async def write(self, octets: bytes) -> None:
        accepted = await self._outbound.put(octets)
        if self._outbound.dead:
            self._inbound.die()
        if accepted == 0 and octets:
            raise NotSent("hung up")
        if accepted < len(octets):
            raise DeviceGone(f"hung up after {accepted} octets")

    @override
    def discard_input(self) -> None:
        self._inbound.discard()

    @override
    async def close(self) -> None:
        self._closed = True
        self._inbound.die()
        self._outbound.die()
