"""What an idle terminal says of itself, and whether that proves what became of an attempt (M5).

What a terminal stored is ours if it came from the same terminal, is of the same kind, carries
exactly the next receipt number, and moved what was asked for. The clock is evidence and no veto.
What is neither clearly ours nor clearly nothing goes to a person.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final, TypeAlias, assert_never

from msgspec import Struct

from posd.model import turnover
from posd.model.as_asked import Mismatch, mismatch
from posd.model.attempt import Attempt
from posd.model.closing import Closed, ClosingDoubt, StillOpen, Undecided, closing_verdict
from posd.model.facts import AttemptKind, Baseline
from posd.model.money import terminal_amount
from posd.model.turnover import Moved
from posd_drivers.card_reader import Kind, Totals, Transaction


class Told(Struct, frozen=True):
    """What an idle terminal says.

    Attributes:
        terminal_id: What it calls itself at registration.
        last: The last transaction it stored, or None if it says that it has none.
        repeats: Whether it can tell its last transaction at all.
        totals: Its turnover since the last end of day, or None where it was not asked, or cannot.
        reserved: Receipt numbers of what is reserved and neither taken nor given back; None as
            above.
    """

    terminal_id: str | None
    last: Transaction | None = None
    repeats: bool = True
    totals: Totals | None = None
    reserved: tuple[int, ...] | None = None


class Doubt(Enum):
    """Why the terminal's word proves nothing."""

    NO_BASELINE = "no_baseline"
    CANNOT_TELL = "terminal_cannot_tell"
    OTHER_TERMINAL = "other_terminal"
    STORE_EMPTY = "store_empty"
    NO_RECEIPT_NUMBER = "no_receipt_number"
    RECEIPT_NUMBER_ALONE = "receipt_number_alone"
    RECEIPT_OUT_OF_STEP = "receipt_out_of_step"
    TRACE_OUT_OF_STEP = "trace_out_of_step"
    OTHER_KIND = "other_kind"
    OTHER_AMOUNT = "other_amount"
    OTHER_CURRENCY = "other_currency"
    OTHER_ORIGINAL = "other_original"
    OTHER_CARD = "other_card"
    NOT_APPROVED = "not_approved"
    SALE_OR_REFUND = "sale_or_refund"
    TURNOVER_PROVES_NOTHING = "turnover_proves_nothing"
    RESERVATIONS_NOT_TOLD = "reservations_not_told"
    NOT_AMONG_THE_RESERVED = "not_among_the_reserved"
    RESERVED_AND_NOT_STORED = "reserved_and_not_stored"


OTHER_MONEY: Final = frozenset({Doubt.OTHER_AMOUNT, Doubt.OTHER_CURRENCY})
"""The next number in the terminal's book has money that nobody asked for (M10)."""
_KINDS: Final[Mapping[AttemptKind, Kind]] = {
    AttemptKind.SALE: Kind.SALE,
    AttemptKind.PREAUTHORISATION: Kind.SALE,
    AttemptKind.CAPTURE: Kind.SALE,
    AttemptKind.RELEASE: Kind.REVERSAL,
    AttemptKind.REVERSAL: Kind.REVERSAL,
    AttemptKind.REFUND: Kind.REFUND,
}
"""What each leaves in a terminal's book; an end of day is proven without."""
_MISMATCHES: Final = {
    Mismatch.AMOUNT: Doubt.OTHER_AMOUNT,
    Mismatch.CURRENCY: Doubt.OTHER_CURRENCY,
    Mismatch.ORIGINAL: Doubt.OTHER_ORIGINAL,
    Mismatch.CARD: Doubt.OTHER_CARD,
}


class Charged(Struct, frozen=True):
    """What was asked for was done. `transaction` says so, unless the turnover does."""

    transaction: Transaction | None


class NotCharged(Struct, frozen=True):
    """It was not done."""

    last: Transaction | None


class Unproven(Struct, frozen=True):
    """A person must look."""

    doubt: Doubt | ClosingDoubt
    last: Transaction | None


