"""What the store's terminals took lately, counted as it becomes known; pure.

A sale counts when its outcome is proven, as it does in the terminal's own books (M11, M16): a
capture when it is captured, what is only held not yet. Amounts are minor units, times wall
milliseconds.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from posd.model.attempt import Attempt, AttemptState
from posd.model.business_day import BusinessDay
from posd.model.facts import AttemptKind
from posd.snapshot.money_views import Tally
from posd.snapshot.plot_views import BUCKET_MS, BUCKETS
from posd.snapshot.views import PaymentStatus, SaleView

DAYS_KEPT: Final = 2
_TAKES: Final = frozenset({AttemptKind.SALE, AttemptKind.CAPTURE})
_GIVES_BACK: Final = frozenset({AttemptKind.REVERSAL, AttemptKind.REFUND})
_ASKS_THE_ISSUER: Final = frozenset({AttemptKind.SALE, AttemptKind.PREAUTHORISATION})
"""Whose decline is a customer's; of any other it is nothing that the store has lost."""
_NOTHING: Final = Tally()


class Sums:
    """A tally that grows."""

    def __init__(self) -> None:
        self._count = 0
        self._amounts: Counter[str] = Counter()

    def add(self, amount: int, currency: str) -> None:
        """One more."""
        self._count += 1
        self._amounts[currency] += amount

    def told(self) -> Tally:
        """As it is now."""
        return Tally(self._count, dict(self._amounts))


class Day:
    """What a business day came to so far."""

    def __init__(self) -> None:
        self.paid = Sums()
        self.refunded = Sums()
        self.declined = Sums()


class Outcome(Struct, frozen=True):
    """An attempt that has just been proven, and when; its state says how."""

    at_ms: int
    attempt: Attempt


class Book:
    """Counts outcomes in whatever order they are told, each once.

    Attributes:
        counted: Whether everything since the last business day's beginning has been told.
    """

    def __init__(self, day: BusinessDay) -> None:
        self.counted = False
        self._day = day
        self._days: dict[str, Day] = {}
        self._buckets: dict[int, tuple[Sums, Sums]] = {}
        self._sales: dict[str, SaleView] = {}

    def note(self, outcome: Outcome) -> None:
        """An attempt was approved or declined."""
        attempt, at_ms = outcome.attempt, outcome.at_ms
        day = self._days.setdefault(self._day.of(at_ms), Day())
        paid, declined = self._buckets.setdefault(at_ms // BUCKET_MS, (Sums(), Sums()))
        approved = attempt.state is AttemptState.APPROVED
        amount = attempt.approved_amount or 0
        if approved and attempt.kind in _TAKES:
            day.paid.add(amount, attempt.currency)
            paid.add(amount, attempt.currency)
        elif approved and attempt.kind in _GIVES_BACK:
            day.refunded.add(amount, attempt.currency)
        elif not approved and attempt.kind in _ASKS_THE_ISSUER:
            day.declined.add(attempt.amount, attempt.currency)
            declined.add(attempt.amount, attempt.currency)
        if attempt.kind in _ASKS_THE_ISSUER:
            self._note_sale(attempt, at_ms)
        self._forget()

    def today(self, at_ms: int) -> tuple[str, Day]:
        """The business day of that moment, and what it came to."""
        day = self._day.of(at_ms)
        return day, self._days.get(day, Day())

    def bounds_ms(self, business_day: str) -> tuple[int, int]:
        """When the day began and when it ends."""
        return self._day.bounds_ms(business_day)

    def half_hours(self, at_ms: int) -> Iterator[tuple[int, Tally, Tally]]:
        """Beginning, paid and declined of each of the last BUCKETS, oldest first."""
        last = at_ms // BUCKET_MS
        for number in range(last - BUCKETS + 1, last + 1):
            if known := self._buckets.get(number):
                paid, declined = known
                yield number * BUCKET_MS, paid.told(), declined.told()
            else:
                yield number * BUCKET_MS, _NOTHING, _NOTHING

    def last_sale(self, reader: str) -> SaleView | None:
        """The latest payment that was approved or declined at the reader, or None if none was."""
        return self._sales.get(reader)

    def _note_sale(self, attempt: Attempt, at_ms: int) -> None:
        known = self._sales.get(attempt.reader)
        if known is None or known.at_ms <= at_ms:
            self._sales[attempt.reader] = sale(attempt, at_ms)

    def _forget(self) -> None:
        for days in sorted(self._days)[:-DAYS_KEPT]:
            del self._days[days]
        for number in sorted(self._buckets)[: -BUCKETS - 1]:
            del self._buckets[number]


def sale(attempt: Attempt, at_ms: int) -> SaleView:
    """The attempt as a lane's last sale; it is proven since then."""
    approved = attempt.state is AttemptState.APPROVED
    held = approved and attempt.kind is AttemptKind.PREAUTHORISATION
    status = PaymentStatus.APPROVED if approved else PaymentStatus.DECLINED
    return SaleView(
        payment_intent=attempt.payment_intent,
        status=PaymentStatus.HELD if held else status,
        amount=attempt.approved_amount if approved and attempt.approved_amount else attempt.amount,
        currency=attempt.currency,
        at_ms=at_ms,
        took_ms=max(at_ms - attempt.started_ms, 0),
    )
