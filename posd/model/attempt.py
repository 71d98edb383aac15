"""One try to move money at one reader, and the moves that are legal."""

from collections.abc import Mapping
from enum import Enum
from typing import Final, assert_never

from msgspec import Struct
from msgspec.structs import replace

from posd.model.facts import (
    AttemptAborted,
    AttemptApproved,
    AttemptDeclined,
    AttemptFact,
    AttemptKind,
    AttemptNotCharged,
    AttemptNotSent,
    AttemptSetAside,
    AttemptStarted,
    Baseline,
    CancelRequested,
    DiscrepancyClosed,
    DiscrepancyFound,
    OutcomeUnknown,
    PersonNeeded,
    Proof,
    ReceiptPrinted,
    StatusReported,
)
from posd_drivers.card_reader import AbortCause, Receipt, Totals, Transaction


class AttemptState(Enum):
    """Where an attempt stands."""

    STARTED = "started"
    REPORTED = "reported"
    UNKNOWN = "unknown"
    PERSON = "needs_a_person"
    SET_ASIDE = "set_aside"
    APPROVED = "approved"
    DECLINED = "declined"
    ABORTED = "aborted"
    NOT_SENT = "not_sent"
    NOT_CHARGED = "not_charged"


_S = AttemptState
LEGAL: Final[Mapping[AttemptState, Mapping[type[AttemptFact], AttemptState]]] = {
    _S.STARTED: {
        CancelRequested: _S.STARTED,
        ReceiptPrinted: _S.STARTED,
        StatusReported: _S.REPORTED,
        AttemptDeclined: _S.DECLINED,
        AttemptAborted: _S.ABORTED,
        AttemptNotSent: _S.NOT_SENT,
        OutcomeUnknown: _S.UNKNOWN,
    },
    _S.REPORTED: {
        StatusReported: _S.REPORTED,
        ReceiptPrinted: _S.REPORTED,
        AttemptApproved: _S.APPROVED,
        AttemptDeclined: _S.DECLINED,
        AttemptAborted: _S.ABORTED,
        OutcomeUnknown: _S.UNKNOWN,
    },
    _S.UNKNOWN: {
        ReceiptPrinted: _S.UNKNOWN,
        AttemptApproved: _S.APPROVED,
        AttemptNotCharged: _S.NOT_CHARGED,
        PersonNeeded: _S.PERSON,
    },
    _S.PERSON: {
        AttemptApproved: _S.APPROVED,
        AttemptNotCharged: _S.NOT_CHARGED,
        AttemptSetAside: _S.SET_ASIDE,
    },
    _S.SET_ASIDE: {
        AttemptApproved: _S.APPROVED,
        AttemptNotCharged: _S.NOT_CHARGED,
    },
    _S.APPROVED: {DiscrepancyFound: _S.APPROVED, DiscrepancyClosed: _S.APPROVED},
    _S.DECLINED: {DiscrepancyFound: _S.DECLINED, DiscrepancyClosed: _S.DECLINED},
    _S.ABORTED: {DiscrepancyFound: _S.ABORTED, DiscrepancyClosed: _S.ABORTED},
    _S.NOT_SENT: {DiscrepancyFound: _S.NOT_SENT, DiscrepancyClosed: _S.NOT_SENT},
    _S.NOT_CHARGED: {DiscrepancyFound: _S.NOT_CHARGED, DiscrepancyClosed: _S.NOT_CHARGED},
}
UNENDED: Final = frozenset({_S.STARTED, _S.REPORTED, _S.UNKNOWN, _S.PERSON})
"""The reader is taken (M7). A payment set aside is unproven too, but its reader is free."""
UNPROVEN: Final = UNENDED | {_S.SET_ASIDE}
"""Money may have moved or may yet move: the payment and its order are guarded (M7)."""


STATUS_REFUSED: Final = "status_refused"
"""Why an outcome is unknown after posd answered a status information negatively (M2, M10).

Where it is not told that something differs from what was asked for (posd.model.as_asked).
"""


class IllegalMove(Exception):
    """A fact that the attempt's state does not allow: a programmer's error, never a device's."""


