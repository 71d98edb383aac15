"""Stripe-shaped events, rendered in the transaction of the fact that they tell."""

from collections.abc import Sequence

import msgspec

from posd.journal.command import Event, Ledger
from posd.journal.event_ids import event_id, position
from posd.model.attempt import Attempt
from posd.model.facts import (
    AttemptAborted,
    AttemptApproved,
    AttemptDeclined,
    AttemptNotCharged,
    AttemptNotSent,
    Fact,
    OutcomeUnknown,
    PaymentIntentCanceled,
    PaymentIntentCreated,
    StatusReported,
)
from posd.model.payment_intent import PaymentIntent
from posd.model.projection import Circumstance, Record
from posd.render import API_VERSION, Json
from posd.render.payment_intent import payment_intent
from posd.render.reader import action, reader


def events(
    seq: int, fact: Fact, changed: Sequence[Record], ledger: Ledger, at: Circumstance
) -> tuple[Event, ...]:
    """The events that Stripe's API would emit for the fact; their ids follow from `seq`.

    Implements posd.journal.command.RenderEvents; runs inside the writer's transaction.
    """
    told = [*_intent_event(fact, changed, ledger), *_action_event(fact, changed, ledger)]
    return tuple(
        _event(event_id(position(seq, ordinal)), kind, thing, at)
        for ordinal, (kind, thing) in enumerate(told)
    )


def _intent_event(fact: Fact, changed: Sequence[Record], ledger: Ledger) -> list[tuple[str, Json]]:
    attempt = next((one for one in changed if isinstance(one, Attempt)), None)
    match fact:
        case PaymentIntentCreated():
            kind = "created"
        case PaymentIntentCanceled():
            kind = "canceled"
        case StatusReported():
            kind = "processing"
        case OutcomeUnknown():
            if attempt is not None and attempt.reported is not None:
                return []
            kind = "processing"
        case AttemptApproved():
            kind = "succeeded"
        case AttemptDeclined():
            kind = "payment_failed"
        case _:
            return []
    (intent,) = (one for one in changed if isinstance(one, PaymentIntent))
    if attempt is None and intent.attempt is not None:
        attempt = ledger.attempt(intent.attempt)
    return [(f"payment_intent.{kind}", payment_intent(intent, attempt))]


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
    if at.attempt != attempt.id or action(attempt) is None:
        return []
    return [(f"terminal.reader.{kind}", reader(at, attempt))]


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
