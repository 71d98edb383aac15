"""When terminals that stand idle may restart. Source: Stripe API reference, "reboot_window"."""

from datetime import date, datetime, time, timedelta, tzinfo

from msgspec import Struct


class RebootWindow(Struct, frozen=True):
    """From the beginning of one hour to that of another, 0..23, in the store's own time.

    It goes on into the next day where it would end before it begins.
    """

    start_hour: int
    end_hour: int

    def began_ms(self, now_ms: int, zone: tzinfo) -> int | None:
        """Wall time in milliseconds when the window began that it is now in, or None.

        Hours that a clock change leaves out are no window, hours that it repeats are one.
        """
        today = datetime.fromtimestamp(now_ms / 1000, zone).date()
        for day in (today, today - timedelta(days=1)):
            ends_on = day if self.end_hour > self.start_hour else day + timedelta(days=1)
            began_ms = _wall_ms(day, self.start_hour, zone)
            if began_ms <= now_ms < _wall_ms(ends_on, self.end_hour, zone):
                return began_ms
        return None


def _wall_ms(day: date, hour: int, zone: tzinfo) -> int:
    return round(datetime.combine(day, time(hour), zone).timestamp() * 1000)
