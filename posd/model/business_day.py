"""The store's own day: a date in its time zone that ends at an hour of the owner's choice."""

from datetime import UTC, datetime, time, timedelta, tzinfo

from msgspec import Struct


class BusinessDay(Struct, frozen=True):
    """How a wall time becomes a business day. `ends_at` is local time, e.g. 04:00."""

    zone: tzinfo
    ends_at: time

    def of(self, wall_ms: int) -> str:
        """The business day of a moment, as YYYY-MM-DD."""
        utc = datetime.fromtimestamp(wall_ms / 1000, tz=UTC)
        local = utc.astimezone(self.zone)
        day = local.date()
        if local.time() < self.ends_at:
            day -= timedelta(days=1)
        return day.isoformat()
