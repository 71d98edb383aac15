"""Every error becomes Stripe's envelope here, and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.exceptions import HTTPException

from posd.api.objects import Objects
from posd.errors import IdempotencyMismatch, Refused, UpstreamUnavailable
from posd.hearing import Delivery
from posd.stripe_wire.errors import ErrorType, Rejected, StripeError, envelope, status_of

PARAMETER_INVALID: Final = "parameter_invalid"
REPLAYED: Final = {"Idempotent-Replayed": "true"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, ready to send: a status, a body and headers of its own.

    `delivers` is what has been heard once it is sent (M15).
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    delivers: tuple[Delivery, ...] = ()

    def as_replay(self) -> "Answer":
        """The same answer, given again."""
        return replace(self, headers={**self.headers, **REPLAYED})


def answer_of(error: Exception, objects: Objects) -> Answer:
    """The answer that tells the error; one that nobody foresaw is told without its text."""
    told = _told(error, objects)
    status = status_of(told)
    headers: dict[str, str] = {}
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        headers["Stripe-Should-Retry"] = "false"
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="posd"'
    if isinstance(error, HTTPException):
        headers.update(error.headers or {})
    return Answer(status, msgspec.json.encode(envelope(told)), headers)


def is_foreseen(error: Exception) -> bool:
    """Whether the error is an answer, and not a bug or a broken machine."""
    return isinstance(error, Rejected | Refused | UpstreamUnavailable | HTTPException)


def _told(error: Exception, objects: Objects) -> StripeError:
    match error:
        case Rejected():
            return _with_code(error.error)
        case Refused():
            return _refused(error, objects)
        case UpstreamUnavailable():
            return StripeError(
                type=ErrorType.API_ERROR, message="Stripe cannot be reached now.", status=503
            )
        case HTTPException():
            return StripeError(
                type=ErrorType.INVALID_REQUEST_ERROR,
                message="Unrecognized request: see posd's list of routes.",
                status=error.status_code,
            )
        case _:
            return StripeError(
                type=ErrorType.API_ERROR, message="posd failed; its log has this Request-Id."
            )


def _with_code(error: StripeError) -> StripeError:
    """Where Stripe has no word for what is wrong with a parameter, posd's own stands for it."""
    if error.param is None or error.code is not None:
        return error
    return replace(error, code=PARAMETER_INVALID)


def _refused(error: Refused, objects: Objects) -> StripeError:
    named = error.payment_intent
    in_the_way = objects.payment_intent_named(named, "payment_intent") if named else None
    mismatch = isinstance(error, IdempotencyMismatch)
    return StripeError(
        type=ErrorType.IDEMPOTENCY_ERROR if mismatch else ErrorType.INVALID_REQUEST_ERROR,
        message=error.message,
        code=error.code,
        param=error.param,
        payment_intent=in_the_way,
        status=error.status,
    )
