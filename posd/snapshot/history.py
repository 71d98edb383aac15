"""Keeps the last day in memory: what was taken, what was out of order, how long the queue was.

Takings come from the journal, backwards from its end once and then as its tail grows; the rest
from looks at what is true right now. When posd itself did not run is told by a mark that it leaves
while it does, one a boot: the last fact would not do, since a store that sells nothing writes none.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from posd.clock import Clock
from posd.errors import Archived
from posd.journal.command import Entry
from posd.journal.store import Journal
from posd.model.business_day import BusinessDay
from posd.model.facts import AttemptApproved, AttemptDeclined, DaemonStarted
from posd.snapshot.book import Book, Outcome
from posd.snapshot.depths import Depths
from posd.snapshot.outages import Outages
from posd.snapshot.plot_views import BUCKET_MS, BUCKETS, Outage, Part

PIECES_READ_MAX: Final = 400
"""Two hundred thousand facts are more than any store's day."""
PAUSE_S: Final = 0.02
"""Between two pieces, so that everything else goes first."""
MARK_EVERY_S: Final = 60.0
BOOTS_MARKED: Final = 64
"""Marks are kept of so many boots; before those, nobody asks."""
_KINDS: Final = (AttemptApproved, AttemptDeclined, DaemonStarted)


class History:
    """The last day, as far as it is known.

    Attributes:
        book: What was taken.
        outages: What was out of order.
        depths: How long the queue was.
    """

    def __init__(self, journal: Journal, day: BusinessDay, clock: Clock) -> None:
        self.book = Book(day)
        self.outages = Outages()
        self.depths = Depths()
        self._journal = journal
        self._day = day
        self._clock = clock

    async def follow(self) -> None:
        """For ever: count what the journal says is taken. Raises JournalFailed."""
        self.book = Book(self._day)  # empty, if the task has been started anew
        head = self._journal.head
        await self._read_back(head)
        self.book.counted = True
        async for entry in self._journal.tail(head):
            self._note(entry)

    async def keep_mark(self) -> None:
        """For ever: mark that posd runs. Raises JournalFailed."""
        while True:
            await asyncio.sleep(MARK_EVERY_S)  # until then its start says so
            await self.mark()

    async def mark(self) -> None:
        """Mark that posd runs at this moment; durable when it returns. Raises JournalFailed."""
        await self._journal.marks.set(_name(self._journal.boot), self._clock.wall_ms())

    async def _read_back(self, seq: int) -> None:
        now_ms = self._clock.wall_ms()
        begin_ms, _ = self._day.bounds_ms(self._day.of(now_ms))
        from_ms = min(begin_ms, now_ms - BUCKETS * BUCKET_MS)
        for _ in range(PIECES_READ_MAX):
            piece = self._journal.recent.up_to(seq, _KINDS)
            if piece is None or piece.newest_ms < from_ms:
                return
            for entry in piece.entries:
                if entry.wall_ms >= from_ms:
                    self._note(entry)
            seq = piece.first_seq - 1
            await asyncio.sleep(PAUSE_S)

    def _note(self, entry: Entry) -> None:
        match entry.fact:
            case AttemptApproved(attempt=id_) | AttemptDeclined(attempt=id_):
                attempt = self._journal.queries.attempt(id_)
                if attempt is not None:
                    self.book.note(Outcome(entry.wall_ms, attempt))
            case DaemonStarted():
                self._note_silence(entry)
            case _:
                return

    def _note_silence(self, started: Entry) -> None:
        """From the last sign of life of the posd before, to its start."""
        seen_ms = max(self._signs_before(started), default=None)
        if seen_ms is not None:
            self.outages.add(Outage(Part.POSD, "", seen_ms, started.wall_ms))

    def _signs_before(self, started: Entry) -> Iterator[int]:
        marked_ms = self._journal.marks.at(_name(started.boot - 1))
        if marked_ms is None:
            return  # a posd that left no mark: how long it was silent is not known
        yield marked_ms
        with suppress(Archived):
            before = self._journal.queries.entry(started.seq - 1)
            if before is not None:
                yield before.wall_ms


def _name(boot: int) -> str:
    return f"alive.{boot % BOOTS_MARKED}"
