import pytest
import stripe

from posd.stripe_wire.errors import (
    ErrorType,
    Rejected,
    StripeError,
    envelope,
    invalid_request,
    resource_missing,
    status_of,
)
from tests.unit.posd.stripe_wire import sdk


def test_only_what_is_known_is_in_the_envelope() -> None:
    error = StripeError(
        type=ErrorType.CARD_ERROR,
        message="Your card was declined.",
        code="card_declined",
        decline_code="generic_decline",
        charge="ch_1",
    )
    assert envelope(error) == {
        "error": {
            "type": "card_error",
            "code": "card_declined",
            "message": "Your card was declined.",
            "decline_code": "generic_decline",
            "charge": "ch_1",
        }
    }


@pytest.mark.parametrize(
    ("error_type", "code", "status", "raised"),
    [
        (ErrorType.INVALID_REQUEST_ERROR, "parameter_missing", 400, stripe.InvalidRequestError),
        (ErrorType.INVALID_REQUEST_ERROR, "resource_missing", 404, stripe.InvalidRequestError),
        (ErrorType.INVALID_REQUEST_ERROR, "api_key_expired", 401, stripe.AuthenticationError),
        (ErrorType.INVALID_REQUEST_ERROR, "rate_limit", 429, stripe.RateLimitError),
        (ErrorType.INVALID_REQUEST_ERROR, "lock_timeout", 429, stripe.RateLimitError),
        (ErrorType.IDEMPOTENCY_ERROR, None, 400, stripe.IdempotencyError),
        (ErrorType.IDEMPOTENCY_ERROR, "idempotency_key_in_use", 409, stripe.APIError),
        (ErrorType.CARD_ERROR, "card_declined", 402, stripe.CardError),
        (ErrorType.API_ERROR, None, 500, stripe.APIError),
    ],
)
def test_the_sdk_raises_the_class_that_stripe_documents(
    error_type: ErrorType, code: str | None, status: int, raised: type[stripe.StripeError]
) -> None:
    error = StripeError(type=error_type, message="No.", code=code, param="amount")
    assert status_of(error) == status
    client = sdk.client(lambda _path, _query: (status_of(error), envelope(error)))
    with pytest.raises(raised) as caught:
        client.v1.charges.retrieve("ch_1")
    told = caught.value.error
    assert told is not None
    assert (told.type, told.code, told.message, told.param) == (
        error_type.value,
        code,
        "No.",
        "amount",
    )


def test_a_status_of_its_own_wins() -> None:
    assert status_of(invalid_request("Unrecognized request URL", status=404).error) == 404


def test_a_missing_object_names_the_parameter() -> None:
    refusal = resource_missing("payment_intent", "pi_1", "intent")
    assert isinstance(refusal, Rejected)
    assert str(refusal) == "No such payment_intent: 'pi_1'"
    assert (refusal.error.code, refusal.error.param) == ("resource_missing", "intent")
    assert status_of(refusal.error) == 404


def test_a_refusal_can_carry_the_payment_that_stands_in_the_way() -> None:
    intent = {"id": "pi_1", "object": "payment_intent"}
    error = StripeError(
        type=ErrorType.INVALID_REQUEST_ERROR,
        message="Busy.",
        code="terminal_reader_busy",
        payment_intent=intent,
        doc_url="https://stripe.com/docs/error-codes/terminal-reader-busy",
    )
    assert envelope(error) == {
        "error": {
            "type": "invalid_request_error",
            "code": "terminal_reader_busy",
            "message": "Busy.",
            "doc_url": "https://stripe.com/docs/error-codes/terminal-reader-busy",
            "payment_intent": intent,
        }
    }
