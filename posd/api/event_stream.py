"""Events as they happen, as Server-Sent Events (HTML Living Standard, 9.2).

Each has the id of the event in the journal, so that a client which comes back says which it has
seen last and gets what it missed: nothing is kept for it meanwhile. What wakes a stream says only
"look again"; what it sends it reads from the journal, a bounded stretch at a time.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final, Protocol

import msgspec
from typing_extensions import override

from posd.api.watch import Watch
from posd.errors import Refused
from posd.journal.command import Event
from posd.journal.feed import Place, Stretch

STREAMS_MAX: Final = 16
"""A quarter of the connections a listener holds; a store has a few screens and back offices."""
HEARTBEAT_S: Final = 15.0
"""Between two signs of life, so that both sides find out that the other is gone."""
RECONNECT_MS: Final = 2000
HELLO: Final = b"retry: %d\n\n" % RECONNECT_MS
ALIVE: Final = b":\n\n"
GAP: Final = "posd.gap"
"""The event that says that others are missing before the next one. It has no id of its own."""


class FeedPort(Protocol):
    """posd.journal.feed.EventFeed, as far as streams use it."""

    def end(self) -> int:
        """The position behind every event that is durable now."""
        ...

    def place(self, last_id: str) -> Place:
        """Where somebody stands who saw this event last."""
        ...

    def after(self, place: int, kinds: Sequence[str]) -> Stretch:
        """The next events of these types, all if none are named."""
        ...


class EventStreams:
    """Who follows the events.

    Attributes:
        open_count: How many streams are open.
    """

    def __init__(self, feed: FeedPort, watch: Watch) -> None:
        self._feed = feed
        self._watch = watch
        self.open_count = 0

    def open(self, last_id: str | None, kinds: Sequence[str]) -> "Following":
        """Follow the events of these types from the one that was seen last, or from now on.

        The caller closes it. Raises Refused with status 429 while STREAMS_MAX are open.
        """
        if self.open_count >= STREAMS_MAX:
            raise Refused(
                "rate_limit",
                f"{STREAMS_MAX} clients follow the events already. Ask '/v1/events' instead.",
                status=429,
            )
        place = (
            Place(self._feed.end(), whole=True) if last_id is None else self._feed.place(last_id)
        )
        self.open_count += 1
        return Following(self, self._feed, self._watch, place, kinds)

    def closed(self) -> None:
        """A stream has ended."""
        self.open_count -= 1


class Following(AsyncIterator[bytes]):
    """What one client is sent, part by part; it ends when posd stops."""

    def __init__(
        self,
        streams: EventStreams,
        feed: FeedPort,
        watch: Watch,
        place: Place,
        kinds: Sequence[str],
    ) -> None:
        self._streams = streams
        self._feed = feed
        self._watch = watch
        self._position = place.position
        self._kinds = kinds
        self._first: bytes | None = HELLO if place.whole else HELLO + _GAP

    @override
    async def __anext__(self) -> bytes:
        """Whole events, or a sign of life after HEARTBEAT_S without any."""
        if self._first is not None:
            first, self._first = self._first, None
            return first
        beats_at = asyncio.get_running_loop().time() + HEARTBEAT_S
        while True:
            stirred = self._watch.next_stir()  # before the look, so that none is missed
            stretch = self._feed.after(self._position, self._kinds)
            self._position = stretch.reached
            if stretch.events:
                return b"".join(map(_written, stretch.events))
            if self._watch.closed:
                raise StopAsyncIteration
            try:
                async with asyncio.timeout_at(beats_at):
                    await stirred.wait()
            except TimeoutError:
                return ALIVE

    def close(self) -> None:
        """Make room for another; once."""
        self._streams.closed()


def _written(event: Event) -> bytes:
    """One event as the standard has it; the body is JSON without a line break."""
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (
        event.id.encode(),
        event.type.encode(),
        event.body,
    )


_GAP: Final = b"event: %b\ndata: %b\n\n" % (
    GAP.encode(),
    msgspec.json.encode({"object": GAP}),
)
