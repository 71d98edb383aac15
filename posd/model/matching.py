"""Whether the terminal's last transaction proves what became of an attempt (M5).

A transaction is ours if it came from the same terminal, is of the same kind, carries exactly the
next receipt number, and moved the amount that was asked for. The clock is evidence and no veto.
Everything that is neither clearly ours nor clearly nothing goes to a person.
"""

from enum import Enum
from typing import Final, TypeAlias

from msgspec import Struct

from posd.model.attempt import Attempt
from posd.model.facts import AttemptKind, Baseline
from posd_drivers.card_reader import Kind, Transaction

RECEIPT_NUMBER_MAX: Final = 9999
"""Four BCD digits; the number after it is 0000 at some terminals and 0001 at others."""


class Doubt(Enum):
    """Why the terminal's word proves nothing."""

    NO_BASELINE = "no_baseline"
    OTHER_TERMINAL = "other_terminal"
    STORE_EMPTIED = "store_emptied"
    NO_RECEIPT_NUMBER = "no_receipt_number"
    RECEIPT_OUT_OF_STEP = "receipt_out_of_step"
    TRACE_OUT_OF_STEP = "trace_out_of_step"
    OTHER_KIND = "other_kind"
    OTHER_AMOUNT = "other_amount"
    OTHER_CURRENCY = "other_currency"
    NOT_APPROVED = "not_approved"


OTHER_MONEY: Final = frozenset({Doubt.OTHER_AMOUNT, Doubt.OTHER_CURRENCY})
"""The next number in the terminal's book has money that nobody asked for (M10)."""


class Charged(Struct, frozen=True):
    """The transaction is ours."""

    transaction: Transaction
    amount: int


class NotCharged(Struct, frozen=True):
    """The terminal has stored nothing since the baseline."""

    last: Transaction | None


class Unproven(Struct, frozen=True):
    """A person must look."""

    doubt: Doubt
    last: Transaction | None


Verdict: TypeAlias = Charged | NotCharged | Unproven

_KINDS: Final = {
    AttemptKind.SALE: Kind.SALE,
    AttemptKind.REVERSAL: Kind.REVERSAL,
    AttemptKind.REFUND: Kind.REFUND,
}


def judge(attempt: Attempt, last: Transaction | None, terminal_id: str | None) -> Verdict:
    """What `last`, told by an idle terminal that calls itself `terminal_id`, says of `attempt`."""
    baseline = attempt.baseline
    if not baseline.asked:
        return Unproven(Doubt.NO_BASELINE, last)
    told_by = last.terminal_id if last and last.terminal_id else terminal_id
    if told_by != baseline.terminal_id:
        return Unproven(Doubt.OTHER_TERMINAL, last)
    if last is None:
        nothing_before = baseline.receipt is None
        return NotCharged(None) if nothing_before else Unproven(Doubt.STORE_EMPTIED, None)
    return _by_receipt(attempt, last)


def _by_receipt(attempt: Attempt, last: Transaction) -> Verdict:
    baseline = attempt.baseline
    if last.receipt is None:
        return Unproven(Doubt.NO_RECEIPT_NUMBER, last)
    if last.receipt == baseline.receipt:
        other = None not in (last.trace, baseline.trace) and last.trace != baseline.trace
        return Unproven(Doubt.TRACE_OUT_OF_STEP, last) if other else NotCharged(last)
    if not _follows(baseline, last.receipt):
        return Unproven(Doubt.RECEIPT_OUT_OF_STEP, last)
    return _compare(attempt, last)


def _follows(baseline: Baseline, receipt: int) -> bool:
    if baseline.receipt is None:
        return False
    if baseline.receipt == RECEIPT_NUMBER_MAX:
        return receipt in (0, 1)
    return receipt == baseline.receipt + 1


def _compare(attempt: Attempt, last: Transaction) -> Verdict:
    if last.kind is not _KINDS.get(attempt.kind):
        return Unproven(Doubt.OTHER_KIND, last)
    if last.result_code != 0:
        return Unproven(Doubt.NOT_APPROVED, last)
    if last.currency is not None and last.currency != attempt.currency:
        return Unproven(Doubt.OTHER_CURRENCY, last)
    if last.amount != attempt.amount:
        return Unproven(Doubt.OTHER_AMOUNT, last)
    return Charged(last, attempt.amount)
