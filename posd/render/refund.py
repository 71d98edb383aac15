"""A refund as Stripe would tell it, and the action of the reader that carries it out."""

from typing import Final

from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import AttemptKind
from posd.model.refund import Refund, RefundState
from posd.render import Json

NULLS: Final = (
    "balance_transaction",
    "customer",
    "customer_account",
    "payment_method",
    "receipt_number",
    "source_transfer_reversal",
    "transfer_reversal",
)
"""What an SDK expects to find and a refund at an attached reader never has."""


def refund(refund: Refund, attempt: Attempt) -> Json:
    """The refund that `attempt` carries out."""
    told: Json = {
        "id": refund.id,
        "object": "refund",
        **dict.fromkeys(NULLS),
        "amount": refund.amount,
        "charge": refund.charge,
        "created": refund.created_ms // 1000,
        "currency": refund.currency,
        "destination_details": {"card": {"type": _way(attempt)}, "type": "card"},
        "metadata": dict(refund.metadata),
        "payment_intent": refund.payment_intent,
        "reason": refund.reason,
        "status": refund.state.value,
    }
    match refund.state:
        case RefundState.PENDING:
            return {**told, "pending_reason": "processing"}
        case RefundState.FAILED:
            return {**told, "failure_reason": _failure_reason(attempt)}
        case RefundState.SUCCEEDED:
            return told


def refund_payment(refund: Refund) -> Json:
    """What an `action` of the type `refund_payment` says of it; its id only once it succeeded."""
    told: Json = {
        "amount": refund.amount,
        "charge": refund.charge,
        "metadata": dict(refund.metadata),
        "payment_intent": refund.payment_intent,
    }
    if refund.reason is not None:
        told["reason"] = refund.reason
    if refund.state is RefundState.SUCCEEDED:
        told["refund"] = refund.id
    return told


def _way(attempt: Attempt) -> str:
    return "reversal" if attempt.kind is AttemptKind.REVERSAL else "refund"


def _failure_reason(attempt: Attempt) -> str:
    """Stripe's word for why no money went back."""
    if attempt.state is AttemptState.DECLINED:
        return "declined"
    stopped = attempt.state is AttemptState.ABORTED and attempt.cancel_requested
    return "merchant_request" if stopped else "unknown"
