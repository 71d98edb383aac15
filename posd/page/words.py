"""Texts, amounts and times as the store reads them: its language, its locale, its zone."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_decimal

from posd.clock import utc
from posd.page.catalogue import Catalogue
from posd.render.locale import Writer, known_locale
from posd.snapshot.views import Level, PaymentStatus, ReaderStatus, Snapshot

SECOND_MS: Final = 1000
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
TIMES_KEPT: Final = 256
"""Times of day that are written already."""
TONES: Final[Mapping[ReaderStatus | PaymentStatus, Level]] = {
    ReaderStatus.ONLINE: Level.OK,
    ReaderStatus.BUSY: Level.OK,
    ReaderStatus.RESOLVING: Level.ATTENTION,
    ReaderStatus.OFFLINE: Level.STOP,
    ReaderStatus.NEEDS_A_PERSON: Level.STOP,
    ReaderStatus.QUARANTINED: Level.STOP,
    ReaderStatus.NOT_READY: Level.STOP,
    ReaderStatus.AWAY: Level.RESTING,
    PaymentStatus.APPROVED: Level.OK,
    PaymentStatus.PARTLY_REFUNDED: Level.OK,
    PaymentStatus.REFUNDED: Level.OK,
    PaymentStatus.UNPROVEN: Level.ATTENTION,
    PaymentStatus.SET_ASIDE: Level.ATTENTION,
    PaymentStatus.NEEDS_A_PERSON: Level.STOP,
    PaymentStatus.CONTRADICTED: Level.STOP,
    PaymentStatus.UNHEARD: Level.STOP,
    PaymentStatus.UNCAPTURED: Level.STOP,
}
"""How each word is marked; what is not here is neither good nor bad news."""


class Words:
    """How one snapshot is told.

    Args:
        snapshot: Whose store, locale, zone and moment.
        catalogue: The texts.
        amounts: Whether whoever looks may see amounts of money; else each is told as hidden.
    """

    def __init__(self, snapshot: Snapshot, catalogue: Catalogue, *, amounts: bool = True) -> None:
        self.language = catalogue.language
        self.text = catalogue.text
        self._texts_locale = known_locale(catalogue.language)
        self._locale = known_locale(snapshot.locale)
        self._zone = ZoneInfo(snapshot.time_zone)
        self._writer = Writer(snapshot.locale, snapshot.time_zone)
        self._now_ms = snapshot.at_ms
        self._today = self._local(snapshot.at_ms).date()
        self._amounts = amounts

    def money(self, amount: int, currency: str) -> str:
        """`amount`, in minor units, as the locale writes it, e.g. `1.234,50 €`."""
        if not self._amounts:
            return self.text("money.hidden")
        return self._writer.money(amount, currency)

    def at(self, wall_ms: int) -> str:
        """The time of day, with the date where it was another day."""
        local = self._local(wall_ms)
        of_day = _time_of_day(local.hour, local.minute, self._locale)
        if local.date() == self._today:
            return of_day
        return f"{format_date(local, 'short', locale=self._locale)} {of_day}"

    def day(self, iso: str) -> str:
        """A business day, which is given as YYYY-MM-DD."""
        return format_date(date.fromisoformat(iso), "medium", locale=self._locale)

    def number(self, number: float) -> str:
        """With one digit behind the point at most, as the locale writes it."""
        return format_decimal(number, "#,##0.#", locale=self._locale)

    def lane(self, name: str) -> str:
        """A lane by its name; where that is only a number, by what it is and its number."""
        return self.text("lanes.named", name=name) if name.isdecimal() else name

    def listed(self, names: Sequence[str]) -> str:
        """Names joined as the language joins them."""
        return format_list(names, locale=self._texts_locale) if names else ""

    def at_hour(self, wall_ms: int) -> str:
        """The time of day, whichever day it was."""
        local = self._local(wall_ms)
        return _time_of_day(local.hour, local.minute, self._locale)

    def iso(self, wall_ms: int) -> str:
        """The moment in ISO 8601, for machines."""
        return self._local(wall_ms).isoformat(timespec="seconds")

    def exactly(self, wall_ms: int) -> str:
        """Date and time of day to the second."""
        return self._writer.moment(wall_ms)

    def age(self, since_ms: int) -> str:
        """How long ago, in one unit."""
        passed_ms = max(self._now_ms - since_ms, 0)
        if passed_ms < MINUTE_MS:
            return self.text("age.seconds", n=passed_ms // 1000)
        if passed_ms < HOUR_MS:
            return self.text("age.minutes", n=passed_ms // MINUTE_MS)
        if passed_ms < 2 * DAY_MS:
            return self.text("age.hours", n=passed_ms // HOUR_MS)
        return self.text("age.days", n=passed_ms // DAY_MS)

    def took(self, milliseconds: int) -> str:
        """How long something took: `210 ms`, `2.1 s`."""
        if milliseconds < SECOND_MS:
            return self.text("age.milliseconds", n=milliseconds)
        return self.text("age.seconds", n=self.number(milliseconds / SECOND_MS))

    def since(self, key: str, since_ms: int | None, **values: object) -> str:
        """The text of that key, or its variant `…_since` where it is known since when."""
        if since_ms is None:
            return self.text(key, **values)
        return self.text(f"{key}_since", at=self.at(since_ms), **values)

    def _local(self, wall_ms: int) -> datetime:
        return utc(wall_ms).astimezone(self._zone)


@lru_cache(TIMES_KEPT)
def _time_of_day(hour: int, minute: int, locale: Locale) -> str:
    """As the locale writes it in short: each page tells of a dozen times, most of them again."""
    return format_time(time(hour, minute), "short", locale=locale)