Verdict: TypeAlias = Charged | NotCharged | Unproven


def judge(attempt: Attempt, told: Told, original: Attempt | None = None) -> Verdict:
    """What an idle terminal's word says of `attempt`.

    `original` is the attempt that it builds on, or None.
    """
    told_by = told.last.terminal_id if told.last and told.last.terminal_id else told.terminal_id
    if told_by != attempt.baseline.terminal_id:
        return Unproven(Doubt.OTHER_TERMINAL, told.last)
    match attempt.kind:
        case AttemptKind.END_OF_DAY:
            return _closing(attempt, told)
        case AttemptKind.CAPTURE | AttemptKind.RELEASE:
            return _booking(attempt, told, original)
        case AttemptKind.PREAUTHORISATION:
            return _reservation(attempt, told)
        case AttemptKind.SALE | AttemptKind.REVERSAL | AttemptKind.REFUND:
            return _by_receipt(attempt, told, original)
        case _:
            assert_never(attempt.kind)


def is_other_money(attempt: Attempt, said: Transaction) -> bool:
    """Whether the next number in the terminal's book has money that nobody asked for (M10)."""
    following = said.receipt is not None and turnover.follows(
        attempt.baseline.receipt, said.receipt
    )
    return following and mismatch(attempt, None, said) in (Mismatch.AMOUNT, Mismatch.CURRENCY)


def _closing(attempt: Attempt, told: Told) -> Verdict:
    """By its totals before and after alone: no receipt number tells a closed day."""
    if told.totals is None:
        return Unproven(Doubt.CANNOT_TELL, told.last)
    match closing_verdict(attempt.totals, told.totals):
        case Closed():
            its_own = told.last is not None and told.last.kind is Kind.END_OF_DAY
            return Charged(told.last if its_own else None)
        case StillOpen():
            return NotCharged(told.last)
        case Undecided(doubt):
            return Unproven(doubt, told.last)
        case unforeseen:
            assert_never(unforeseen)


def _booking(attempt: Attempt, told: Told, original: Attempt | None) -> Verdict:
    """What is still reserved was neither taken nor given back; what is not must be seen booked."""
    reserved_as = None if original is None or original.told is None else original.told.receipt
    if told.reserved is None or reserved_as is None:
        return Unproven(Doubt.RESERVATIONS_NOT_TOLD, told.last)
    if reserved_as in told.reserved:
        return NotCharged(told.last)
    verdict = _by_receipt(attempt, told, original)
    if isinstance(verdict, NotCharged):
        return Unproven(Doubt.NOT_AMONG_THE_RESERVED, told.last)
    return verdict


def _reservation(attempt: Attempt, told: Told) -> Verdict:
    """As a sale, if the terminal tells the same of what it has reserved."""
    if told.reserved is None:
        return Unproven(Doubt.RESERVATIONS_NOT_TOLD, told.last)
    match verdict := _by_receipt(attempt, told, None):
        case Charged(transaction):
            held = transaction is not None and transaction.receipt in told.reserved
            return verdict if held else Unproven(Doubt.NOT_AMONG_THE_RESERVED, told.last)
        case NotCharged() if _next_is_reserved(attempt.baseline, told.reserved):
            return Unproven(Doubt.RESERVED_AND_NOT_STORED, told.last)
        case _:
            return verdict


def _next_is_reserved(baseline: Baseline, reserved: tuple[int, ...]) -> bool:
    return any(turnover.follows(baseline.receipt, receipt) for receipt in reserved)


def _by_receipt(attempt: Attempt, told: Told, original: Attempt | None) -> Verdict:
    """By what the terminal stored last, or by its turnover where it does not repeat that."""
    if not told.repeats or not attempt.baseline.asked:
        return _by_turnover(attempt, told, original)
    if told.last is None:
        return Unproven(Doubt.STORE_EMPTY, None)
    if told.last.receipt is not None and told.last.receipt == attempt.baseline.receipt:
        return _same_receipt(attempt.baseline, told.last)
    doubt = _doubt(attempt, told.last, original)
    if doubt is None:
        return Charged(told.last)
    if doubt is Doubt.SALE_OR_REFUND and _moved(attempt, told) is Moved.AS_ASKED:
        return Charged(told.last)
    return Unproven(doubt, told.last)


