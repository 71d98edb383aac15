"""What a fact of a payment, an attempt or a reader says, as a sentence."""

from collections.abc import Mapping
from typing import Final

from posd.journal.command import Entry
from posd.model.attempt import Attempt
from posd.model.facts import (
    ApprovalHeard,
    AttemptAborted,
    AttemptApproved,
    AttemptDeclined,
    AttemptKind,
    AttemptNotCharged,
    AttemptNotSent,
    AttemptSetAside,
    AttemptStarted,
    CancelRequested,
    DiscrepancyClosed,
    DiscrepancyFound,
    EffectDone,
    EffectParked,
    Fact,
    OutcomeUnknown,
    PaymentIntentCanceled,
    PaymentIntentCaptured,
    PaymentIntentCreated,
    PaymentIntentUpdated,
    PersonNeeded,
    ReceiptPrinted,
    StatusReported,
)
from posd.model.quarantine_facts import AttachmentBroken, ReaderAccepted, ReaderQuarantined
from posd.model.queue_facts import EffectHeld, EffectRetried, EffectWrittenOff
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
from posd.model.refund_facts import RefundRequested, RefundUpdated
from posd.page.queue_words import tells
from posd.page.words import Words

KEYS: Final[Mapping[type[Fact], str]] = {
    PaymentIntentCreated: "fact.created",
    PaymentIntentUpdated: "fact.updated",
    PaymentIntentCanceled: "fact.canceled",
    PaymentIntentCaptured: "fact.captured",
    RefundRequested: "fact.refund_requested",
    RefundUpdated: "fact.refund_updated",
    CancelRequested: "fact.cancel_requested",
    ReceiptPrinted: "fact.printed",
    AttemptDeclined: "fact.declined",
    AttemptNotSent: "fact.not_sent",
    OutcomeUnknown: "fact.not_known",
    PersonNeeded: "fact.person_needed",
    AttemptSetAside: "fact.set_aside",
    DiscrepancyFound: "fact.contradicted",
    DiscrepancyClosed: "fact.settled",
    ApprovalHeard: "fact.heard",
    EffectParked: "fact.refused",
    EffectRetried: "fact.retried",
    EffectHeld: "fact.kept_back",
    EffectWrittenOff: "fact.written_off",
    ReaderRegistered: "fact.registered",
    ReaderIdentified: "fact.identified",
    StrangerFound: "fact.stranger",
    ReaderReplaced: "fact.replaced",
    ReaderDisplaced: "fact.displaced",
    OperationUnsupported: "fact.unsupported",
    UnsupportedForgotten: "fact.forgotten",
    TerminalUsedElsewhere: "fact.used_elsewhere",
    ReaderDeleted: "fact.removed",
    AttachmentBroken: "fact.broken",
    ReaderQuarantined: "fact.quarantined",
    ReaderAccepted: "fact.accepted",
}
"""Facts that are always said in the same words."""


def sentence(entry: Entry, attempts: Mapping[str, Attempt], currency: str, words: Words) -> str:
    """What happened. `attempts` are those that the fact may be of, `currency` their money's."""
    fact = entry.fact
    if fact is None or (key := _key(fact, attempts)) is None:
        return words.text("fact.other", kind=entry.kind)
    return words.text(key, **_values(fact, currency, words))


def _key(fact: Fact, attempts: Mapping[str, Attempt]) -> str | None:
    key = KEYS.get(type(fact))
    match fact:
        case AttemptStarted(kind=kind):
            key = f"fact.started.{kind.value}"
        case StatusReported(accepted=accepted):
            key = "fact.said_yes" if accepted else "fact.said_otherwise"
        case AttemptApproved(attempt=id_, proof=proof):
            attempt = attempts.get(id_)
            closes = attempt is not None and attempt.kind is AttemptKind.END_OF_DAY
            key = f"fact.closed.{proof.value}" if closes else f"fact.approved.{proof.value}"
        case AttemptAborted(cause=cause):
            key = f"fact.stopped.{cause.value}"
        case AttemptNotCharged(proof=proof):
            key = f"fact.nothing_moved.{proof.value}"
        case EffectDone(effect=effect):
            key = f"fact.sent.{tells(effect)}"
        case _:
            pass
    return key


def _values(fact: Fact, currency: str, words: Words) -> dict[str, str]:
    values = {"reason": getattr(fact, "reason", None) or ""}
    match fact:
        case (
            PaymentIntentCreated(amount=amount)
            | PaymentIntentUpdated(amount=amount)
            | RefundRequested(amount=amount)
            | AttemptStarted(amount=amount)
            | AttemptApproved(amount=amount)
        ):
            values["amount"] = words.money(amount, currency)
        case ReaderRegistered(label=label):
            values["label"] = label
        case ReaderIdentified(terminal_id=terminal) | StrangerFound(terminal_id=terminal):
            values["terminal"] = terminal or words.text("fact.no_number")
        case OperationUnsupported(operation=operation):
            values["operation"] = words.text(f"fact.operation.{operation.value}")
        case _:
            pass
    return values
