"""The one place where snapshots are made: what is known now, with what is remembered.

Everybody who looks stands on its `looks`: the page, the API, alarms.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from posd.clock import Clock
from posd.journal.store import Journal
from posd.live import Live
from posd.model.business_day import BusinessDay
from posd.snapshot.build import AtStripe, Lately, build
from posd.snapshot.colours import Colours
from posd.snapshot.history import History
from posd.snapshot.looks import Looks, Stirred, help_code
from posd.snapshot.sights import out_of_order
from posd.snapshot.views import Level, Place, Snapshot

LOOK_EVERY_S: Final = 60.0
Run: TypeAlias = Callable[[], Awaitable[None]]


class Present(Struct, frozen=True):
    """What is known right now, besides the journal. `live` is of each reader held, by id.

    `alarm_unheard_ms` is since when the address for alarms does not hear them, or None.
    """

    place: Place
    live: Mapping[str, Live]
    stripe: AtStripe
    alarm_unheard_ms: int | None = None


class Overview:
    """The store, for everybody who looks.

    Args:
        present: What is known right now.
        stirred: As for Looks.

    Attributes:
        looks: Gives snapshots.
        stirred: What will be set when something may have changed, from now on.
    """

    def __init__(
        self,
        journal: Journal,
        day: BusinessDay,
        clock: Clock,
        present: Callable[[], Present],
        stirred: Stirred,
    ) -> None:
        self.looks = Looks(self._make, stirred, clock)
        self.stirred = stirred
        self._journal = journal
        self._clock = clock
        self._present = present
        self._history = History(journal, day, clock)
        self._colours = Colours(Level.RESTING, clock.monotonic_ms())  # its readers are being opened

    def tasks(self) -> Mapping[str, Run]:
        """What runs for ever, by the name of its task."""
        return {
            "takings": self._history.follow,
            "sign-of-life": self._history.keep_mark,
            "outages": self._watch,
        }

    async def leave(self) -> None:
        """The end is near: mark until when posd ran. Raises JournalFailed."""
        await self._history.mark()

    def _make(self) -> Snapshot:
        present, at_ms = self._present(), self._clock.wall_ms()
        history = self._history
        lately = Lately(
            history.book,
            history.outages,
            history.depths,
            self._colours,
            steady_ms=self._clock.monotonic_ms(),
            help_code=help_code(self._journal.life.epoch, at_ms),
            alarm_unheard_ms=present.alarm_unheard_ms,
        )
        self._look(present, at_ms)
        queries = self._journal.queries
        return build(present.place, queries, present.live, present.stripe, lately, at_ms)

    async def _watch(self) -> None:
        """For ever: look now and then, though nobody asks."""
        while True:
            self._look(self._present(), self._clock.wall_ms())
            await asyncio.sleep(LOOK_EVERY_S)

    def _look(self, present: Present, at_ms: int) -> None:
        readers = self._journal.queries.readers()
        seen = out_of_order(readers, present.live, present.stripe, at_ms)
        self._history.outages.look(seen, at_ms)
        self._history.depths.look(present.stripe.upstream.waiting, at_ms)
