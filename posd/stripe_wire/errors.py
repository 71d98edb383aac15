"""Stripe's error envelope: what an error says, how it is written, with which HTTP status.

Source: Stripe API reference, "Errors". Prose is for people; programs read `type`, `code`, `param`.
"""

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct


class ErrorType(Enum):
    """The four values of `error.type`; SDKs choose the exception class by it and the status."""

    API_ERROR = "api_error"
    CARD_ERROR = "card_error"
    IDEMPOTENCY_ERROR = "idempotency_error"
    INVALID_REQUEST_ERROR = "invalid_request_error"


STATUS_OF_TYPE: Mapping[ErrorType, int] = {
    ErrorType.API_ERROR: 500,
    ErrorType.CARD_ERROR: 402,
    ErrorType.IDEMPOTENCY_ERROR: 400,
    ErrorType.INVALID_REQUEST_ERROR: 400,
}

STATUS_OF_CODE: Mapping[str, int] = {
    "api_key_expired": 401,
    "resource_missing": 404,
    "idempotency_key_in_use": 409,
    "lock_timeout": 429,
    "rate_limit": 429,
}
"""Codes whose status is not the one of their type."""


class StripeError(Struct, frozen=True, kw_only=True):
    """One error as Stripe would tell it.

    Attributes:
        type: What kind of error.
        message: One sentence for the developer.
        code: Stripe's short name of the error, where it has one.
        param: The parameter at fault, in form spelling: `amount_requested[value]`.
        decline_code: The issuer's reason, card errors only.
        doc_url: Where it is explained.
        charge: The id of the charge that failed.
        payment_intent: The whole PaymentIntent that stands in the way.
        status: The HTTP status; None takes it from `code` and `type`.
    """

    type: ErrorType
    message: str
    code: str | None = None
    param: str | None = None
    decline_code: str | None = None
    doc_url: str | None = None
    charge: str | None = None
    payment_intent: Mapping[str, object] | None = None
    status: int | None = None


class Rejected(Exception):
    """A request cannot be carried out as it stands. Nothing has happened."""

    def __init__(self, error: StripeError) -> None:
        super().__init__(error.message)
        self.error = error


def status_of(error: StripeError) -> int:
    """The HTTP status of the answer that carries this error, 400..599."""
    if error.status is not None:
        return error.status
    if error.code is not None and error.code in STATUS_OF_CODE:
        return STATUS_OF_CODE[error.code]
    return STATUS_OF_TYPE[error.type]


def envelope(error: StripeError) -> dict[str, object]:
    """The JSON body: everything under `error`, absent fields left out."""
    fields: dict[str, object | None] = {
        "type": error.type.value,
        "code": error.code,
        "message": error.message,
        "param": error.param,
        "decline_code": error.decline_code,
        "doc_url": error.doc_url,
        "charge": error.charge,
        "payment_intent": error.payment_intent,
    }
    return {"error": {name: value for name, value in fields.items() if value is not None}}


def invalid_request(
    message: str,
    *,
    code: str | None = None,
    param: str | None = None,
    status: int | None = None,
) -> Rejected:
    """The commonest rejection, ready to raise: the request itself is wrong."""
    return Rejected(
        StripeError(
            type=ErrorType.INVALID_REQUEST_ERROR,
            message=message,
            code=code,
            param=param,
            status=status,
        )
    )


def resource_missing(noun: str, identifier: str, param: str) -> Rejected:
    """No object of that kind has that id. `noun` is Stripe's, e.g. `payment_intent`."""
    return invalid_request(f"No such {noun}: '{identifier}'", code="resource_missing", param=param)
