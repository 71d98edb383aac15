"""One fact → the records it changes. Replaying every fact gives every record again."""

from typing import Protocol, TypeAlias, TypeVar, assert_never

from msgspec import Struct
from msgspec.structs import replace

from posd.model import attempt as attempts
from posd.model import hardware
from posd.model import mirrored as mirror
from posd.model import payment_intent as intents
from posd.model import reader as readers
from posd.model import refund as refunds
from posd.model.access_key import AccessKey, Role
from posd.model.access_key_facts import AccessKeyCreated, AccessKeyRevoked
from posd.model.archive import Archive
from posd.model.attempt import Attempt
from posd.model.audit_facts import (
    AuditFact,
    RefundDraftApproved,
    RefundDraftClosed,
    RefundDrafted,
)
from posd.model.audit_projection import AuditRecord, audit_record
from posd.model.facts import (
    AccountLearned,
    ApprovalHeard,
    AttemptAborted,
    AttemptApproved,
    AttemptDeclined,
    AttemptFact,
    AttemptKind,
    AttemptStarted,
    DaemonStarted,
    DiscrepancyClosed,
    DiscrepancyFound,
    EffectDone,
    EffectParked,
    Fact,
    PaymentIntentCanceled,
    PaymentIntentCaptured,
    PaymentIntentCreated,
    PaymentIntentUpdated,
    Proof,
    ReceiptPrinted,
)
from posd.model.hardware import Done, HardwareOrder, ReceivedReader
from posd.model.hardware_facts import (
    HardwareOrderPlaced,
    HardwareOrderRefused,
    HardwareOrderRequested,
    OldReaderRetired,
    ReaderReceived,
    ReceivedReaderBound,
    ReceivedReaderTested,
)
from posd.model.journal_projection import journal_records
from posd.model.mirrored import Mirrored
from posd.model.payment_intent import PaymentIntent
from posd.model.quarantine_facts import AttachmentBroken, ReaderAccepted, ReaderQuarantined
from posd.model.queue_facts import EffectHeld, EffectRetried, EffectWrittenOff
from posd.model.reader import Reader
from posd.model.reader_facts import (
    ReaderFact,
    ReaderRegistered,
)
from posd.model.refund import Refund
from posd.model.refund_draft import RefundDraft
from posd.model.refund_facts import RefundRequested, RefundUpdated
from posd.model.restore import (
    NOWHERE,
    Epoch,
    ImportedPayment,
    ImportedRefund,
    Provenance,
    Restore,
)
from posd.model.store import StoreLanes, StoreName
from posd.model.store_facts import ManagerActed, ManagerPinReset, ManagerPinSet
from posd.model.upstream_facts import ConnectionTokenIssued, ObjectGone, ObjectMirrored

Record: TypeAlias = (
    PaymentIntent
    | Attempt
    | Refund
    | Reader
    | AccessKey
    | Mirrored
    | HardwareOrder
    | ReceivedReader
    | AuditRecord
    | Epoch
    | Restore
    | ImportedPayment
    | ImportedRefund
    | Archive
    | StoreName
    | StoreLanes
)
_R = TypeVar("_R", PaymentIntent, Attempt, Refund, Reader, AccessKey)


class Circumstance(Struct, frozen=True):
    """What is true of the whole transaction a fact belongs to.

    `provenance` is where its first fact stands; a projection does not rest on it.
    """

    wall_ms: int
    livemode: bool
    actor: str
    provenance: Provenance = NOWHERE


