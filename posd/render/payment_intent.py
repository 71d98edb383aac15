"""A PaymentIntent as Stripe would tell it."""

from typing import Final, assert_never

from posd.model.attempt import Attempt, AttemptState
from posd.model.payment_intent import IntentState, PaymentIntent
from posd.render import Json
from posd.render.outcome import charge_id, failure
from posd_drivers.card_reader import Step

CARD_SHOWN: Final = frozenset(
    {
        Step.ENTER_PIN,
        Step.WRONG_PIN,
        Step.AUTHORISING,
        Step.REMOVE_CARD,
        Step.REVERSING,
        Step.APPROVED,
        Step.DECLINED,
    }
)
"""Steps of a terminal that has a card in hand; in all others it still waits for one."""

NULLS: Final = (
    "allowed_payment_method_types",
    "application",
    "application_fee_amount",
    "automatic_payment_methods",
    "client_secret",
    "customer",
    "customer_account",
    "excluded_payment_method_types",
    "managed_payments",
    "next_action",
    "on_behalf_of",
    "payment_method",
    "payment_method_configuration_details",
    "processing",
    "receipt_email",
    "review",
    "setup_future_usage",
    "shipping",
    "source",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
)
"""What an SDK expects to find and a payment at an attached reader never has."""


def status(intent: PaymentIntent, step: Step | None) -> str:
    """`status` of an intent.

    `step` is what the terminal that has its card waits for now, or None if that is not known.
    """
    match intent.state:
        case IntentState.OPEN:
            return "requires_payment_method"
        case IntentState.IN_HAND:
            card_shown = step in CARD_SHOWN or intent.in_booking
            return "processing" if card_shown else "requires_payment_method"
        case IntentState.UNPROVEN:
            return "processing"
        case IntentState.CAPTURABLE:
            return "requires_capture"
        case IntentState.APPROVED:
            return "succeeded"
        case IntentState.CANCELED:
            return "canceled"
        case _:
            assert_never(intent.state)


def payment_intent(
    intent: PaymentIntent, attempt: Attempt | None, step: Step | None = None
) -> Json:
    """The intent with its latest attempt to charge a card; `step` as in `status`.

    As at Stripe, `amount` is what was taken or held once it is, a tip included.
    """
    approved = attempt.approved_amount if attempt else None
    return {
        "id": intent.id,
        "object": "payment_intent",
        **dict.fromkeys(NULLS),
        "amount": approved or intent.amount,
        "amount_capturable": intent.amount_capturable,
        "amount_details": {"tip": _tip(attempt)},
        "amount_received": intent.amount_received,
        "canceled_at": None if intent.canceled_ms is None else intent.canceled_ms // 1000,
        "cancellation_reason": intent.cancellation_reason,
        "capture_method": intent.capture_method,
        "confirmation_method": "automatic",
        "created": intent.created_ms // 1000,
        "currency": intent.currency,
        "description": intent.description,
        "last_payment_error": _last_payment_error(attempt),
        "latest_charge": charge_id(attempt) if attempt else None,
        "livemode": intent.livemode,
        "metadata": dict(intent.metadata),
        "payment_method_options": {
            "card_present": {
                "request_extended_authorization": False,
                "request_incremental_authorization_support": False,
            }
        },
        "payment_method_types": list(intent.payment_method_types),
        "payment_record": intent.payment_record,
        "status": status(intent, step),
    }


def _tip(attempt: Attempt | None) -> Json:
    """What of the amount is a tip, once it is taken or held; empty if none was told."""
    if attempt is None or attempt.state is not AttemptState.APPROVED:
        return {}
    tip = attempt.told.tip if attempt.told else None
    return {"amount": tip} if tip else {}


def _last_payment_error(attempt: Attempt | None) -> Json | None:
    """Only a decline is one: a cancelled or unreachable reader says nothing of the card."""
    if attempt is None or attempt.state is not AttemptState.DECLINED:
        return None
    failed = failure(attempt)
    assert failed is not None, attempt
    return {
        "charge": charge_id(attempt),
        "code": failed.code,
        "decline_code": attempt.decline_code,
        "message": failed.message,
        "payment_method_type": "card_present",
        "type": "card_error",
    }
