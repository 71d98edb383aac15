"""How long something took, counted by how long: a histogram that is cheap to add to."""

from bisect import bisect_left
from collections.abc import Sequence

from msgspec import Struct


class Buckets(Struct, frozen=True):
    """What was counted, as Prometheus has it.

    Attributes:
        counts: How many took at most so many seconds, by that bound; those beyond the last bound
            are only in `count`.
        count: How many in all.
        sum_s: What all of them took together, in seconds.
    """

    counts: tuple[tuple[float, int], ...]
    count: int
    sum_s: float


class Durations:
    """Counts durations in seconds. `bounds_s` ascend; what lasts as long as a bound is within it.

    Used from one loop.
    """

    def __init__(self, bounds_s: Sequence[float]) -> None:
        self._bounds_s = tuple(bounds_s)
        self._counts = [0] * (len(self._bounds_s) + 1)
        self._sum_s = 0.0

    def note(self, seconds: float) -> None:
        """One more took so long; a clock that went back counts as no time."""
        seconds = max(seconds, 0.0)
        self._counts[bisect_left(self._bounds_s, seconds)] += 1
        self._sum_s += seconds

    def buckets(self) -> Buckets:
        """What is counted until now."""
        within, counts = 0, []
        for bound_s, count in zip(self._bounds_s, self._counts, strict=False):
            within += count
            counts.append((bound_s, within))
        return Buckets(tuple(counts), within + self._counts[-1], self._sum_s)