class Records(Protocol):
    """The records as they stand, this transaction's own changes included."""

    def payment_intent(self, id_: str) -> PaymentIntent | None:
        """The PaymentIntent of that id."""
        ...

    def attempt(self, id_: str) -> Attempt | None:
        """The attempt of that id."""
        ...

    def refund(self, id_: str) -> Refund | None:
        """The refund of that id."""
        ...

    def reader(self, id_: str) -> Reader | None:
        """The reader of that id."""
        ...

    def access_key(self, id_: str) -> AccessKey | None:
        """The access key of that id."""
        ...

    def mirrored(self, id_: str) -> Mirrored | None:
        """Stripe's object of that id, as posd last heard of it; it may be gone."""
        ...

    def hardware_order(self, id_: str) -> HardwareOrder | None:
        """The order of that id of posd's."""
        ...

    def received_reader(self, id_: str) -> ReceivedReader | None:
        """The received reader of that id; not its id as a reader."""
        ...

    def refund_draft(self, id_: str) -> RefundDraft | None:
        """The drafted refund of that id."""
        ...

    def epoch(self, id_: str) -> Epoch | None:
        """The epoch of that id."""
        ...

    def restore(self, id_: str) -> Restore | None:
        """The restore of that id."""
        ...


def project(fact: Fact, at: Circumstance, records: Records) -> tuple[Record, ...]:
    """The new state of every record that the fact changes.

    Raises IllegalMove, or AssertionError if the fact names a record that does not exist, or makes
    one that does: a command that decided on such a fact is a programmer's error.
    """
    record: Record
    match fact:
        case (
            PaymentIntentCreated()
            | PaymentIntentUpdated()
            | PaymentIntentCanceled()
            | PaymentIntentCaptured()
            | ApprovalHeard()
            | EffectDone()
        ):
            record = _payment_intent(fact, at, records)
        case _ if isinstance(fact, AttemptFact):
            return _attempt(fact, at, records)
        case (
            AccountLearned()
            | EffectParked()
            | EffectRetried()
            | EffectHeld()
            | EffectWrittenOff()
            | ConnectionTokenIssued()
            | ManagerPinSet()
            | ManagerPinReset()
            | ManagerActed()
            | DaemonStarted(epoch="")
        ):
            return ()
        case AccessKeyCreated() | AccessKeyRevoked():
            record = _access_key(fact, records)
        case RefundRequested() | RefundUpdated():
            record = _refund(fact, at, records)
        case ObjectMirrored(id_) | ObjectGone(id_):
            record = mirror.apply(records.mirrored(id_), fact, at.wall_ms)
        case _ if isinstance(fact, ReaderFact | readers.QuarantineFact):
            record = _reader(fact, at, records)
        case _ if isinstance(fact, hardware.OrderFact | hardware.ReceivedFact):
            record = _purchase(fact, at, records)
        case _ if isinstance(fact, AuditFact):
            record = _audit(fact, at, records)
        case _:
            return journal_records(fact, records, at.wall_ms, at.actor)
    return (record,)


def _payment_intent(
    fact: PaymentIntentCreated
    | PaymentIntentUpdated
    | PaymentIntentCanceled
    | PaymentIntentCaptured
    | ApprovalHeard
    | EffectDone,
    at: Circumstance,
    records: Records,
) -> PaymentIntent:
    match fact:
        case PaymentIntentCreated(id_):
            assert records.payment_intent(id_) is None, "an id is given once"
            return intents.create(fact, at.wall_ms, livemode=at.livemode, owner=at.actor)
        case PaymentIntentUpdated(id_):
            return intents.update(_found(records.payment_intent(id_)), fact)
        case PaymentIntentCanceled(id_):
            return intents.cancel(_found(records.payment_intent(id_)), fact, at.wall_ms)
        case PaymentIntentCaptured(id_):
            return intents.capture(_found(records.payment_intent(id_)))
        case ApprovalHeard(id_):
            return replace(_found(records.payment_intent(id_)), heard=True)
        case EffectDone(_, id_, result):
            intent = _found(records.payment_intent(id_))
            return replace(intent, payment_record=result or intent.payment_record)
        case _:
            assert_never(fact)


def _refund(fact: RefundRequested | RefundUpdated, at: Circumstance, records: Records) -> Refund:
    match fact:
        case RefundRequested(id_):
            assert records.refund(id_) is None, "an id is given once"
            return refunds.request(fact, at.wall_ms, livemode=at.livemode, owner=at.actor)
        case RefundUpdated(id_):
            return refunds.update(_found(records.refund(id_)), fact)
        case _:
            assert_never(fact)


