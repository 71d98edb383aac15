"""What two totals of one closing period say of what was booked between them (M5).

For a terminal that does not repeat its last transaction, or does not tell a refund from a sale.
"""

from enum import Enum
from typing import Final

from posd_drivers.card_reader import Totals

RECEIPT_NUMBER_MAX: Final = 9999
"""Four BCD digits; the number after it is 0000 at some terminals and 0001 at others."""


class Moved(Enum):
    """What lies between two totals."""

    AS_ASKED = "as_asked"
    NOTHING = "nothing"
    UNCLEAR = "unclear"


def follows(receipt: int | None, next_: int) -> bool:
    """Whether `next_` is exactly the number after `receipt`; never where that is not known."""
    if receipt is None:
        return False
    if receipt == RECEIPT_NUMBER_MAX:
        return next_ in (0, 1)
    return next_ == receipt + 1


def moved(before: Totals, now: Totals, amount: int) -> Moved:
    """Whether exactly one booking of `amount` lies between; below zero: money given back.

    Sums alone prove nothing: what a sale adds, a reversal by hand takes off again. Nor does a
    period that was empty and is: an end of day in between looks alike.
    """
    if now.last_receipt is None:
        return Moved.UNCLEAR
    if before.first_receipt is None:
        alone = now.first_receipt == now.last_receipt
        return Moved.AS_ASKED if alone and now.amount == amount else Moved.UNCLEAR
    if now.first_receipt != before.first_receipt:
        return Moved.UNCLEAR
    if now == before:
        return Moved.NOTHING
    one_more = follows(before.last_receipt, now.last_receipt)
    return Moved.AS_ASKED if one_more and now.amount - before.amount == amount else Moved.UNCLEAR
