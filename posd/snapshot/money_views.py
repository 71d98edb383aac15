"""The store's money today, as values that JSON can carry.

Amounts are minor units, times wall milliseconds. A day is the store's own business day.
"""

from collections.abc import Mapping

from msgspec import Struct, field

from posd.model.closing import Agreement


class Tally(Struct, frozen=True):
    """So many, and their sums in minor units by currency."""

    count: int = 0
    amounts: Mapping[str, int] = field(default_factory=dict)


class LimitView(Struct, frozen=True):
    """How much of a limit to what Stripe has not been told is used up.

    Attributes:
        key: The key in `[offline]`: `amount_max`, `count_max` or `age_max_h`.
        most: What the store has set: minor units, payments or hours.
        used: The same of what waits now; it can be more than `most`.
        currency: Of an amount: the currency that has used most. None of the others.
    """

    key: str
    most: int
    used: int
    currency: str | None = None


class DayMatch(Struct, frozen=True):
    """Whether others have in their books what the journal has: never equal without evidence (M16).

    Attributes:
        business_day: The latest day that an accepted audit tells of, or None without one; then only
            the terminals' side is known, of the latest end of day of each.
    """

    business_day: str | None = None
    terminals: Agreement = Agreement.NOT_CHECKED
    tills: Agreement = Agreement.NOT_CHECKED
    stripe: Agreement = Agreement.NOT_CHECKED


class MoneyView(Struct, frozen=True):
    """What the store took today and what of it is not settled.

    Attributes:
        business_day: Today as YYYY-MM-DD.
        from_ms: When it began.
        until_ms: When it ends.
        counted: Whether posd has counted all of it; False in the first moments after its start.
        paid: Sales and captures that the terminals have booked today.
        refunded: What they gave back today.
        declined: Payments that were declined today, each try for itself.
        unproven: What may have taken money without proof, of any day.
        waiting: What Stripe has not been told of, of any day, what is in hand included.
        waiting_since_ms: Since when the oldest report waits, or None.
    """

    business_day: str = ""
    from_ms: int = 0
    until_ms: int = 0
    counted: bool = False
    paid: Tally = Tally()
    refunded: Tally = Tally()
    declined: Tally = Tally()
    unproven: Tally = Tally()
    waiting: Tally = Tally()
    waiting_since_ms: int | None = None
    limits: tuple[LimitView, ...] = ()
    match: DayMatch = DayMatch()
