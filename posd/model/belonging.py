"""Whose history a fact belongs to."""

from posd.model.access_key_facts import (
    AccessKeyCreated,
    AccessKeyRevoked,
)
from posd.model.archive_facts import (
    FactsArchived,
)
from posd.model.audit_facts import (
    DayAudited,
    RefundDraftApproved,
    RefundDraftClosed,
    RefundDrafted,
    TillListPosted,
)
from posd.model.facts import (
    AccountLearned,
    ApprovalHeard,
    DaemonStarted,
    EffectDone,
    EffectParked,
    Fact,
    PaymentIntentCanceled,
    PaymentIntentCaptured,
    PaymentIntentCreated,
    PaymentIntentUpdated,
)
from posd.model.hardware_facts import (
    HardwareOrderPlaced,
    HardwareOrderRefused,
    HardwareOrderRequested,
    OldReaderRetired,
    ReaderReceived,
    ReceivedReaderBound,
    ReceivedReaderTested,
)
from posd.model.quarantine_facts import (
    AttachmentBroken,
    ReaderAccepted,
    ReaderQuarantined,
)
from posd.model.queue_facts import (
    EffectHeld,
    EffectRetried,
    EffectWrittenOff,
)
from posd.model.reader_facts import (
    OperationUnsupported,
    ReaderDeleted,
    ReaderDisplaced,
    ReaderIdentified,
    ReaderRegistered,
    ReaderReplaced,
    StrangerFound,
    TerminalUsedElsewhere,
    UnsupportedForgotten,
)
from posd.model.refund_facts import (
    RefundRequested,
    RefundUpdated,
)
from posd.model.restore_facts import (
    GapAccepted,
    PaymentImported,
    RefundImported,
    RestoreNoticed,
    SalesAllowed,
    TerminalCompared,
    UpstreamListed,
)
from posd.model.store_facts import StoreFact
from posd.model.upstream_facts import (
    ConnectionTokenIssued,
    ObjectGone,
    ObjectMirrored,
)


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
            | RefundImported(id_)
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
        case _ if isinstance(fact, StoreFact):
            return "store"
        case EffectDone() | EffectParked():
            return fact.payment_intent
        case _:
            return fact.attempt
