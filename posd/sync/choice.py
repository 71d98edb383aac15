"""What is sent next, of all that waits in the outbox (I18).

What a till just did does not stand behind the backlog. Of the backlog each lane has its turn before
one is tried again; but one turn of four is that of whoever has waited longest, so that a try that
failed does not wait until all others had theirs.
"""

from collections.abc import Collection
from enum import Enum
from itertools import cycle
from typing import Final

from posd.journal.outbox import Outbox
from posd.model.effect import Owed

LIVE_MS: Final = 60_000
"""What is owed for no longer than this is about a sale that a till just made."""


class Turn(Enum):
    """Whose turn it is in the backlog."""

    NEXT = "next"
    OLDEST = "oldest"


TURNS: Final = (Turn.OLDEST, Turn.NEXT, Turn.NEXT, Turn.NEXT)


class Choice:
    """Remembers whose turn it is from one choice to the next."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._turns = cycle(TURNS)

    def live(self, now_ms: int, busy: Collection[str], room: int) -> list[Owed]:
        """At most `room` effects of sales that a till just made, none of a lane that is busy."""
        if room <= 0:
            return []
        found = self._outbox.owed_since(now_ms - LIVE_MS, now_ms, room + len(busy))
        return _free(found, busy)[:room]

    def backlog(self, now_ms: int, busy: Collection[str], room: int) -> list[Owed]:
        """At most `room` effects that are due, none of a lane that is busy."""
        if room <= 0:
            return []
        limit = room + len(busy)
        rows = {
            Turn.NEXT: _free(self._outbox.due(now_ms, limit), busy),
            Turn.OLDEST: _free(self._outbox.owed_since(0, now_ms, limit), busy),
        }
        chosen: dict[str, Owed] = {}
        while len(chosen) < room and any(rows.values()):
            row = rows[next(self._turns)] or rows[Turn.NEXT]
            if row:
                owed = row.pop(0)
                chosen.setdefault(owed.effect.lane, owed)
        return list(chosen.values())


def _free(found: list[Owed], busy: Collection[str]) -> list[Owed]:
    return [owed for owed in found if owed.effect.lane not in busy]
