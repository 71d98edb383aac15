"""Everything that can ever have happened, as one closed union of frozen values.

A fact is never changed and never deleted (M16). Its stored form is its kind, its version and its
fields in canonical JSON; the kind's name and the meaning of a field are kept for ever, and a new
field has a default, so that older rows stay readable.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final, TypeAlias, get_args

import msgspec
from msgspec import Struct, field

from posd.model.access_key_facts import AccessKeyCreated, AccessKeyRevoked
from posd.model.archive_facts import FactsArchived
from posd.model.audit_facts import AuditFact
from posd.model.hardware_facts import (
    HardwareOrderPlaced,
    HardwareOrderRefused,
    HardwareOrderRequested,
    OldReaderRetired,
    ReaderReceived,
    ReceivedReaderBound,
    ReceivedReaderTested,
)
from posd.model.quarantine_facts import AttachmentBroken, ReaderAccepted, ReaderQuarantined
from posd.model.queue_facts import QueueFact
from posd.model.reader_facts import ReaderFact
from posd.model.refund_facts import RefundRequested, RefundUpdated
from posd.model.restore_facts import RestoreFact
from posd.model.store_facts import StoreFact
from posd.model.upstream_facts import ConnectionTokenIssued, ObjectGone, ObjectMirrored
from posd_drivers.card_reader import (
    GENERIC_DECLINE,
    AbortCause,
    Receipt,
    Totals,
    Transaction,
)

FACT_VERSION: Final = 1


class AttemptKind(Enum):
    """What an attempt tries to do at a reader (M11)."""

    SALE = "sale"
    PREAUTHORISATION = "preauthorisation"
    CAPTURE = "capture"
    RELEASE = "release"
    REVERSAL = "reversal"
    REFUND = "refund"
    END_OF_DAY = "end_of_day"


class Proof(Enum):
    """What an outcome rests on."""

    DIALOGUE = "dialogue"
    TERMINAL = "terminal"
    PERSON = "person"


class Baseline(Struct, frozen=True):
    """What the terminal said of itself before an attempt (M1, M5).

    Attributes:
        terminal_id: Its terminal id, or None if it has not told.
        asked: Whether it answered the question for its last transaction. False means that the
            numbers below prove nothing.
        receipt: Receipt number of its last transaction, or None if it has none.
        trace: Trace number of its last transaction, or None.
        turnover: Turnover number of its last transaction, or None.
        closing_count: How often its numbers were found to have begun anew without posd, or None.
        clock_offset_s: Terminal's clock minus posd's, in seconds, or None if it was not compared.
        stamp: MMDDHHMMSS that its clock put on its last transaction, or None.
        totals: Its turnover, where that is all it can prove an outcome by; else None.
    """

    terminal_id: str | None
    asked: bool
    receipt: int | None = None
    trace: int | None = None
    turnover: int | None = None
    closing_count: int | None = None
    clock_offset_s: int | None = None
    stamp: str | None = None
    totals: Totals | None = None


class DaemonStarted(Struct, frozen=True):
    """A posd took the journal; every fact until the next one is its boot epoch's.

    Attributes:
        machine: The machine it runs on, hashed; "" if that has no id.
        journal: The first epoch of the journal and of all its copies.
        epoch: The epoch of this copy; "" by a posd that kept none.
    """

    software: str
    machine: str = ""
    journal: str = ""
    epoch: str = ""


class AccountLearned(Struct, frozen=True):
    """Stripe said whose account the credential opens (M13)."""

    account: str
    livemode: bool


class PaymentIntentCreated(Struct, frozen=True):
    """A till said what is to be paid, in minor units of `currency`."""

    payment_intent: str
    amount: int
    currency: str
    capture_method: str = "automatic"
    description: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    order: str | None = None
    order_part: str | None = None
    business_day: str = ""
    payment_method_types: tuple[str, ...] = ("card_present",)


class PaymentIntentUpdated(Struct, frozen=True):
    """What is to be paid from here on, whole: what is not named is as it is here."""

    payment_intent: str
    amount: int
    description: str | None
    metadata: Mapping[str, str]
    order: str | None
    order_part: str | None


class PaymentIntentCanceled(Struct, frozen=True):
    """A till took it back; no reader ever takes it from here on. `reason` is Stripe's word."""

    payment_intent: str
    reason: str | None = None


class PaymentIntentCaptured(Struct, frozen=True):
    """What was sold already, to be captured in full, is captured; no terminal hears of it."""

    payment_intent: str


class AttemptStarted(Struct, frozen=True):
    """About to ask a terminal to move money; on disk before the first byte leaves (M1).

    Attributes:
        payment_intent: What it is for; "" for an end of day, which is for none.
        amount: Minor units; 0 for an end of day.
        original: The attempt that a capture, release or reversal builds on, and that a refund
            gives back, or None.
        refund: Id of the refund it carries out, or None.
        totals: The terminal's turnover just before an end of day, or None (M11).
        cancellation_reason: Stripe's word for why a till gives back what is held, or None.
        tips: Whether the cardholder may add a tip at the terminal, which reports it.
    """

    attempt: str
    kind: AttemptKind
    payment_intent: str
    reader: str
    amount: int
    currency: str
    baseline: Baseline
    original: str | None = None
    refund: str | None = None
    totals: Totals | None = None
    cancellation_reason: str | None = None
    tips: bool = False


class CancelRequested(Struct, frozen=True):
    """A till asks that the attempt ends without a payment; the terminal's word decides (M9)."""

    attempt: str


