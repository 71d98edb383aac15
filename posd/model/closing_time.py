"""When a reader's day is due to be closed, by the store's own clock (M11).

What the journal has of the last closing decides, never a timer: a posd that starts again in the
night closes once, and neither a night with a clock change nor a clock that jumps makes it twice.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final, TypeAlias

from msgspec import Struct

from posd.model.attempt import Attempt
from posd.model.closing import refused_as_empty
from posd.model.reader import Reader

CLOCK_WENT_BACK_MS: Final = 24 * 3600 * 1000
"""A closing further ahead of now than this was labelled by a clock that was wrong."""


class ClosingTime(Struct, frozen=True):
    """A time of day, `at`, in the store's zone."""

    at: time
    zone: tzinfo

    def due_since(self, reader: Reader, latest: Attempt | None, now_ms: int) -> int | None:
        """Wall time in milliseconds since when the reader's day should be closed; None: it is not.

        Not if it has been closed since, or the reader was not there yet. Nor if there is nothing in
        it, as far as posd knows; or as far as its terminal does, which refused it for that.

        Args:
            reader: The reader, with its last closing and what it took since.
            latest: Its latest attempt to close the day, or None.
            now_ms: Wall time in milliseconds.
        """
        moment = self.latest_ms(now_ms)
        if moment < reader.registered_ms <= now_ms or reader.takings.empty:
            return None
        if reader.closing is not None and _was_after(moment, reader.closing.at_ms, now_ms):
            return None
        if latest is not None and refused_as_empty(latest):
            return None if _was_after(moment, latest.changed_ms, now_ms) else moment
        return moment

    def latest_ms(self, now_ms: int) -> int:
        """The latest wall time in milliseconds, not after `now_ms`, at which it was this time.

        A time that a clock change leaves out is later by the change; of one that it repeats, it is
        the first.
        """
        today = datetime.fromtimestamp(now_ms / 1000, self.zone).date()
        moments = (self._on(today), self._on(today - timedelta(days=1)))
        return next((moment for moment in moments if moment <= now_ms), moments[-1])

    def _on(self, day: date) -> int:
        return round(datetime.combine(day, self.at, self.zone).timestamp() * 1000)


TimeOf: TypeAlias = Callable[[str], ClosingTime | None]
"""When the day of the reader with this id is closed; None: only by a person."""


def by_hand(_reader: str) -> ClosingTime | None:
    """Never: every day is closed by a person."""
    return None


def _was_after(moment: int, at_ms: int, now_ms: int) -> bool:
    return moment <= at_ms < now_ms + CLOCK_WENT_BACK_MS
