"""Events, rendered in the transaction of the fact that they tell: Stripe's, and posd's own."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from posd.journal.command import Event, Ledger
from posd.journal.event_ids import event_id, position, short_name
from posd.model.attempt import Attempt
from posd.model.facts import (
    AttemptAborted,
    AttemptApproved,
    AttemptDeclined,
    AttemptKind,
    AttemptNotCharged,
    AttemptNotSent,
    Fact,
    OutcomeUnknown,
    PaymentIntentCanceled,
    PaymentIntentCaptured,
    PaymentIntentCreated,
    StatusReported,
)
from posd.model.payment_intent import IntentState, PaymentIntent
from posd.model.projection import Circumstance, Record
from posd.outcome import CHARGES
from posd.render import API_VERSION, Json
from posd.render.charge import charge
from posd.render.own_events import own_events
from posd.render.payment_intent import payment_intent
from posd.render.reader import action, reader
from posd.render.refund_events import refund_events

APPROVED: Final[Mapping[IntentState, str]] = {
    IntentState.APPROVED: "succeeded",
    IntentState.CAPTURABLE: "amount_capturable_updated",
    IntentState.CANCELED: "canceled",
}
"""What an approval is for the intent, by what it made of it: taken, held, or given back."""

TOLD_AS: Final[Mapping[type[Fact], str]] = {
    PaymentIntentCreated: "created",
    PaymentIntentCanceled: "canceled",
    PaymentIntentCaptured: "succeeded",
    StatusReported: "processing",
    OutcomeUnknown: "processing",
    AttemptDeclined: "payment_failed",
}
"""What any other fact is for the intent; what is not here is no event."""


def events(
    seq: int, fact: Fact, changed: Sequence[Record], ledger: Ledger, at: Circumstance
) -> tuple[Event, ...]:
    """The events that Stripe's API would emit for the fact, then posd's own.

    Their ids follow from `seq`. Implements posd.journal.command.RenderEvents; runs inside the
    writer's transaction.
    """
    told = [*_stripes(fact, changed, ledger), *own_events(fact, changed, ledger)]
    epoch = short_name(at.provenance.epoch)
    return tuple(
        _event(event_id(position(seq, ordinal), epoch), kind, thing, at)
        for ordinal, (kind, thing) in enumerate(told)
    )


def _stripes(fact: Fact, changed: Sequence[Record], ledger: Ledger) -> list[tuple[str, Json]]:
    """Stripe does not know an end of day."""
    if any(isinstance(one, Attempt) and one.kind is AttemptKind.END_OF_DAY for one in changed):
        return []
    return [
        *_intent_event(fact, changed, ledger),
        *refund_events(fact, changed, ledger),
        *_action_event(fact, changed, ledger),
    ]


def _intent_event(fact: Fact, changed: Sequence[Record], ledger: Ledger) -> list[tuple[str, Json]]:
    attempt = next((one for one in changed if isinstance(one, Attempt)), None)
    intent = next((one for one in changed if isinstance(one, PaymentIntent)), None)
    kind = None if intent is None else _intent_kind(fact, attempt, intent)
    if kind is None or intent is None:
        return []
    if attempt is None or attempt.id != intent.attempt:
        attempt = ledger.attempt(intent.attempt) if intent.attempt is not None else None
    told = [(f"payment_intent.{kind}", payment_intent(intent, attempt))]
    if attempt is None or not _captures(fact, intent):
        return told
    at = ledger.reader(attempt.reader)
    assert at is not None, attempt
    return [("charge.captured", charge(intent, attempt, at)), *told]


def _intent_kind(fact: Fact, attempt: Attempt | None, intent: PaymentIntent) -> str | None:
    """What the fact is for the intent, in Stripe's word; a refund is nothing to it."""
    if attempt is not None and attempt.refund is not None:
        return None
    match fact:
        case AttemptApproved():
            return APPROVED[intent.state]
        case AttemptDeclined() if attempt is not None and attempt.kind not in CHARGES:
            return None
        case OutcomeUnknown() if attempt is not None and attempt.reported is not None:
            return None
        case _:
            return TOLD_AS.get(type(fact))


def _captures(fact: Fact, intent: PaymentIntent) -> bool:
    """Whether the fact takes what was held since an earlier one."""
    match fact:
        case PaymentIntentCaptured():
            return True
        case AttemptApproved(attempt=attempt):
            return intent.state is IntentState.APPROVED and attempt == intent.booking
        case _:
            return False


def _action_event(fact: Fact, changed: Sequence[Record], ledger: Ledger) -> list[tuple[str, Json]]:
    """The reader's event, unless it has gone on since or the till itself cancelled."""
    match fact:
        case AttemptApproved():
            kind = "action_succeeded"
        case AttemptDeclined() | AttemptAborted() | AttemptNotSent() | AttemptNotCharged():
            kind = "action_failed"
        case _:
            return []
    (attempt,) = (one for one in changed if isinstance(one, Attempt))
    at = ledger.reader(attempt.reader)
    assert at is not None, attempt
    refund = ledger.refund(attempt.refund) if attempt.refund else None
    if at.attempt != attempt.id or action(attempt, refund) is None:
        return []
    return [(f"terminal.reader.{kind}", reader(at, attempt, refund=refund))]


def _event(id_: str, kind: str, told: Json, at: Circumstance) -> Event:
    body: Json = {
        "id": id_,
        "object": "event",
        "api_version": API_VERSION,
        "created": at.wall_ms // 1000,
        "data": {"object": told},
        "livemode": at.livemode,
        "pending_webhooks": 0,
        "request": None,
        "type": kind,
    }
    return Event(id_, kind, str(told["id"]), msgspec.json.encode(body))