class Attempt(Struct, frozen=True):
    """What is known of one attempt. Times are wall milliseconds; amounts minor units.

    `payment_intent` is "" for an end of day; `original`, `refund`, `totals`,
    `cancellation_reason` and `tips` are as in `AttemptStarted`.
    """

    id: str
    kind: AttemptKind
    payment_intent: str
    reader: str
    amount: int
    currency: str
    baseline: Baseline
    state: AttemptState
    started_ms: int
    changed_ms: int
    reported: Transaction | None = None
    approved_amount: int | None = None
    charge: str | None = None
    proof: Proof | None = None
    code: int | None = None
    decline_code: str | None = None
    cause: AbortCause | None = None
    reason: str | None = None
    last: Transaction | None = None
    receipts: tuple[Receipt, ...] = ()
    discrepancy: str | None = None
    discrepancy_closed: bool = False
    cancel_requested: bool = False
    original: str | None = None
    refund: str | None = None
    totals: Totals | None = None
    cancellation_reason: str | None = None
    tips: bool = False

    @property
    def unended(self) -> bool:
        """Whether the reader is taken by this attempt."""
        return self.state in UNENDED

    @property
    def told(self) -> Transaction | None:
        """What the terminal told of it: at its end, else before that was decided."""
        return self.last or self.reported

    @property
    def at_risk(self) -> bool:
        """Whether it is approved and may still come back unpaid: offline, or as a debit advice."""
        approved = self.state is AttemptState.APPROVED
        return approved and self.told is not None and self.told.at_risk

    @property
    def contradicted(self) -> bool:
        """Whether proof contradicts what was decided, and nobody has said what came of it."""
        return self.discrepancy is not None and not self.discrepancy_closed

    @property
    def unproven(self) -> bool:
        """Whether money may have moved, or may yet, without proof."""
        return self.state in UNPROVEN


def start(fact: AttemptStarted, at_ms: int) -> Attempt:
    """The record of an attempt that begins."""
    return Attempt(
        id=fact.attempt,
        kind=fact.kind,
        payment_intent=fact.payment_intent,
        reader=fact.reader,
        amount=fact.amount,
        currency=fact.currency,
        baseline=fact.baseline,
        state=AttemptState.STARTED,
        started_ms=at_ms,
        changed_ms=at_ms,
        original=fact.original,
        refund=fact.refund,
        totals=fact.totals,
        cancellation_reason=fact.cancellation_reason,
        tips=fact.tips,
    )


def apply(attempt: Attempt, fact: AttemptFact, at_ms: int) -> Attempt:
    """The attempt after one more fact. Raises IllegalMove where LEGAL has no such move."""
    state = LEGAL[attempt.state].get(type(fact))
    if state is None:
        raise IllegalMove(attempt.id, attempt.state, type(fact).__name__)
    moved = replace(attempt, state=state, changed_ms=at_ms)
    match fact:
        case AttemptApproved() | AttemptDeclined() | AttemptAborted() | AttemptNotCharged():
            moved = _ended(moved, fact)
        case StatusReported(_, transaction, accepted, reason):
            refused = replace(moved, state=AttemptState.UNKNOWN, reason=reason or STATUS_REFUSED)
            moved = replace(moved if accepted else refused, reported=transaction)
        case OutcomeUnknown(_, reason) | AttemptSetAside(_, reason):
            moved = replace(moved, reason=reason)
        case PersonNeeded(_, reason, last):
            moved = replace(moved, reason=reason, last=last)
        case DiscrepancyFound() | DiscrepancyClosed():
            moved = _contradicted(moved, fact)
        case CancelRequested():
            moved = replace(moved, cancel_requested=True)
        case ReceiptPrinted(_, receipt):
            moved = replace(moved, receipts=(*moved.receipts, receipt))
        case AttemptNotSent() | AttemptStarted():
            pass
        case _:
            assert_never(fact)
    return moved


def _contradicted(moved: Attempt, fact: DiscrepancyFound | DiscrepancyClosed) -> Attempt:
    match fact:
        case DiscrepancyFound(_, reason, _):
            return replace(moved, discrepancy=reason, discrepancy_closed=False)
        case DiscrepancyClosed():
            return replace(moved, discrepancy_closed=True)
        case _:
            assert_never(fact)


def _ended(
    moved: Attempt, fact: AttemptApproved | AttemptDeclined | AttemptAborted | AttemptNotCharged
) -> Attempt:
    match fact:
        case AttemptApproved(_, charge, amount, proof, transaction, receipts, reason):
            return replace(
                moved,
                approved_amount=amount,
                charge=charge,
                proof=proof,
                last=transaction,
                receipts=(*moved.receipts, *receipts),
                reason=reason,
            )
        case AttemptDeclined(_, code, transaction, receipts, decline_code):
            return replace(
                moved,
                code=code,
                decline_code=decline_code,
                last=transaction,
                receipts=(*moved.receipts, *receipts),
                proof=Proof.DIALOGUE,
            )
        case AttemptAborted(_, code, cause):
            return replace(moved, code=code, cause=cause, proof=Proof.DIALOGUE)
        case AttemptNotCharged(_, proof, last, reason):
            return replace(moved, proof=proof, last=last, reason=reason or moved.reason)
        case _:
            assert_never(fact)
