"""One fact → the records it changes. Replaying every fact gives every record again."""

from typing import Protocol, TypeAlias, TypeVar, assert_never

from msgspec import Struct
from msgspec.structs import replace

from posd.model import archive as archives
from posd.model import attempt as attempts
from posd.model import hardware
from posd.model import mirrored as mirror
from posd.model import payment_intent as intents
from posd.model import reader as readers
from posd.model import refund as refunds
from posd.model import restore as restores
from posd.model.access_key import AccessKey, Role
from posd.model.access_key_facts import AccessKeyCreated, AccessKeyRevoked
from posd.model.archive import Archive
from posd.model.archive_facts import FactsArchived
from posd.model.attempt import Attempt
from posd.model.audit_facts import (
    DayAudited,
    RefundDraftApproved,
    RefundDraftClosed,
    RefundDrafted,
    TillListPosted,
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
from posd.model.mirrored import Mirrored
from posd.model.payment_intent import PaymentIntent
from posd.model.quarantine_facts import AttachmentBroken, ReaderAccepted, ReaderQuarantined
from posd.model.queue_facts import EffectHeld, EffectRetried, EffectWrittenOff
from posd.model.reader import Reader
from posd.model.reader_facts import (
    OperationUnsupported,
    ReaderDeleted,
    ReaderDisplaced,
    ReaderFact,
    ReaderIdentified,
    ReaderRegistered,
    ReaderReplaced,
    StrangerFound,
    TerminalUsedElsewhere,
    UnsupportedForgotten,
)
from posd.model.refund import Refund
from posd.model.refund_draft import RefundDraft
from posd.model.refund_facts import RefundRequested, RefundUpdated
from posd.model.restore import NOWHERE, Epoch, ImportedPayment, Provenance, Restore
from posd.model.restore_facts import (
    GapAccepted,
    PaymentImported,
    RestoreNoticed,
    SalesAllowed,
    TerminalCompared,
    UpstreamListed,
)
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
    | Archive
)
_R = TypeVar("_R", PaymentIntent, Attempt, Refund, Reader, AccessKey, Restore)


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


def object_of(fact: Fact) -> str:
    """The id of the object whose history the fact belongs to."""
    match fact:
        case (  # what is written most stands first
            PaymentIntentCreated(id_)
            | PaymentIntentUpdated(id_)
            | PaymentIntentCanceled(id_)
            | PaymentIntentCaptured(id_)
            | ApprovalHeard(id_)
            | AccessKeyCreated(id_)
            | AccessKeyRevoked(id_)
            | ReaderRegistered(id_)
            | ReaderIdentified(id_)
            | StrangerFound(id_)
            | ReaderReplaced(id_)
            | ReaderDisplaced(id_)
            | OperationUnsupported(id_)
            | UnsupportedForgotten(id_)
            | TerminalUsedElsewhere(id_)
            | ReaderDeleted(id_)
            | AttachmentBroken(id_)
            | ReaderQuarantined(id_)
            | ReaderAccepted(id_)
            | RefundRequested(id_)
            | RefundUpdated(id_)
            | ObjectMirrored(id_)
            | ObjectGone(id_)
            | HardwareOrderRequested(id_)
            | HardwareOrderPlaced(id_)
            | HardwareOrderRefused(id_)
            | ReaderReceived(id_)
            | ReceivedReaderBound(id_)
            | ReceivedReaderTested(id_)
            | OldReaderRetired(id_)
            | DayAudited(id_)
            | TillListPosted(id_)
            | RefundDrafted(id_)
            | RefundDraftApproved(id_)
            | RefundDraftClosed(id_)
            | RestoreNoticed(id_)
            | PaymentImported(id_)
            | UpstreamListed(id_)
            | TerminalCompared(id_)
            | SalesAllowed(id_)
            | GapAccepted(id_)
            | FactsArchived(id_)
            | EffectRetried(id_)
            | EffectHeld(id_)
            | EffectWrittenOff(id_)
        ):
            return id_
        case DaemonStarted() | AccountLearned() | ConnectionTokenIssued():
            return "store"
        case EffectDone() | EffectParked():
            return fact.payment_intent
        case _:
            return fact.attempt


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
        case AccountLearned() | EffectParked() | ConnectionTokenIssued() | DaemonStarted(epoch=""):
            return ()
        case EffectRetried() | EffectHeld() | EffectWrittenOff():
            return ()
        case DaemonStarted():
            record = restores.live_on(records.epoch(fact.epoch), fact)
        case RestoreNoticed():
            return _restored(fact, at, records)
        case PaymentImported():
            record = restores.imported(fact)
        case UpstreamListed(id_) | TerminalCompared(id_) | SalesAllowed(id_) | GapAccepted(id_):
            record = restores.learn(_found(records.restore(id_)), fact, at.wall_ms, at.actor)
        case FactsArchived():
            record = archives.made(fact, at.wall_ms)
        case AccessKeyCreated() | AccessKeyRevoked():
            record = _access_key(fact, records)
        case (
            ReaderRegistered()
            | ReaderIdentified()
            | StrangerFound()
            | ReaderReplaced()
            | ReaderDisplaced()
            | OperationUnsupported()
            | UnsupportedForgotten()
            | TerminalUsedElsewhere()
            | ReaderDeleted()
        ):
            record = _reader(fact, at, records)
        case AttachmentBroken(id_) | ReaderQuarantined(id_) | ReaderAccepted(id_):
            record = readers.judge(_found(records.reader(id_)), fact, at.wall_ms)
        case RefundRequested() | RefundUpdated():
            record = _refund(fact, at, records)
        case ObjectMirrored(id_) | ObjectGone(id_):
            record = mirror.apply(records.mirrored(id_), fact, at.wall_ms)
        case HardwareOrderRequested(id_) | HardwareOrderPlaced(id_) | HardwareOrderRefused(id_):
            record = hardware.settle(records.hardware_order(id_), fact, Done(at.actor, at.wall_ms))
        case (
            ReaderReceived(id_)
            | ReceivedReaderBound(id_)
            | ReceivedReaderTested(id_)
            | OldReaderRetired(id_)
        ):
            received = records.received_reader(id_)
            record = hardware.check_off(received, fact, Done(at.actor, at.wall_ms))
        case (
            DayAudited(id_)
            | TillListPosted(id_)
            | RefundDrafted(id_)
            | RefundDraftApproved(id_)
            | RefundDraftClosed(id_)
        ):
            record = audit_record(fact, records.refund_draft(id_), at.actor, at.wall_ms)
        case _:
            return _attempt(fact, at, records)
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


def _reader(fact: ReaderFact, at: Circumstance, records: Records) -> Reader:
    known = records.reader(fact.reader)
    if isinstance(fact, ReaderRegistered):
        return readers.register(known, fact, at.wall_ms, livemode=at.livemode)
    return readers.learn(_found(known), fact, at.wall_ms)


def _restored(fact: RestoreNoticed, at: Circumstance, records: Records) -> tuple[Record, ...]:
    """The epoch that begins and its restore; behind the one that is open no more because of it."""
    epoch = Epoch(fact.epoch, fact.journal, fact.machine)
    noticed = restores.notice(fact, at.wall_ms)
    if fact.supersedes is None:
        return (epoch, noticed)
    before = replace(_found(records.restore(fact.supersedes)), superseded_by=fact.restore)
    return (before, epoch, noticed)


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
