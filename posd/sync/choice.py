"""What is sent next, of all that waits in the outbox (I18).

What a till just did goes before the backlog, and of the backlog each lane has its turn before one
is tried again. But of eight turns one is the backlog's, and one is that of whoever waits longest:
no stream of sales and no long queue keeps anything waiting for ever.
"""

from collections.abc import Collection
from enum import Enum
from itertools import cycle
from typing import Final

from msgspec import Struct

from posd.journal.outbox import Outbox
from posd.model.effect import Owed
from posd.upstream.limiter import Priority

LIVE_MS: Final = 60_000
"""What is owed for no longer than this is about a sale that a till just made."""


class Turn(Enum):
    """Whose turn it is, if there is any of them."""

    LIVE = "live"
    NEXT = "next"
    OLDEST = "oldest"


TURNS: Final = (Turn.LIVE,) * 6 + (Turn.NEXT, Turn.OLDEST)


class Chosen(Struct, frozen=True):
    """An effect to send now, and how soon."""

    owed: Owed
    priority: Priority


class Choice:
    """Remembers whose turn it is from one choice to the next."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._turns = cycle(TURNS)

    def of(self, now_ms: int, busy: Collection[str], room: int) -> list[Chosen]:
        """At most `room` effects that are due, none of a lane that is busy."""
        limit = room + len(busy)
        outbox = self._outbox
        live = _free(outbox.owed_since(now_ms - LIVE_MS, now_ms, limit), busy)
        candidates = {
            Turn.LIVE: live,
            Turn.NEXT: _free(outbox.due(now_ms, limit), busy),
            Turn.OLDEST: _free(outbox.owed_since(0, now_ms, limit), busy),
        }
        fresh = {owed.effect.id for owed in live}
        chosen: dict[str, Chosen] = {}
        while len(chosen) < room:
            owed = _next(candidates, next(self._turns))
            if owed is None:
                break
            priority = Priority.LIVE if owed.effect.id in fresh else Priority.BACKLOG
            chosen.setdefault(owed.effect.lane, Chosen(owed, priority))
        return list(chosen.values())

    def fresh(self, now_ms: int, busy: Collection[str], room: int) -> list[Chosen]:
        """At most `room` effects of sales that a till just made and that were never tried."""
        found = self._outbox.owed_since(now_ms - LIVE_MS, now_ms, room + len(busy))
        untried = [owed for owed in _free(found, busy) if owed.tries == 0]
        return [Chosen(owed, Priority.LIVE) for owed in untried[:room]]


def _free(found: list[Owed], busy: Collection[str]) -> list[Owed]:
    return [owed for owed in found if owed.effect.lane not in busy]


def _next(candidates: dict[Turn, list[Owed]], turn: Turn) -> Owed | None:
    """The first of those whose turn it is, or else of those that come first in the list."""
    for whose in (turn, *Turn):
        if candidates[whose]:
            return candidates[whose].pop(0)
    return None
