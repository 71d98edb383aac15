"""What was out of order in the last day, from what is seen of it now and then; pure.

Times are wall milliseconds.
"""

from collections import deque
from collections.abc import Mapping
from typing import Final, TypeAlias

from msgspec.structs import replace

from posd.snapshot.plot_views import Outage, Part

OUTAGES_MAX: Final = 50
"""A loose plug fills no memory: of more than these, the oldest are forgotten."""
SHORTEST_MS: Final = 30_000
"""What was back sooner than that is no outage to a store."""
SHOWN_MS: Final = 24 * 3600 * 1000

Seen: TypeAlias = Mapping[tuple[Part, str], int]
"""What is out of order, each with its reader's label or "", and since when."""


class Outages:
    """Outages that go on, and those that are over."""

    def __init__(self) -> None:
        self._open: dict[tuple[Part, str], Outage] = {}
        self._over: deque[Outage] = deque(maxlen=OUTAGES_MAX)

    def look(self, seen: Seen, at_ms: int) -> None:
        """Everything that is out of order now, and nothing else is."""
        for key in [one for one in self._open if one not in seen]:
            self.add(replace(self._open.pop(key), until_ms=at_ms))
        for (part, name), since_ms in seen.items():
            self._open.setdefault((part, name), Outage(part, name, since_ms))

    def add(self, over: Outage) -> None:
        """An outage that is over."""
        if over.until_ms is not None and over.until_ms - over.from_ms >= SHORTEST_MS:
            self._over.append(over)

    def lately(self, at_ms: int) -> tuple[Outage, ...]:
        """Those of the last day, oldest first; of those that go on, whichever are no trifle."""
        going = [one for one in self._open.values() if at_ms - one.from_ms >= SHORTEST_MS]
        over = [one for one in self._over if (one.until_ms or 0) > at_ms - SHOWN_MS]
        return tuple(sorted([*over, *going], key=lambda one: one.from_ms))