def _attempt(fact: AttemptFact, at: Circumstance, records: Records) -> tuple[Record, ...]:
    if isinstance(fact, AttemptStarted):
        assert records.attempt(fact.attempt) is None, "an id is given once"
        attempt = attempts.start(fact, at.wall_ms)
        reader = readers.follow(_found(records.reader(fact.reader)), attempt, None)
        return (attempt, *_concerned(attempt, records), reader)
    attempt = attempts.apply(_found(records.attempt(fact.attempt)), fact, at.wall_ms)
    if isinstance(fact, DiscrepancyFound | DiscrepancyClosed | ReceiptPrinted):
        # A discrepancy never rewrites (M6): a later attempt may have paid the intent since.
        return (attempt,)
    concerned = _concerned(attempt, records)
    reader = known = _found(records.reader(attempt.reader))
    if isinstance(fact, AttemptApproved):
        original = records.attempt(attempt.original) if attempt.original else None
        reader = readers.follow(reader, attempt, original)
    if _came_to_its_end(fact):
        reader = replace(reader, breaks=0)
    return (attempt, *concerned) if reader == known else (attempt, *concerned, reader)


def _concerned(attempt: Attempt, records: Records) -> tuple[Record, ...]:
    """The payment and the refund that an attempt is for; an end of day is for neither."""
    if attempt.kind is AttemptKind.END_OF_DAY:
        return ()
    intent = intents.follow(_found(records.payment_intent(attempt.payment_intent)), attempt)
    if attempt.refund is None:
        return (intent,)
    return (intent, refunds.follow(_found(records.refund(attempt.refund)), attempt))


def _came_to_its_end(fact: AttemptFact) -> bool:
    """Whether the dialogue did: whatever broke posd there before was not in a row with it (M18)."""
    match fact:
        case AttemptApproved(proof=Proof.DIALOGUE) | AttemptDeclined() | AttemptAborted():
            return True
        case _:
            return False


def _reader(
    fact: ReaderFact | readers.QuarantineFact, at: Circumstance, records: Records
) -> Reader:
    known = records.reader(fact.reader)
    match fact:
        case ReaderRegistered():
            return readers.register(known, fact, at.wall_ms, livemode=at.livemode)
        case AttachmentBroken() | ReaderQuarantined() | ReaderAccepted():
            return readers.judge(_found(known), fact, at.wall_ms)
        case _:
            return readers.learn(_found(known), fact, at.wall_ms)


def _purchase(
    fact: hardware.OrderFact | hardware.ReceivedFact, at: Circumstance, records: Records
) -> HardwareOrder | ReceivedReader:
    done = Done(at.actor, at.wall_ms)
    match fact:
        case HardwareOrderRequested(id_) | HardwareOrderPlaced(id_) | HardwareOrderRefused(id_):
            return hardware.settle(records.hardware_order(id_), fact, done)
        case (
            ReaderReceived(id_)
            | ReceivedReaderBound(id_)
            | ReceivedReaderTested(id_)
            | OldReaderRetired(id_)
        ):
            return hardware.check_off(records.received_reader(id_), fact, done)
        case _:
            assert_never(fact)


def _audit(fact: AuditFact, at: Circumstance, records: Records) -> AuditRecord:
    known = None
    if isinstance(fact, RefundDrafted | RefundDraftApproved | RefundDraftClosed):
        known = records.refund_draft(fact.draft)
    return audit_record(fact, known, at.actor, at.wall_ms)


def _access_key(fact: AccessKeyCreated | AccessKeyRevoked, records: Records) -> AccessKey:
    match fact:
        case AccessKeyCreated(id_, name, role, sha256, lane, refund_max):
            assert records.access_key(id_) is None, "an id is given once"
            return AccessKey(id_, name, Role(role), sha256, lane, refund_max=refund_max)
        case AccessKeyRevoked(id_):
            return replace(_found(records.access_key(id_)), revoked=True)
        case _:
            assert_never(fact)


def _found(record: _R | None) -> _R:
    assert record is not None, "a fact names a record that does not exist"
    return record
