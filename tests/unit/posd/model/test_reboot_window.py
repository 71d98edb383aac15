"""A window of hours in the store's own time, on ordinary days and on the two that are not."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from posd.model.reboot_window import RebootWindow

BERLIN = ZoneInfo("Europe/Berlin")


def wall_ms(utc: str) -> int:
    return round(datetime.fromisoformat(f"{utc}+00:00").timestamp() * 1000)


@pytest.mark.parametrize(
    ("start", "end", "now", "began"),
    [
        # An ordinary day: Berlin is an hour ahead.
        (2, 4, "2026-11-23T00:59:59", None),
        (2, 4, "2026-11-23T01:00:00", "2026-11-23T01:00:00"),
        (2, 4, "2026-11-23T02:59:59", "2026-11-23T01:00:00"),
        (2, 4, "2026-11-23T03:00:00", None),
        # Past midnight.
        (22, 3, "2026-11-23T20:59:59", None),
        (22, 3, "2026-11-23T21:00:00", "2026-11-23T21:00:00"),
        (22, 3, "2026-11-24T01:59:59", "2026-11-23T21:00:00"),
        (22, 3, "2026-11-24T02:00:00", None),
        (23, 0, "2026-11-23T22:30:00", "2026-11-23T22:00:00"),
        (23, 0, "2026-11-23T23:00:00", None),
        # The night of 2026-03-29 has no hour from 2 to 3.
        (2, 3, "2026-03-29T00:30:00", None),
        (2, 3, "2026-03-29T01:00:00", None),
        (2, 3, "2026-03-29T01:30:00", None),
        (1, 4, "2026-03-29T00:00:00", "2026-03-29T00:00:00"),
        (1, 4, "2026-03-29T01:59:59", "2026-03-29T00:00:00"),
        (1, 4, "2026-03-29T02:00:00", None),
        # The night of 2026-10-25 has it twice.
        (2, 3, "2026-10-25T00:00:00", "2026-10-25T00:00:00"),
        (2, 3, "2026-10-25T01:30:00", "2026-10-25T00:00:00"),
        (2, 3, "2026-10-25T02:00:00", None),
    ],
)
def test_it_is_told_when_the_window_began(
    start: int, end: int, now: str, began: str | None
) -> None:
    found = RebootWindow(start, end).began_ms(wall_ms(now), BERLIN)
    assert found == (None if began is None else wall_ms(began))
