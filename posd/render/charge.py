"""A charge as Stripe would tell it: what the terminal said of the card, and receipt duties."""

from typing import Final

from posd.model.attempt import Attempt, AttemptState
from posd.model.payment_intent import PaymentIntent
from posd.model.reader import Reader
from posd.render import Json
from posd.render.outcome import charge_id, failure
from posd_drivers.card_reader import CardDetails

NULLS: Final = (
    "application",
    "application_fee",
    "application_fee_amount",
    "balance_transaction",
    "calculated_statement_descriptor",
    "customer",
    "failure_balance_transaction",
    "on_behalf_of",
    "payment_method",
    "receipt_email",
    "receipt_number",
    "receipt_url",
    "review",
    "shipping",
    "source",
    "source_transfer",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
)
CARD_NULLS: Final = (
    "cardholder_name",
    "country",
    "emv_auth_data",
    "fingerprint",
    "funding",
    "generated_card",
    "network",
    "network_transaction_id",
    "offline",
    "preferred_locales",
)
RECEIPT_NULLS: Final = (
    "application_cryptogram",
    "authorization_response_code",
    "terminal_verification_results",
    "transaction_status_information",
)
APPROVED: Final[Json] = {
    "advice_code": None,
    "network_advice_code": None,
    "network_decline_code": None,
    "network_status": "approved_by_network",
    "reason": None,
    "seller_message": "Payment complete.",
    "type": "authorized",
}
DECLINED: Final[Json] = {
    **APPROVED,
    "network_status": "declined_by_network",
    "seller_message": "The terminal did not say why the card was declined.",
    "type": "issuer_declined",
}
EXPIRY_UNKNOWN: Final = 0
"""`exp_month` and `exp_year` may not be null at Stripe; many terminals do not tell them."""


def charge(intent: PaymentIntent, attempt: Attempt, reader: Reader) -> Json:
    """The charge of an approved or declined attempt at `reader`."""
    paid = attempt.state is AttemptState.APPROVED
    captured = paid and intent.amount_received > 0
    amount = attempt.approved_amount or attempt.amount
    failed = failure(attempt)
    return {
        "id": charge_id(attempt),
        "object": "charge",
        **dict.fromkeys(NULLS),
        "amount": amount,
        "amount_captured": intent.amount_received if captured else 0,
        "amount_refunded": intent.amount_refunded if paid else 0,
        "billing_details": dict.fromkeys(("address", "email", "name", "phone", "tax_id")),
        "captured": captured,
        "created": attempt.changed_ms // 1000,
        "currency": attempt.currency,
        "description": intent.description,
        "disputed": False,
        "failure_code": failed.code if failed else None,
        "failure_message": failed.message if failed else None,
        "fraud_details": {},
        "livemode": intent.livemode,
        "metadata": dict(intent.metadata),
        "outcome": APPROVED if paid else {**DECLINED, "reason": attempt.decline_code},
        "paid": paid,
        "payment_intent": intent.id,
        "payment_method_details": {
            "card_present": _card_present(attempt, reader, amount if paid else None),
            "type": "card_present",
        },
        "refunded": paid and intent.given_back,
        "status": "succeeded" if paid else "failed",
    }


def _card_present(attempt: Attempt, reader: Reader, authorised: int | None) -> Json:
    transaction = attempt.last or attempt.reported
    card = transaction.card if transaction else CardDetails()
    return {
        **dict.fromkeys(CARD_NULLS),
        "amount_authorized": authorised,
        "brand": card.brand,
        "brand_product": card.brand_product,
        "exp_month": card.exp_month or EXPIRY_UNKNOWN,
        "exp_year": card.exp_year or EXPIRY_UNKNOWN,
        "incremental_authorization_supported": False,
        "last4": card.last4,
        **({"location": reader.location} if reader.location else {}),
        "overcapture_supported": False,
        "read_method": card.read_method,
        "reader": reader.id,
        "receipt": {
            **dict.fromkeys(RECEIPT_NULLS),
            "account_type": "unknown",
            "application_preferred_name": card.application_preferred_name,
            "authorization_code": card.authorization_code,
            "cardholder_verification_method": card.cardholder_verification_method,
            "dedicated_file_name": card.dedicated_file_name,
        },
    }
