"""What is plugged into this machine and is no reader yet, with the URL to register it with.

Nobody looks at a device unasked: listing opens none, and a look is a person's wish. What a reader
stands at is neither listed nor looked at.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

from posd.model.reader import Reader
from posd_drivers.catalogue import ReaderAddress, parse_url
from posd_drivers.discovery import Plugged, Survey
from posd_drivers.look import Look

TakeSurvey: TypeAlias = Callable[
    [Collection[ReaderAddress], Collection[str]], Coroutine[Any, Any, Survey]
]
"""What is plugged in, but for what stands at those addresses or has those identities."""
TakeLook: TypeAlias = Callable[[Plugged], Coroutine[Any, Any, Look]]
"""What answers there, asked at each speed: some seconds."""


async def nothing_plugged(_: Collection[ReaderAddress], __: Collection[str]) -> Survey:
    """Where nothing can be plugged in."""
    return Survey(())


class Discovered(Struct, frozen=True):
    """A device, and what a look at it has seen if there was one."""

    plugged: Plugged
    look: Look | None = None


class Discoveries:
    """Finds what can be registered."""

    def __init__(
        self, readers: Callable[[], Sequence[Reader]], survey: TakeSurvey, look: TakeLook
    ) -> None:
        self._readers = readers
        self._survey = survey
        self._look = look
        self._looking = asyncio.Lock()

    async def list(self, *, every_port: bool) -> tuple[Sequence[Discovered], Sequence[str]]:
        """What is on USB, or every port; and in a sentence each what could not be seen."""
        found, hidden = await self._unregistered(every_port=every_port)
        return [Discovered(plugged) for plugged in found], hidden

    async def look(self, *, every_port: bool) -> tuple[Sequence[Discovered], Sequence[str]]:
        """As `list`, with a look at each, all at once; one caller after the other."""
        async with self._looking:
            found, hidden = await self._unregistered(every_port=every_port)
            async with asyncio.TaskGroup() as group:
                looks = [
                    group.create_task(self._look(plugged), name=f"look:{plugged.url}")
                    for plugged in found
                ]
        seen = [Discovered(each, look.result()) for each, look in zip(found, looks, strict=True)]
        return seen, hidden

    async def _unregistered(self, *, every_port: bool) -> tuple[Sequence[Plugged], Sequence[str]]:
        readers = [reader for reader in self._readers() if not reader.deleted and reader.address]
        survey = await self._survey(
            [parse_url(reader.address) for reader in readers],
            [reader.device for reader in readers if reader.device is not None],
        )
        found = [each for each in survey.plugged if every_port or each.identity is not None]
        return found, survey.hidden