def _same_receipt(baseline: Baseline, last: Transaction) -> Verdict:
    """Nothing was stored, if something beside the number shows that it is the same transaction.

    Receipt numbers begin anew, at some terminals with each end of day.
    """
    pairs = (
        (baseline.trace, last.trace),
        (baseline.turnover, last.turnover),
        (baseline.stamp, stamp(last)),
    )
    told = [one == other for one, other in pairs if None not in (one, other)]
    if not told:
        return Unproven(Doubt.RECEIPT_NUMBER_ALONE, last)
    return NotCharged(last) if all(told) else Unproven(Doubt.TRACE_OUT_OF_STEP, last)


def _doubt(attempt: Attempt, last: Transaction, original: Attempt | None) -> Doubt | None:
    """Why `last`, stored since the baseline, is not ours; None: it is."""
    if last.receipt is None:
        return Doubt.NO_RECEIPT_NUMBER
    if not turnover.follows(attempt.baseline.receipt, last.receipt):
        return Doubt.RECEIPT_OUT_OF_STEP
    if last.result_code != 0:
        return Doubt.NOT_APPROVED
    return _otherwise(attempt, last, original)


def _otherwise(attempt: Attempt, last: Transaction, original: Attempt | None) -> Doubt | None:
    """What `last`, which has our number, did that was not asked for; None: what was."""
    refund_untold = attempt.kind is AttemptKind.REFUND and last.kind is Kind.SALE
    if not refund_untold and last.kind is not _KINDS[attempt.kind]:
        return Doubt.OTHER_KIND
    if last.amount is None and attempt.kind is not AttemptKind.RELEASE:
        return Doubt.OTHER_AMOUNT
    found = mismatch(attempt, original, last)
    if found is not None:
        return _MISMATCHES[found]
    if _KINDS[attempt.kind] is Kind.REVERSAL and last.original_trace is None:
        return Doubt.OTHER_ORIGINAL
    return Doubt.SALE_OR_REFUND if refund_untold else None


def _by_turnover(attempt: Attempt, told: Told, original: Attempt | None) -> Verdict:
    """By its sums before and after, where its last transaction then or now is not told."""
    last = told.last
    match _moved(attempt, told):
        case None:
            return Unproven(Doubt.NO_BASELINE if told.repeats else Doubt.CANNOT_TELL, last)
        case Moved.NOTHING:
            return NotCharged(last)
        case Moved.AS_ASKED if last is None or _is_it(attempt, last, told.totals, original):
            return Charged(last)
        case Moved.UNCLEAR | Moved.AS_ASKED:
            return Unproven(Doubt.TURNOVER_PROVES_NOTHING, last)
        case unforeseen:
            assert_never(unforeseen)


def _is_it(
    attempt: Attempt, last: Transaction, now: Totals | None, original: Attempt | None
) -> bool:
    """Whether what is told beside the sums is what they ended with, and was asked for."""
    ended_with = None if now is None else now.last_receipt
    doubt = _otherwise(attempt, last, original)
    return last.receipt == ended_with and doubt in (None, Doubt.SALE_OR_REFUND)


def _moved(attempt: Attempt, told: Told) -> Moved | None:
    """What lies between its sums; None where one of them is not known."""
    before = attempt.totals or attempt.baseline.totals
    if before is None or told.totals is None:
        return None
    asked = terminal_amount(attempt.amount, attempt.currency)
    takes = _KINDS[attempt.kind] is Kind.SALE
    return turnover.moved(before, told.totals, asked if takes else -asked)


def stamp(last: Transaction) -> str | None:
    """MMDDHHMMSS that the terminal's clock put on a transaction, or None where it does not tell.

    Right or wrong, it is the same each time that the terminal tells the same transaction.
    """
    return None if last.date is None or last.time is None else last.date + last.time
