"""`account`, `payment_record` and `payment_attempt_record`."""

from posd_simulator.cloud.ledger import Account
from posd_simulator.cloud.objects import Json
from posd_simulator.cloud.rules.payment_records import (
    Attempt,
    Outcome,
    PaymentRecord,
    guaranteed_value,
    refunded_value,
)


def account_object(account: Account) -> Json:
    """`account`: there is no `livemode` in it; the key's prefix tells."""
    return {
        "id": account.id,
        "object": "account",
        "business_type": "company",
        "charges_enabled": True,
        "country": "DE",
        "default_currency": "eur",
        "details_submitted": True,
        "email": None,
        "payouts_enabled": True,
        "type": "standard",
    }


def payment_record_object(record: PaymentRecord, account: Account) -> Json:
    """`payment_record`: the payment with the amounts of all its attempts."""
    return {
        "id": record.id,
        "object": "payment_record",
        **_amounts(record, record.latest, guaranteed_value(record)),
        "application": None,
        "created": record.created,
        "customer_details": record.customer_details,
        "customer_presence": record.customer_presence,
        "description": record.description,
        "latest_payment_attempt_record": record.latest.id,
        "livemode": account.livemode,
        "metadata": record.metadata,
        "payment_method_details": record.latest.payment_method_details,
        "processor_details": _processor_details(record),
        "reported_by": "self",
        "shipping_details": record.shipping_details,
    }


def payment_attempt_record_object(
    record: PaymentRecord, attempt: Attempt, account: Account
) -> Json:
    """`payment_attempt_record`: one attempt and its own amounts."""
    guaranteed = record.value if attempt.outcome is Outcome.GUARANTEED else 0
    return {
        "id": attempt.id,
        "object": "payment_attempt_record",
        **_amounts(record, attempt, guaranteed),
        "application": None,
        "created": attempt.created,
        "customer_details": record.customer_details,
        "customer_presence": record.customer_presence,
        "description": attempt.description,
        "livemode": account.livemode,
        "metadata": attempt.metadata,
        "payment_method_details": attempt.payment_method_details,
        "payment_record": record.id,
        "processor_details": _processor_details(record),
        "reported_by": "self",
        "shipping_details": attempt.shipping_details,
    }


def _amounts(record: PaymentRecord, attempt: Attempt, guaranteed: int) -> Json:
    values = {
        "amount": record.value,
        "amount_authorized": guaranteed,
        "amount_canceled": record.value if attempt.outcome is Outcome.CANCELED else 0,
        "amount_failed": record.value if attempt.outcome is Outcome.FAILED else 0,
        "amount_guaranteed": guaranteed,
        "amount_refunded": refunded_value(record) if guaranteed else 0,
        "amount_requested": record.value,
    }
    return {name: {"currency": record.currency, "value": value} for name, value in values.items()}


def _processor_details(record: PaymentRecord) -> Json:
    if record.payment_reference is None:
        return {"type": "custom"}
    return {"type": "custom", "custom": {"payment_reference": record.payment_reference}}
