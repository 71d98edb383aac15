"""What a terminal took between two ends of day, and whether it says the same (M11, M16).

Amounts are minor units of the reader's one currency. Counts are compared modulo 256, since that is
what a terminal's octet holds (ZVT, BMP 60).
"""

from enum import Enum
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import AttemptKind, Proof
from posd_drivers.card_reader import Totals

COUNT_MODULUS: Final = 256
_NO_RECEIPT: Final = frozenset({None, 0})
"""What a terminal tells as the first receipt number of a period in which nothing was booked."""
_TAKES: Final = frozenset({AttemptKind.SALE, AttemptKind.CAPTURE})
_REFUSED: Final = frozenset({AttemptState.DECLINED, AttemptState.ABORTED})
_GIVES_BACK: Final = frozenset({AttemptKind.REVERSAL, AttemptKind.REFUND})


class Takings(Struct, frozen=True):
    """What posd's journal has of a reader since its last end of day.

    Attributes:
        since_ms: Wall time at which posd saw the period begin, or None where it did not; then
            there may be more in the terminal's than posd knows.
        count: Sales and captures.
        amount: Their sum, less what was given back; it can be below zero.
        given_back: Reversals and refunds.
        at_risk_count: Those of the sales that are paid and may still come back unpaid.
        at_risk_amount: Their sum.
    """

    since_ms: int | None = None
    count: int = 0
    amount: int = 0
    given_back: int = 0
    at_risk_count: int = 0
    at_risk_amount: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing was booked in a period whose beginning posd saw."""
        return self.since_ms is not None and not self.count and not self.given_back


class Agreement(Enum):
    """Whether the terminal's sum is the journal's (M16)."""

    EQUAL = "equal"
    DIFFERS = "differs"
    NOT_CHECKED = "not_checked"


class Closing(Struct, frozen=True):
    """An end of day that is proven.

    Attributes:
        attempt: Id of its attempt.
        at_ms: Wall time at which it was proven.
        totals: What the terminal closed: as it told then, else just before; None where it told
            neither.
        takings: What the journal has of the same period.
    """

    attempt: str
    at_ms: int
    totals: Totals | None
    takings: Takings

    @property
    def agreement(self) -> Agreement:
        """Never equal without evidence: both the sum and the period's beginning are known."""
        return compare(self.takings, self.totals)


def compare(takings: Takings, totals: Totals | None) -> Agreement:
    """Whether the terminal adds up what the journal has.

    A terminal's sum has no sign, so that a loss cannot be compared. Nor can counts once something
    was given back: terminals differ in whether that counts.
    """
    if totals is None or takings.since_ms is None or takings.amount < 0:
        return Agreement.NOT_CHECKED
    counted = bool(totals.brands) and not takings.given_back
    odd = (sum(brand.count for brand in totals.brands) - takings.count) % COUNT_MODULUS
    if totals.amount != takings.amount or (counted and odd):
        return Agreement.DIFFERS
    return Agreement.EQUAL


def book(takings: Takings, attempt: Attempt, original: Attempt | None) -> Takings:
    """The takings with an attempt that has just been approved; `original` is what it builds on."""
    amount = attempt.approved_amount or 0
    built_on_risk = original is not None and original.at_risk
    if attempt.kind in _TAKES:
        taken = replace(takings, count=takings.count + 1, amount=takings.amount + amount)
        return _risk(taken, amount, 1) if attempt.at_risk or built_on_risk else taken
    if attempt.kind in _GIVES_BACK:
        less = replace(takings, amount=takings.amount - amount, given_back=takings.given_back + 1)
        if built_on_risk and attempt.kind is AttemptKind.REVERSAL:
            return _risk(less, amount, -1)
        return less
    return takings


def _risk(takings: Takings, amount: int, sign: int) -> Takings:
    return replace(
        takings,
        at_risk_count=takings.at_risk_count + sign,
        at_risk_amount=takings.at_risk_amount + sign * amount,
    )


def close(takings: Takings, attempt: Attempt) -> tuple[Closing, Takings]:
    """The end of day that has just been proven, and the period that begins with it.

    On a person's word alone the next period's beginning is not known well enough to compare.
    """
    told = attempt.last.totals if attempt.last is not None else None
    closing = Closing(attempt.id, attempt.changed_ms, told or attempt.totals, takings)
    seen = attempt.proof is not Proof.PERSON
    return closing, Takings(since_ms=attempt.changed_ms if seen else None)


class ClosingDoubt(Enum):
    """Why a terminal's totals do not tell whether its day is closed."""

    NO_TOTALS_BEFORE = "no_totals_before"
    TOTALS_TELL_NO_PERIOD = "totals_tell_no_period"
    EMPTY_WITHOUT_A_NEW_PERIOD = "empty_without_a_new_period"


class Closed(Struct, frozen=True):
    """The period is closed, whoever closed it."""


class StillOpen(Struct, frozen=True):
    """The period goes on, or there was nothing in it to close."""


class Undecided(Struct, frozen=True):
    """A person must look."""

    doubt: ClosingDoubt


ClosingVerdict: TypeAlias = Closed | StillOpen | Undecided


def closing_verdict(before: Totals | None, now: Totals) -> ClosingVerdict:
    """What became of an end of day of unknown outcome (M5, M11).

    Args:
        before: The totals just before it, from AttemptStarted.
        now: The totals that the idle terminal tells now.
    """
    if before is None:
        return Undecided(ClosingDoubt.NO_TOTALS_BEFORE)
    nothing_booked = _empty(before) and before.first_receipt in _NO_RECEIPT
    if nothing_booked or now == before:
        return StillOpen()
    told = None not in (before.first_receipt, now.first_receipt)
    same = told and now.first_receipt == before.first_receipt
    if _empty(now):
        return Undecided(ClosingDoubt.EMPTY_WITHOUT_A_NEW_PERIOD) if same else Closed()
    if not told:
        return Undecided(ClosingDoubt.TOTALS_TELL_NO_PERIOD)
    return StillOpen() if same else Closed()


def refused_as_empty(attempt: Attempt) -> bool:
    """Whether the terminal refused an end of day that had nothing in it."""
    nothing = attempt.totals is not None and _empty(attempt.totals)
    return nothing and attempt.state in _REFUSED


def _empty(totals: Totals) -> bool:
    """Whether it comes to nothing: what was booked in it may have been taken back."""
    return not totals.amount and not any(brand.count or brand.amount for brand in totals.brands)
