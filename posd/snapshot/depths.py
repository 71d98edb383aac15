"""How long the queue to Stripe was, from what is seen of it now and then; pure.

Times are wall milliseconds.
"""

from collections import deque
from typing import Final

from posd.snapshot.blame_views import Direction, TrendView
from posd.snapshot.plot_views import BUCKET_MS, BUCKETS

WINDOW_MS: Final = 10 * 60 * 1000
"""Long enough for a sale or two to change nothing, short enough for a store that waits."""
STEP_MS: Final = 30_000
"""Looks that are closer together are one, so that no more than some twenty are kept."""


class Depths:
    """The longest queue of each half hour, and where it goes."""

    def __init__(self) -> None:
        self._longest: dict[int, int] = {}
        self._looks: deque[tuple[int, int]] = deque(maxlen=WINDOW_MS // STEP_MS + 2)

    def look(self, waiting: int, at_ms: int) -> None:
        """So many reports wait now."""
        number = at_ms // BUCKET_MS
        self._longest[number] = max(self._longest.get(number, 0), waiting)
        for old in sorted(self._longest)[:-BUCKETS]:
            del self._longest[old]
        if self._looks and abs(at_ms - self._looks[-1][0]) < STEP_MS:
            return
        self._looks.append((at_ms, waiting))

    def longest(self, from_ms: int) -> int | None:
        """The longest queue of the half hour that begins then, or None where nobody looked."""
        return self._longest.get(from_ms // BUCKET_MS)

    def trend(self, waiting: int, at_ms: int) -> TrendView:
        """Where the queue goes, now that so many reports wait."""
        known = [look for look in self._looks if 0 <= at_ms - look[0] <= WINDOW_MS]
        before = known[0][1] if known else waiting
        return TrendView(_direction(before, waiting), waiting, before)


def _direction(before: int, now: int) -> Direction:
    if now == before:
        return Direction.SAME
    return Direction.BETTER if now < before else Direction.WORSE
