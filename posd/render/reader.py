"""A terminal reader as Stripe would tell it, with the one action it shows: the latest."""

from typing import Final

from msgspec import Struct

from posd.model.attempt import Attempt, AttemptState
from posd.model.reader import Reader
from posd.model.refund import Refund
from posd.outcome import CHARGES
from posd.render import Json
from posd.render.outcome import failure
from posd.render.refund import refund_payment

DEVICE_TYPE: Final = "posd_zvt"


class Presence(Struct, frozen=True):
    """Whether posd has the reader's terminal on the line, and when it last heard it."""

    online: bool
    last_seen_ms: int | None


def reader(
    reader: Reader,
    attempt: Attempt | None,
    presence: Presence | None = None,
    refund: Refund | None = None,
) -> Json:
    """The reader with the latest attempt at it, and the refund that this carries out, if any.

    Without `presence`, `status` is not told.
    """
    return {
        "id": reader.id,
        "object": "terminal.reader",
        "action": action(attempt, refund) if attempt else None,
        "device_sw_version": None,
        "device_type": DEVICE_TYPE,
        "ip_address": None,
        "label": reader.label,
        "last_seen_at": presence.last_seen_ms if presence else None,
        "livemode": reader.livemode,
        "location": reader.location,
        "metadata": dict(reader.metadata),
        "serial_number": reader.terminal_id or "",
        "status": ("online" if presence.online else "offline") if presence else None,
    }


def deleted_reader(reader: Reader) -> Json:
    """What is left to tell of a reader that is deleted."""
    return {
        "id": reader.id,
        "object": "terminal.reader",
        "deleted": True,
        "device_type": DEVICE_TYPE,
        "serial_number": reader.terminal_id or "",
    }


def action(attempt: Attempt, refund: Refund | None = None) -> Json | None:
    """`action` of the reader; None where a till sees a free reader with nothing to tell.

    What is done to a payment that is held, and an end of day, are no actions of a reader at Stripe.
    """
    if attempt.refund is None and attempt.kind not in CHARGES:
        return None
    failed = failure(attempt)
    if attempt.unended:
        outcome = "in_progress"
    elif attempt.state is AttemptState.APPROVED:
        outcome = "succeeded"
    elif failed:
        outcome = "failed"
    else:
        return None
    return {
        "api_error": None,
        "failure_code": failed.code if failed else None,
        "failure_message": failed.message if failed else None,
        "status": outcome,
        **_what(attempt, refund),
    }


def _what(attempt: Attempt, refund: Refund | None) -> Json:
    """The type of the action, and the hash that is named like it."""
    if refund is not None:
        return {"refund_payment": refund_payment(refund), "type": "refund_payment"}
    return {
        "process_payment_intent": {"payment_intent": attempt.payment_intent},
        "type": "process_payment_intent",
    }
