"""Money and time as the store's locale writes them. babel is slow to load: import this late."""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_currency, get_currency_precision

from posd.model.money import AGREED_DIGITS

FALLBACK_LOCALE: Final = "en"
YEARS_TRIED: Final = (-1, 0, 1)
AMOUNTS_KEPT: Final = 256
"""Amounts that are written already: a page that is drawn anew tells most of them again."""


def known_locale(name: str) -> Locale:
    """The locale of that name, else its language's, else English."""
    for known in (name, name.partition("-")[0]):
        try:
            return Locale.parse(known, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse(FALLBACK_LOCALE)


class Writer:
    """Writes for one store, by its locale and in its time zone."""

    def __init__(self, locale: str, time_zone: str) -> None:
        self._locale = known_locale(locale)
        self._zone = ZoneInfo(time_zone)

    def money(self, amount: int, currency: str) -> str:
        """`amount`, in minor units, as the locale writes it, e.g. `1.234,50 €`."""
        return _money(amount, currency, self._locale)

    def moment(self, wall_ms: int) -> str:
        """Date and time of day in the store."""
        return self._written(self._local(wall_ms))

    def terminal_moment(self, date: str | None, time: str | None, near_ms: int) -> str:
        """What the terminal's clock said, MMDD and HHMMSS, in the year nearest to `near_ms`.

        Where the terminal said nothing that is a moment, `near_ms` itself.
        """
        near = self._local(near_ms)
        found = [
            moment
            for years in YEARS_TRIED
            if (moment := _read(f"{near.year + years:04d}{date}{time}", self._zone)) is not None
        ]
        return self._written(min(found, key=lambda moment: abs(moment - near), default=near))

    def _local(self, wall_ms: int) -> datetime:
        return datetime.fromtimestamp(wall_ms / 1000, tz=self._zone)

    def _written(self, local: datetime) -> str:
        date = format_date(local, "short", locale=self._locale)
        return f"{date} {format_time(local, 'medium', locale=self._locale)}"


@lru_cache(AMOUNTS_KEPT)
def _money(amount: int, currency: str, locale: Locale) -> str:
    code = currency.upper()
    digits = AGREED_DIGITS.get(currency, get_currency_precision(code))
    return format_currency(Decimal(amount).scaleb(-digits), code, locale=locale)


def _read(digits: str, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=zone)
    except ValueError:
        return None