class StatusReported(Struct, frozen=True):
    """The terminal reported a positive result that is not final (M2).

    `accepted` is False where posd answers it negatively, e.g. for an amount nobody asked for
    (M10), and `reason` the fixed word for why; the outcome stays unknown until it is proven.
    """

    attempt: str
    transaction: Transaction
    accepted: bool
    reason: str | None = None


class ReceiptPrinted(Struct, frozen=True):
    """A receipt came from the terminal, masked; it is told that it is printed after this (M11)."""

    attempt: str
    receipt: Receipt


class AttemptApproved(Struct, frozen=True):
    """What was asked for was done, proven. The only fact that is ever told as approved (M2).

    `amount` is what the terminal moved, in minor units; `charge` the id it is known by from here,
    None unless it charged. `reason` is a person's, where a person decided (M6).
    """

    attempt: str
    charge: str | None
    amount: int
    proof: Proof
    transaction: Transaction | None
    receipts: tuple[Receipt, ...] = ()
    reason: str | None = None


class AttemptDeclined(Struct, frozen=True):
    """The issuer or card said no, and why in Stripe's words; nothing was booked."""

    attempt: str
    code: int
    transaction: Transaction | None = None
    receipts: tuple[Receipt, ...] = ()
    decline_code: str = GENERIC_DECLINE


class AttemptAborted(Struct, frozen=True):
    """The dialogue ended without an authorisation; nothing was booked."""

    attempt: str
    code: int
    cause: AbortCause


class AttemptNotSent(Struct, frozen=True):
    """The operating system accepted no byte; nothing can have been booked (M3)."""

    attempt: str


class OutcomeUnknown(Struct, frozen=True):
    """Money may have moved. The resolver has it from here (M5). `reason` is a fixed word."""

    attempt: str
    reason: str


class AttemptNotCharged(Struct, frozen=True):
    """Proven after the fact that nothing was booked. `last` is what the terminal told."""

    attempt: str
    proof: Proof
    last: Transaction | None = None
    reason: str | None = None


class PersonNeeded(Struct, frozen=True):
    """The outcome cannot be proven, or not in time; a person gets the evidence (M6)."""

    attempt: str
    reason: str
    last: Transaction | None = None


class AttemptSetAside(Struct, frozen=True):
    """A person freed the reader, with a reason; the payment stays unproven and guarded (M6)."""

    attempt: str
    reason: str


class DiscrepancyFound(Struct, frozen=True):
    """Proof that contradicts what was decided. It alarms; it never rewrites (M6)."""

    attempt: str
    reason: str
    last: Transaction | None = None


class DiscrepancyClosed(Struct, frozen=True):
    """A person has seen the contradiction and says what came of it; the alarm ends (M6)."""

    attempt: str
    reason: str


class ApprovalHeard(Struct, frozen=True):
    """The till that owns the payment was told its final state for the first time (M15)."""

    payment_intent: str


class EffectDone(Struct, frozen=True):
    """Stripe answered a report. `result` is the id it gave, or None where it gives none."""

    effect: str
    payment_intent: str
    result: str | None


class EffectParked(Struct, frozen=True):
    """Stripe refused a report for good; it waits for a person and delays no other."""

    effect: str
    payment_intent: str
    status: int
    code: str
    message: str


AttemptFact: TypeAlias = (
    AttemptStarted
    | CancelRequested
    | StatusReported
    | ReceiptPrinted
    | AttemptApproved
    | AttemptDeclined
    | AttemptAborted
    | AttemptNotSent
    | OutcomeUnknown
    | AttemptNotCharged
    | PersonNeeded
    | AttemptSetAside
    | DiscrepancyFound
    | DiscrepancyClosed
)
Fact: TypeAlias = (
    DaemonStarted
    | AccountLearned
    | AccessKeyCreated
    | AccessKeyRevoked
    | ReaderFact
    | AttachmentBroken
    | ReaderQuarantined
    | ReaderAccepted
    | PaymentIntentCreated
    | PaymentIntentUpdated
    | PaymentIntentCanceled
    | PaymentIntentCaptured
    | RefundRequested
    | RefundUpdated
    | AttemptFact
    | ApprovalHeard
    | EffectDone
    | EffectParked
    | QueueFact
    | ObjectMirrored
    | ObjectGone
    | ConnectionTokenIssued
    | HardwareOrderRequested
    | HardwareOrderPlaced
    | HardwareOrderRefused
    | ReaderReceived
    | ReceivedReaderBound
    | ReceivedReaderTested
    | OldReaderRetired
    | FactsArchived
    | AuditFact
    | RestoreFact
    | StoreFact
)

KINDS: Final[Mapping[str, type[Fact]]] = {kind.__name__: kind for kind in get_args(Fact)}
_encoder = msgspec.json.Encoder(order="sorted")
_decoders = {name: msgspec.json.Decoder(kind) for name, kind in KINDS.items()}


class UnknownFact(Exception):
    """A row of a kind or version this posd cannot read; its object is parked, posd starts."""


def encode(fact: Fact) -> bytes:
    """The fact's fields as canonical JSON: sorted keys, no blanks, UTF-8."""
    return _encoder.encode(fact)


def decode(kind: str, version: int, body: bytes) -> Fact:
    """The fact of a stored row. Raises UnknownFact."""
    decoder = _decoders.get(kind)
    if decoder is None or version > FACT_VERSION:
        raise UnknownFact(kind, version)
    try:
        return decoder.decode(body)
    except msgspec.DecodeError as error:
        raise UnknownFact(kind, version) from error
