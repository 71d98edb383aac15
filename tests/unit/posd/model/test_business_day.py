"""The store's day, in nights whose clock is changed, and who sells at 02:00."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd.model.business_day import BusinessDay

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_MS = 3_600_000


def utc_ms(written: str) -> int:
    """The wall time of a moment in UTC, in milliseconds."""
    return round(datetime.fromisoformat(written).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("ends_at", "moment", "day"),
    [
        # 2026-10-25, 03:00 CEST becomes 02:00 CET: 02:30 is there twice.
        ("02:30", "2026-10-25T00:29:59", "2026-10-24"),
        ("02:30", "2026-10-25T00:30:00", "2026-10-25"),
        ("02:30", "2026-10-25T01:15:00", "2026-10-25"),  # 02:15 for the second time
        ("04:00", "2026-10-25T00:00:00", "2026-10-24"),  # 02:00 summer time
        ("04:00", "2026-10-25T01:00:00", "2026-10-24"),  # 02:00 winter time
        ("04:00", "2026-10-25T03:00:00", "2026-10-25"),
        # 2026-03-29, 02:00 CET becomes 03:00 CEST: 02:30 is left out, and later by the change.
        ("02:30", "2026-03-29T00:59:59", "2026-03-28"),
        ("02:30", "2026-03-29T01:29:59", "2026-03-28"),
        ("02:30", "2026-03-29T01:30:00", "2026-03-29"),
        ("04:00", "2026-03-29T01:59:59", "2026-03-28"),
        ("04:00", "2026-03-29T02:00:00", "2026-03-29"),
    ],
)
def test_a_night_whose_clock_is_changed_has_every_moment_once(
    ends_at: str, moment: str, day: str
) -> None:
    days = BusinessDay(BERLIN, time.fromisoformat(ends_at))
    assert days.of(utc_ms(moment)) == day


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-10-24", 25), ("2026-03-28", 23), ("2026-11-01", 24)]
)
def test_the_day_that_ends_in_such_a_night_is_an_hour_longer_or_shorter(
    day: str, hours: int
) -> None:
    begins, ends = BusinessDay(BERLIN, time(4)).bounds_ms(day)
    assert ends - begins == hours * HOUR_MS


@given(
    zone=st.sampled_from(["Europe/Berlin", "America/Santiago", "Australia/Lord_Howe", "UTC"]),
    ends_at=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    moment=st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001 (made UTC)
)
def test_every_moment_lies_between_the_bounds_of_its_day_and_of_no_other(
    zone: str, ends_at: time, moment: datetime
) -> None:
    days = BusinessDay(ZoneInfo(zone), ends_at)
    wall_ms = round(moment.replace(tzinfo=UTC).timestamp() * 1000)
    day = date.fromisoformat(days.of(wall_ms))
    around = [(day + timedelta(days=n)).isoformat() for n in (-1, 0, 1)]
    bounds = [days.bounds_ms(one) for one in around]
    assert [begins <= wall_ms < ends for begins, ends in bounds] == [False, True, False]
    assert [ends for _, ends in bounds[:2]] == [begins for begins, _ in bounds[1:]]
