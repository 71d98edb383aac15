"""What each fact is called to others, and which of its fields they are told; a table.

Every fact is told, so that numbers have no gap; of some, others learn no more than that there was
one. No card data, no free text of a person, nothing of a key: what may be told stands here.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from posd.model.facts import AttemptKind

ATTEMPT_NOUNS: Final[Mapping[AttemptKind, str]] = {
    AttemptKind.SALE: "payment",
    AttemptKind.PREAUTHORISATION: "hold",
    AttemptKind.CAPTURE: "capture",
    AttemptKind.RELEASE: "release",
    AttemptKind.REVERSAL: "reversal",
    AttemptKind.REFUND: "refund",
    AttemptKind.END_OF_DAY: "end_of_day",
}
"""What an attempt's events are about, by what it tries."""
ATTEMPT: Final = "attempt"
"""Stands for one of ATTEMPT_NOUNS in the table."""
MONEY: Final = frozenset({"amount", "currency"})
"""Fields that are told only where the store wishes it."""
UNREADABLE: Final = "journal.unreadable"
"""A fact of a later release."""


class EventType(Struct, frozen=True):
    """One row: what it is called, and which fields of the fact are told with it."""

    name: str
    fields: tuple[str, ...] = ()


EVENT_TYPES: Final[Mapping[str, EventType]] = {
    "DaemonStarted": EventType("posd.started", ("software",)),
    "AccountLearned": EventType("account.learned"),
    "AccessKeyCreated": EventType("key.created", ("key", "role")),
    "AccessKeyRevoked": EventType("key.revoked", ("key",)),
    "ReaderRegistered": EventType("reader.registered", ("reader", "simulated")),
    "ReaderIdentified": EventType("reader.identified", ("reader", "terminal_id")),
    "StrangerFound": EventType("reader.stranger_found", ("reader", "terminal_id")),
    "ReaderReplaced": EventType("reader.replaced", ("reader", "terminal_id")),
    "ReaderDisplaced": EventType("reader.displaced", ("reader", "by")),
    "OperationUnsupported": EventType("reader.operation_unsupported", ("reader", "operation")),
    "UnsupportedForgotten": EventType("reader.unsupported_forgotten", ("reader",)),
    "TerminalUsedElsewhere": EventType("reader.used_elsewhere", ("reader",)),
    "ReaderDeleted": EventType("reader.deleted", ("reader",)),
    "AttachmentBroken": EventType("reader.broken", ("reader", "cause")),
    "ReaderQuarantined": EventType("reader.quarantined", ("reader", "cause")),
    "ReaderAccepted": EventType("reader.accepted", ("reader",)),
    "PaymentIntentCreated": EventType(
        "payment_intent.created", ("payment_intent", "order", "amount", "currency")
    ),
    "PaymentIntentUpdated": EventType(
        "payment_intent.updated", ("payment_intent", "order", "amount")
    ),
    "PaymentIntentCanceled": EventType("payment_intent.canceled", ("payment_intent",)),
    "PaymentIntentCaptured": EventType("payment_intent.captured", ("payment_intent",)),
    "RefundRequested": EventType(
        "refund.requested", ("refund", "payment_intent", "amount", "currency")
    ),
    "RefundUpdated": EventType("refund.updated", ("refund",)),
    "AttemptStarted": EventType(f"{ATTEMPT}.started", ("attempt", "refund", "amount", "currency")),
    "CancelRequested": EventType(f"{ATTEMPT}.cancel_requested", ("attempt",)),
    "StatusReported": EventType(f"{ATTEMPT}.status_reported", ("attempt", "accepted", "reason")),
    "ReceiptPrinted": EventType(f"{ATTEMPT}.receipt_printed", ("attempt",)),
    "AttemptApproved": EventType(f"{ATTEMPT}.approved", ("attempt", "proof", "amount")),
    "AttemptDeclined": EventType(f"{ATTEMPT}.declined", ("attempt", "code", "decline_code")),
    "AttemptAborted": EventType(f"{ATTEMPT}.aborted", ("attempt", "code", "cause")),
    "AttemptNotSent": EventType(f"{ATTEMPT}.not_sent", ("attempt",)),
    "OutcomeUnknown": EventType(f"{ATTEMPT}.unknown", ("attempt", "reason")),
    "AttemptNotCharged": EventType(f"{ATTEMPT}.not_charged", ("attempt", "proof")),
    "PersonNeeded": EventType(f"{ATTEMPT}.needs_a_person", ("attempt", "reason")),
    "AttemptSetAside": EventType(f"{ATTEMPT}.set_aside", ("attempt",)),
    "DiscrepancyFound": EventType(f"{ATTEMPT}.discrepancy_found", ("attempt", "reason")),
    "DiscrepancyClosed": EventType(f"{ATTEMPT}.discrepancy_closed", ("attempt",)),
    "ApprovalHeard": EventType("payment_intent.heard", ("payment_intent",)),
    "EffectDone": EventType("report.done", ("effect", "payment_intent")),
    "EffectParked": EventType("report.parked", ("effect", "payment_intent", "status", "code")),
    "EffectRetried": EventType("report.retried", ("effect",)),
    "EffectHeld": EventType("report.held", ("effect",)),
    "EffectWrittenOff": EventType("report.written_off", ("effect",)),
    "ObjectMirrored": EventType("stripe.object_changed", ("object", "kind")),
    "ObjectGone": EventType("stripe.object_gone", ("object", "kind")),
    "ConnectionTokenIssued": EventType("connection_token.issued", ("location",)),
    "HardwareOrderRequested": EventType("hardware_order.requested", ("order",)),
    "HardwareOrderPlaced": EventType("hardware_order.placed", ("order", "upstream")),
    "HardwareOrderRefused": EventType("hardware_order.refused", ("order", "status", "code")),
    "ReaderReceived": EventType("hardware.received", ("received", "order", "reader")),
    "ReceivedReaderBound": EventType("hardware.bound", ("received", "lane")),
    "ReceivedReaderTested": EventType("hardware.tested", ("received",)),
    "OldReaderRetired": EventType("hardware.retired", ("received", "reader")),
    "FactsArchived": EventType("journal.archived", ("archive", "first_seq", "last_seq")),
    "DayAudited": EventType("day.audited", ("audit", "business_day", "agreement")),
    "TillListPosted": EventType("day.till_list_posted", ("till_list", "business_day")),
    "RefundDrafted": EventType(
        "refund_draft.made", ("draft", "payment_intent", "amount", "currency")
    ),
    "RefundDraftApproved": EventType("refund_draft.approved", ("draft", "refund")),
    "RefundDraftClosed": EventType("refund_draft.closed", ("draft",)),
    "RestoreNoticed": EventType("journal.restored", ("restore", "cause", "after_seq", "lost_seq")),
    "PaymentImported": EventType(
        "journal.payment_imported", ("restore", "payment_intent", "amount", "currency")
    ),
    "RefundImported": EventType(
        "journal.refund_imported", ("restore", "payment_intent", "amount", "currency")
    ),
    "UpstreamListed": EventType("journal.stripe_listed", ("restore",)),
    "TerminalCompared": EventType("journal.terminal_compared", ("restore", "reader")),
    "SalesAllowed": EventType("journal.sales_allowed", ("restore",)),
    "GapAccepted": EventType("journal.gap_accepted", ("restore",)),
    "ManagerPinSet": EventType("manager.pin_set"),
    "ManagerPinReset": EventType("manager.pin_reset"),
    "ManagerActed": EventType("manager.acted", ("action", "about")),
    "StoreNamed": EventType("store.named", ("name",)),
    "LanesNamed": EventType("store.lanes_named"),
}
"""By the kind of fact."""
