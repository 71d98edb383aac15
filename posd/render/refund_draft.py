"""A drafted refund as posd tells it."""

from posd.model.refund_draft import RefundDraft
from posd.render import Json


def refund_draft(draft: RefundDraft) -> Json:
    """The draft; `refund` is the latest that was begun for it, or null."""
    return {
        "object": "posd.refund_draft",
        "id": draft.id,
        "cause": draft.cause.value,
        "status": "open" if draft.end is None else draft.end.value,
        "payment_intent": draft.payment_intent,
        "amount": draft.amount,
        "currency": draft.currency,
        "order": draft.order,
        "other": draft.other,
        "receipt_number": draft.receipt,
        "by_hand": draft.by_hand,
        "refund": draft.refunds[-1] if draft.refunds else None,
        "reason": draft.reason,
        "decided_by": draft.actor,
        "created": draft.created_ms // 1000,
    }
