"""How the day of a reader stands, as values that JSON can carry.

Amounts are minor units of the reader's currency, times wall milliseconds.
"""

from enum import Enum

from msgspec import Struct

from posd.model.closing import Agreement


class DayStatus(Enum):
    """How the end of a reader's day stands."""

    OPEN = "open"
    CLOSING = "closing"
    UNPROVEN = "unproven"
    NEEDS_A_PERSON = "needs_a_person"
    CONTRADICTED = "contradicted"
    REFUSED = "refused"


class TakenView(Struct, frozen=True):
    """What posd's journal has of one period of a reader.

    Attributes:
        count: Sales and captures.
        amount: Their sum, less what was given back.
        at_risk_count: Those of them that are paid and may still come back unpaid.
        at_risk_amount: Their sum.
    """

    count: int
    amount: int
    at_risk_count: int = 0
    at_risk_amount: int = 0


class ClosedView(Struct, frozen=True):
    """The latest end of day that is proven.

    `amount` is what the terminal closed, or None where it did not tell; `agreement` whether that is
    what the journal `taken` has, never equal without evidence (M16).
    """

    at_ms: int
    amount: int | None
    taken: TakenView
    agreement: Agreement


class DayView(Struct, frozen=True):
    """How a reader's day stands, and what it took since it was last closed.

    Attributes:
        reader: The reader's id.
        since_ms: When the latest attempt to close it moved, or None.
        code: What the terminal refused it with, or None.
        reason: Why it is a person's, or None.
        due_ms: Since when it should be closed, or None.
        overdue: Whether that is so long ago that somebody should look.
        end_of_day: Id of the attempt to close it that is told here, or None.
    """

    reader: str
    label: str
    currency: str
    status: DayStatus
    taken: TakenView
    closed: ClosedView | None = None
    since_ms: int | None = None
    code: int | None = None
    reason: str | None = None
    due_ms: int | None = None
    overdue: bool = False
    end_of_day: str | None = None
