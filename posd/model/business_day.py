"""The store's own day: a date in its time zone that ends at an hour of the owner's choice."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from msgspec import Struct


class BusinessDay(Struct, frozen=True):
    """How a wall time becomes a business day. `ends_at` is local time, e.g. 04:00.

    A time that a clock change leaves out is later by the change; of one that it repeats, it is the
    first. So days follow one another, and no moment belongs to two of them.
    """

    zone: tzinfo
    ends_at: time

    def of(self, wall_ms: int) -> str:
        """The business day of a moment, as YYYY-MM-DD."""
        utc = datetime.fromtimestamp(wall_ms / 1000, tz=UTC)
        day = utc.astimezone(self.zone).date()
        if wall_ms < self._begin_ms(day):
            day -= timedelta(days=1)
        return day.isoformat()

    def bounds_ms(self, business_day: str) -> tuple[int, int]:
        """Wall times in milliseconds at which the day begins, and at which the next one does."""
        day = date.fromisoformat(business_day)
        return self._begin_ms(day), self._begin_ms(day + timedelta(days=1))

    def _begin_ms(self, day: date) -> int:
        return round(datetime.combine(day, self.ends_at, self.zone).timestamp() * 1000)


class GuardedDays(Struct, frozen=True):
    """The business days in which an order is not taken twice (M7), whatever the clock says.

    Attributes:
        since: That day and whatever comes after it: what a clock that has gone back calls later.
        also: Days before it that it may be as well.
    """

    since: str
    also: tuple[str, ...] = ()

    def beside(self, business_day: str) -> "GuardedDays":
        """These and that day."""
        return GuardedDays(self.since, (*self.also, business_day))

    def __contains__(self, business_day: str) -> bool:
        return business_day >= self.since or business_day in self.also
