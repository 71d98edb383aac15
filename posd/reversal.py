"""Whether a sale can be taken back whole, at its own terminal and without its card (M11)."""

from enum import Enum
from typing import Final

from posd.journal.command import Ledger
from posd.model.attempt import UNPROVEN, Attempt, AttemptState
from posd.model.facts import AttemptKind, Baseline
from posd.model.refund import RefundState

MAY_HAVE_CLOSED: Final = UNPROVEN | {AttemptState.APPROVED}
"""An end of day in one of these states has closed the period, or may have."""


class Obstacle(Enum):
    """Why it cannot, as the end of a sentence that begins with the sale."""

    NOT_A_SALE = "is no sale that was approved"
    REFUNDED = "has been refunded, or is being refunded"
    OTHER_TERMINAL = "was taken by another terminal than answers now, or by an unnamed one"
    NO_RECEIPT_NUMBER = "has no receipt number that posd knows"
    CLOSED = "lies before an end of day of its terminal"


def obstacle(sale: Attempt, baseline: Baseline, ledger: Ledger) -> Obstacle | None:
    """What stands in the way of reversing `sale` at the reader that took it; None: nothing.

    `baseline` is what the terminal there says of itself now.
    """
    if sale.kind is not AttemptKind.SALE or sale.state is not AttemptState.APPROVED:
        return Obstacle.NOT_A_SALE
    refunds = ledger.refunds_of(sale.payment_intent)
    if any(refund.state is not RefundState.FAILED for refund in refunds):
        return Obstacle.REFUNDED
    if baseline.terminal_id is None or sale.baseline.terminal_id != baseline.terminal_id:
        return Obstacle.OTHER_TERMINAL
    if sale.told is None or sale.told.receipt is None:
        return Obstacle.NO_RECEIPT_NUMBER
    return Obstacle.CLOSED if _closed_since(sale, baseline, ledger) else None


def _closed_since(sale: Attempt, baseline: Baseline, ledger: Ledger) -> bool:
    """By posd, proven or not; or by hand, as far as the terminal shows it."""
    if any(closing.state in MAY_HAVE_CLOSED for closing in ledger.closings_since(sale)):
        return True
    if baseline.asked and baseline.receipt is None:
        return True
    counts = (sale.baseline.closing_count, baseline.closing_count)
    return None not in counts and counts[0] != counts[1]
