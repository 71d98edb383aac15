"""Committed facts, in order, for whoever follows them (the only bus inside the process)."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from itertools import islice
from typing import Final

import apsw
from typing_extensions import override

from posd.errors import JournalFailed
from posd.journal import segments
from posd.journal.command import Entry

PAGE_ENTRIES: Final = 64


class Growth:
    """How far the journal is durable, and a signal each time that grows."""

    def __init__(self, head: int) -> None:
        self.head = head
        self._failure: JournalFailed | None = None
        self._grown = asyncio.Event()

    def reach(self, head: int) -> None:
        """Everything up to `head` is on disk."""
        if head > self.head:
            self.head = head
            self._wake()

    def fail(self, failure: JournalFailed) -> None:
        """Nothing will follow; whoever waits is told."""
        self._failure = failure
        self._wake()

    async def beyond(self, seq: int) -> None:
        """Return once the head is beyond `seq`. Raises JournalFailed if it never will be."""
        while self.head <= seq:
            if self._failure is not None:
                raise self._failure
            await self._grown.wait()

    def _wake(self) -> None:
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()


class Heads(AsyncIterator[int]):
    """How far the journal is durable, each time that it has grown; nothing is read."""

    def __init__(self, growth: Growth) -> None:
        self._growth = growth
        self._told = growth.head

    @override
    async def __anext__(self) -> int:
        """The number of the last fact, once there is a new one. Raises JournalFailed."""
        await self._growth.beyond(self._told)
        self._told = self._growth.head
        return self._told


class Pages:
    """The latest entries, from memory; those before them, read from disk.

    Nearly all who follow stand at the end of the journal, and wait for what was just written.
    """

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._latest: deque[Entry] = deque(maxlen=PAGE_ENTRIES)

    def add(self, entries: Sequence[Entry]) -> None:
        """Entries that have just become durable; they follow the last ones."""
        self._latest.extend(entries)

    def after(self, seq: int, entries_max: int) -> Sequence[Entry]:
        """Some of the entries that follow `seq`, at least one: there is one on disk."""
        if not self._latest or seq + 1 < self._latest[0].seq:
            return segments.page(self._db, seq, entries_max)
        first = seq + 1 - self._latest[0].seq
        return tuple(islice(self._latest, first, first + entries_max))


class Tail(AsyncIterator[Entry]):
    """All entries after a position, then those to come, each exactly once.

    A wait that is cancelled loses no entry: the next call goes on where the last one returned.
    """

    def __init__(self, pages: Pages, growth: Growth, after: int) -> None:
        self._pages = pages
        self._growth = growth
        self._position = after
        self._page: deque[Entry] = deque()

    @override
    async def __anext__(self) -> Entry:
        """The next entry; waits for it. Raises JournalFailed."""
        if not self._page:
            await self._growth.beyond(self._position)
            durable = min(PAGE_ENTRIES, self._growth.head - self._position)
            self._page.extend(self._pages.after(self._position, durable))
        entry = self._page.popleft()
        self._position = entry.seq
        return entry
