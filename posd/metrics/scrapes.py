"""One answer to Prometheus: the facts since the last one counted, the snapshot in numbers, as text.

A counter counts from posd's start on, whenever it is asked for first: what happened until then is
on disk. Nothing is counted while nobody asks, so that a posd without Prometheus does no more.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Final, TypeAlias

from msgspec import Struct

from posd import __version__
from posd.durations import Durations
from posd.journal.steps import STEPS
from posd.journal.store import Journal
from posd.metrics import families
from posd.metrics.gauges import gauges, readers_held
from posd.metrics.readings import Reading, alone, every, infos
from posd.metrics.tally import Tally
from posd.snapshot.views import Snapshot
from posd.upstream.contact import Contact, Met

PACKAGE: Final = "posd"
RELEASES: Final = "releases"
CURRENT: Final = "current"
SITE: Final = "lib/python*/site-packages"
PIECE_FACTS: Final = 16
"""So many are counted before everything else has its turn."""

Installed: TypeAlias = Callable[[], str]


def installed(prefix: str = sys.prefix) -> str:
    """The version that lies on disk now and runs after the next start; "" for none. Blocks.

    The Debian package gives each release a folder of its own, `releases/VERSION`, and has `current`
    beside them lead to the one that is started next; elsewhere a release takes the other's place.
    """
    releases, places = Path(prefix).parent, sys.path
    if releases.name == RELEASES:
        places = [*map(str, releases.with_name(CURRENT).glob(SITE))]
    found = next(iter(metadata.distributions(name=PACKAGE, path=places)), None)
    return "" if found is None else found.version


class Sources(Struct, frozen=True):
    """Where the numbers come from.

    Attributes:
        look: Gives the snapshot.
        contact: What requests to Stripe met with; None in a store that asks it nothing.
        loop_lag: How late the event loop has been.
        installed: Which version lies on disk; called on a thread.
    """

    journal: Journal
    look: Callable[[], Awaitable[Snapshot]]
    contact: Contact | None
    loop_lag: Durations
    installed: Installed = installed


class Scrapes:
    """What Prometheus is told."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._journal = sources.journal
        before = self._journal.before
        self._counted = 0 if before is None else before.seq
        self._tail = self._journal.tail(self._counted)
        self._tally = Tally(self._journal.queries)
        self._turn = asyncio.Lock()

    async def text(self) -> str:
        """Everything, as it stands now. Raises JournalFailed, JournalDamaged."""
        async with self._turn:
            await self._catch_up()
            now = await self._sources.look()
            counted = self._tally.readings(readers_held(now))
            readings = [*counted, *gauges(now), *self._measured()]
        return await asyncio.to_thread(self._written, readings)

    async def _catch_up(self) -> None:
        """Count what is durable and was not counted yet, letting everything else go first."""
        head = self._journal.head
        while self._counted < head:
            entry = await anext(self._tail)
            self._tally.note(entry)
            self._counted = entry.seq
            if self._counted % PIECE_FACTS == 0:
                await asyncio.sleep(0)

    def _measured(self) -> Iterator[Reading]:
        journal, contact = self._journal, self._sources.contact
        yield alone(families.STARTS, journal.boot)
        yield alone(families.FACTS, journal.head)
        yield alone(families.COMMITS, journal.commit_times.buckets())
        yield alone(families.LAG, self._sources.loop_lag.buckets())
        if contact is not None:
            yield every(families.REQUESTS, contact.met, (met.value for met in Met))
            yield alone(families.ANSWERS, contact.answer_times.buckets())

    def _written(self, readings: list[Reading]) -> str:
        """On a thread, since it loads Prometheus' library first, and reads the disk."""
        from posd.metrics.exposition import exposition

        runs = infos(families.INFO, [(self._sources.installed(), __version__, str(STEPS[-1]))])
        told = {reading.family: reading for reading in (runs, *readings)}
        return exposition([told[one] for one in families.FAMILIES if one in told])
