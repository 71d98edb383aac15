"""The one hash of a run: who did what, when, in which order."""

import asyncio
import hashlib

from typing_extensions import override

from posd_drivers.transport.base import Transport


class Trace:
    """Everything that happened, in one SHA-256; `steps` counts what went in."""

    def __init__(self) -> None:
        self.steps = 0
        self._hash = hashlib.sha256()

    def note(self, who: str, what: bytes) -> None:
        """One more thing happened, now."""
        now = asyncio.get_running_loop().time()
        self._hash.update(b"%a %a %d " % (f"{now:.9f}", who, len(what)) + what)
        self.steps += 1

    def digest(self) -> str:
        """The hash so far, in hex."""
        return self._hash.hexdigest()


class Traced(Transport):
    """A link whose octets are noted as they pass."""

    def __init__(self, link: Transport, trace: Trace) -> None:
        self._link = link
        self._trace = trace

    @override
    async def read(self) -> bytes:
        octets = await self._link.read()
        self._trace.note("terminal", octets)
        return octets

    @override
    async def write(self, octets: bytes) -> None:
        self._trace.note("posd", octets)
        await self._link.write(octets)

    @override
    def discard_input(self) -> None:
        self._link.discard_input()

    @override
    async def close(self) -> None:
        await self._link.close()
