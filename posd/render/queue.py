"""What is owed to Stripe, as posd's own API tells it."""

from typing import Final

from posd.model.effect import Cause, EffectState, QueueItem
from posd.render import Json

KINDS: Final = {"-report": "payment", "-guarantee": "guarantee", "-refund": "refund"}
"""What an effect tells Stripe, by the end of its id."""


def queue_item(item: QueueItem, at_ms: int) -> Json:
    """One effect: what it tells, since when, how often it was tried, and why it is still here.

    Times are wall milliseconds, `age_s` seconds at `at_ms`; `due_ms` is None if it does not wait.
    """
    owed = item.owed
    effect = owed.effect
    waits = owed.state is EffectState.WAITING
    return {
        "object": "queue_item",
        "id": effect.id,
        "tells": KINDS.get("-" + effect.id.rpartition("-")[2], effect.stream),
        "state": owed.state.value,
        "payment_intent": effect.payment_intent,
        "amount": item.amount,
        "currency": item.currency,
        "livemode": effect.livemode,
        "owed_ms": owed.owed_ms,
        "age_s": max(0, at_ms - owed.owed_ms) // 1000,
        "first_sent_ms": owed.first_sent_ms,
        "tries": owed.tries,
        "due_ms": owed.due_ms if waits else None,
        "problem": owed.problem if waits else None,
        "look_first": owed.look_first,
        "cause": None if item.cause is None else _cause(item.cause),
    }


def _cause(cause: Cause) -> Json:
    return {
        "status": cause.status,
        "code": cause.code or None,
        "message": cause.message,
        "actor": cause.actor,
        "at_ms": cause.at_ms,
    }
