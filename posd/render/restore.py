"""A gap of the journal as posd tells it, and the payments that were imported for it."""

from collections.abc import Sequence

from posd.model.restore import Decided, ImportedPayment, Restore, TerminalSide
from posd.render import Json


def gap(restore: Restore | None, imported: Sequence[ImportedPayment]) -> Json:
    """The newest gap, or that there never was one. Times are in seconds, amounts minor units."""
    told: Json = {"object": "posd.reconcile", "open": False, "sells": True, "restore": None}
    if restore is None:
        return {**told, "imported": []}
    return {
        **told,
        "open": restore.open,
        "sells": not restore.closed_to_sales,
        "restore": {
            "id": restore.id,
            "cause": restore.cause.value,
            "epoch": restore.epoch,
            "noticed": restore.noticed_ms // 1000,
            "last_fact": restore.after_seq,
            "last_fact_at": restore.after_ms // 1000,
            "lost_fact": restore.lost_seq,
            "listed": None if restore.listed_ms is None else restore.listed_ms // 1000,
            "terminals": [_terminal(side) for side in restore.terminals],
            "sales_allowed": _decided(restore.sales),
            "accepted": _decided(restore.accepted),
        },
        "imported": [_payment(one) for one in imported],
    }


def order_payment(payment: ImportedPayment, *, livemode: bool) -> Json:
    """What a till is told of its order: paid, though the journal has lost how."""
    return {
        "object": "posd.order_payment",
        "payment_intent": payment.payment_intent,
        "status": "succeeded",
        "state": "approved",
        "amount": payment.amount,
        "amount_received": payment.amount,
        "currency": payment.currency,
        "charge": None,
        "reader": payment.reader,
        "order": payment.order,
        "order_part": payment.order_part,
        "business_day": payment.business_day or None,
        "created": payment.created_ms // 1000,
        "livemode": livemode,
        "payment_record": payment.id,
    }


def _payment(payment: ImportedPayment) -> Json:
    return {
        "object": "posd.imported_payment",
        "payment_record": payment.id,
        "payment_intent": payment.payment_intent,
        "amount": payment.amount,
        "amount_guaranteed": payment.amount_guaranteed,
        "amount_refunded": payment.amount_refunded,
        "currency": payment.currency,
        "reader": payment.reader,
        "terminal_id": payment.terminal_id,
        "receipt": payment.receipt,
        "order": payment.order,
        "order_part": payment.order_part,
        "business_day": payment.business_day or None,
        "reported": payment.created_ms // 1000,
    }


def _terminal(side: TerminalSide) -> Json:
    return {
        "reader": side.reader,
        "agreement": side.agreement.value,
        "terminal_amount": side.totals_amount,
        "journal_amount": side.taken.amount,
        "journal_count": side.taken.count,
        "imported_amount": side.imported_amount,
        "imported_count": side.imported_count,
        "receipt": side.receipt,
        "asked": side.asked_ms // 1000,
    }


def _decided(decided: Decided | None) -> Json | None:
    if decided is None:
        return None
    return {"by": decided.actor, "at": decided.at_ms // 1000, "reason": decided.reason}
