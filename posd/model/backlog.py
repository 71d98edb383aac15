"""How much Stripe has not been told, and the limits that a store sets to it."""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from msgspec import Struct, field

HOUR_MS: Final = 3600 * 1000
ALARM_HOURS: Final = (4, 24, 72)
"""How long the oldest report may wait before somebody should know, and know again."""


class Backlog(Struct, frozen=True):
    """Payments that may have taken money, or have, and are not known at Stripe.

    In hand, unproven or held, or their report waits. What Stripe refused for good is a person's and
    not among them. A tip counts once it is known, which is after the card.

    Attributes:
        payments: How many.
        amounts: Their sums in minor units, by currency.
        oldest_ms: Wall time since when the oldest report waits, or None.
    """

    payments: int = 0
    amounts: Mapping[str, int] = field(default_factory=dict)
    oldest_ms: int | None = None

    def age_ms(self, at_ms: int) -> int:
        """How long the oldest report has been waiting, in milliseconds; 0 if none does."""
        return 0 if self.oldest_ms is None else max(at_ms - self.oldest_ms, 0)

    def alarm_h(self, at_ms: int) -> int | None:
        """The last of ALARM_HOURS that the oldest report has passed, or None."""
        passed = [hours for hours in ALARM_HOURS if self.age_ms(at_ms) >= hours * HOUR_MS]
        return passed[-1] if passed else None


class Limit(Enum):
    """What is limited, by its key in `[offline]`."""

    AMOUNT = "amount_max"
    COUNT = "count_max"
    AGE = "age_max_h"


class OfflineLimits(Struct, frozen=True):
    """How much a store wants to have untold at most; None is no limit.

    Attributes:
        amount_max: Minor units, of each currency by itself.
        count_max: Payments.
        age_max_h: Hours that the oldest report may wait.
        refuses: Whether a payment that would pass one is refused before the card.
    """

    amount_max: int | None = None
    count_max: int | None = None
    age_max_h: int | None = None
    refuses: bool = False

    def stopping(
        self, backlog: Backlog, amount: int, currency: str, at_ms: int
    ) -> tuple[Limit, ...]:
        """The limits that one more payment, of `amount` minor units, would pass."""
        return self._passed(backlog, backlog.amounts.get(currency, 0) + amount, at_ms)

    def reached(self, backlog: Backlog, at_ms: int) -> tuple[Limit, ...]:
        """The limits that leave no room for one more payment."""
        return self._passed(backlog, max(backlog.amounts.values(), default=0) + 1, at_ms)

    def _passed(self, backlog: Backlog, amount: int, at_ms: int) -> tuple[Limit, ...]:
        found = {
            Limit.AMOUNT: self.amount_max is not None and amount > self.amount_max,
            Limit.COUNT: self.count_max is not None and backlog.payments + 1 > self.count_max,
            Limit.AGE: self.age_max_h is not None
            and backlog.age_ms(at_ms) > self.age_max_h * HOUR_MS,
        }
        return tuple(limit for limit, passed in found.items() if passed)

    def value(self, limit: Limit) -> int | None:
        """What the store has set."""
        return {
            Limit.AMOUNT: self.amount_max,
            Limit.COUNT: self.count_max,
            Limit.AGE: self.age_max_h,
        }[limit]


NO_LIMITS: Final = OfflineLimits()
