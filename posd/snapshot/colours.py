"""Colours that do not flicker: what a lane and the store are shown as, from how they are; pure.

A lane whose reader is silent for a moment is shown as about to be back, for GRACE_MS; what was
amber or red is green again once it has been well for STABLE_MS. What cannot pass by itself is told
at once: money that is unproven, a reader that is left alone, a terminal that wants a person. Of
what nobody has looked at for a while, nothing is remembered. Times are monotonic milliseconds.
"""

from copy import copy
from typing import Final

from posd.snapshot.views import Level

GRACE_MS: Final = 30_000
STABLE_MS: Final = 60_000
FORGOTTEN_MS: Final = 30_000
_WELL: Final = frozenset({Level.OK, Level.RESTING})


class Colour:
    """One lane, or the store. `first` is what it was at `seen_ms`, None where that is not known."""

    def __init__(self, first: Level | None = None, seen_ms: int | None = None) -> None:
        self._shown = first
        self._seen_ms = seen_ms
        self._lost_ms: int | None = None
        self._well_ms: int | None = None

    def show(self, level: Level, at_ms: int, *, passes: bool = False) -> Level:
        """What is shown of something that is at `level`; `passes`: it may be back by itself."""
        if self._seen_ms is not None and at_ms - self._seen_ms > FORGOTTEN_MS:
            self._shown = self._lost_ms = self._well_ms = None
        self._seen_ms = at_ms
        well = level in _WELL
        self._well_ms = (at_ms if self._well_ms is None else self._well_ms) if well else None
        lost = passes and not well
        self._lost_ms = (at_ms if self._lost_ms is None else self._lost_ms) if lost else None
        self._shown = self._next(level, at_ms)
        return self._shown

    def _next(self, level: Level, at_ms: int) -> Level:
        known = self._shown
        if known is None:
            return level
        if self._well_ms is not None:
            steady = known in _WELL or at_ms - self._well_ms >= STABLE_MS
            return level if steady else Level.ATTENTION
        in_grace = self._lost_ms is not None and at_ms - self._lost_ms < GRACE_MS
        return Level.RESTING if in_grace and known in _WELL else level


class Colours:
    """The colours of a store's lanes, by lane and reader, and of everything else that it is told.

    Args:
        first: What each lane is before the first look at it, at `began_ms`: RESTING where posd has
            only just begun to open its readers; None where that is not known.
    """

    def __init__(self, first: Level | None = None, began_ms: int | None = None) -> None:
        self._first = Colour(first, began_ms)
        self._lanes: dict[tuple[str, str], Colour] = {}
        self._rest = Colour()

    def lane(self, key: tuple[str, str], level: Level, at_ms: int, *, passes: bool) -> Level:
        """What the lane is shown as."""
        known = self._lanes.get(key)
        if known is None:
            known = self._lanes[key] = copy(self._first)
        return known.show(level, at_ms, passes=passes)

    def rest(self, level: Level, at_ms: int) -> Level:
        """What everything but the lanes is shown as."""
        return self._rest.show(level, at_ms)

    def keep(self, keys: frozenset[tuple[str, str]]) -> None:
        """Forget every lane but these."""
        self._lanes = {key: one for key, one in self._lanes.items() if key in keys}
