"""Pages that are open are told when the snapshot has changed; Server-Sent Events.

A message is a revision and nothing else, so that whoever listens learns no more than that something
has happened.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeAlias

from typing_extensions import override

from posd.api.watch import Watch
from posd.errors import Refused
from posd.snapshot.views import Snapshot

PAGES_MAX: Final = 16
"""A quarter of the connections a listener holds; a store has a few screens."""
BEAT_S: Final = 5.0
"""Between two looks where nothing stirs: what changes by time alone is late by so much at most."""
GATHER_S: Final = 0.3
"""Between a stir and the look, so that what belongs together is one change, and no snapshot from
before the stir is taken for one from after it."""
RETRY_MS: Final = 2000

Take: TypeAlias = Callable[[], Awaitable[Snapshot]]


class OpenPages:
    """The pages that are open.

    Attributes:
        open_count: How many.
    """

    def __init__(self) -> None:
        self.open_count = 0

    def follow(self, watch: Watch, snapshot: Take, seen: int | None) -> "Changes":
        """The changes after the revision that was `seen`. The caller closes it.

        Raises Refused with status 429 while PAGES_MAX are open: such a page looks by itself.
        """
        if self.open_count >= PAGES_MAX:
            message = f"{PAGES_MAX} pages are open already."
            raise Refused("rate_limit", message, status=429)
        self.open_count += 1
        return Changes(self, watch, snapshot, seen)


class Changes(AsyncIterator[bytes]):
    """What one open page is sent; it ends when posd stops."""

    def __init__(self, pages: OpenPages, watch: Watch, snapshot: Take, seen: int | None) -> None:
        self._pages = pages
        self._watch = watch
        self._snapshot = snapshot
        self._seen = seen
        self._greeting = b"retry: %d\n" % RETRY_MS

    @override
    async def __anext__(self) -> bytes:
        """The next revision, or a beat after BEAT_S without one."""
        greeting, self._greeting = self._greeting, b""
        beats_at = asyncio.get_running_loop().time() + BEAT_S
        while True:
            stirred = self._watch.next_stir()  # before the look, so that none is missed
            revision = (await self._snapshot()).revision
            if revision != self._seen:
                self._seen = revision
                return greeting + b"data: %d\n\n" % revision
            if self._watch.closed:
                raise StopAsyncIteration
            if greeting:
                return greeting + b"\n"
            try:
                async with asyncio.timeout_at(beats_at):
                    await stirred.wait()
            except TimeoutError:
                return b"event: beat\ndata:\n\n"
            await asyncio.sleep(GATHER_S)

    def close(self) -> None:
        """Make room for another; once."""
        self._pages.open_count -= 1
