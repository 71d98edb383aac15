"""What is audited together: one business day, a month of them, or any days in a row."""

import calendar
import re
from datetime import date
from typing import Final

from msgspec import Struct

DAYS_MAX: Final = 31
"""More days than this are audited one after the other, with a look at Stripe for each."""
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MONTH: Final = re.compile(r"([0-9]{4})-([0-9]{2})", re.ASCII)


class BadPeriod(ValueError):
    """Neither a day, nor a month, nor days in a row; the text says what was expected."""


class Period(Struct, frozen=True):
    """Business days from `first` to `last`, both included and written YYYY-MM-DD."""

    first: str
    last: str


def parse(written: str) -> Period:
    """`2026-11-23`, `2026-11`, or `2026-11-20..2026-11-23`. Raises BadPeriod."""
    first, dots, last = written.partition("..")
    month = _MONTH.fullmatch(written)
    try:
        if month is not None:
            return _month(int(month[1]), int(month[2]))
        begin, end = _day(first), _day(last if dots else first)
    except ValueError as error:
        raise BadPeriod("A period is YYYY-MM-DD, YYYY-MM, or YYYY-MM-DD..YYYY-MM-DD.") from error
    if not 0 <= (end - begin).days < DAYS_MAX:
        raise BadPeriod(f"A period has 1 to {DAYS_MAX} days, the first one first.")
    return Period(begin.isoformat(), end.isoformat())


def _day(written: str) -> date:
    if not _DAY.fullmatch(written):
        raise ValueError(written)
    return date.fromisoformat(written)


def _month(year: int, month: int) -> Period:
    first = date(year, month, 1)
    return Period(
        first.isoformat(), first.replace(day=calendar.monthrange(year, month)[1]).isoformat()
    )
