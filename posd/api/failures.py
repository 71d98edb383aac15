"""Every error becomes Stripe's envelope here, and nowhere else."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace
from starlette.exceptions import HTTPException

from posd.api.objects import Objects
from posd.api.origin import Foreign
from posd.api.pace import TooOften
from posd.clock import utc
from posd.errors import (
    CredentialRefused,
    IdempotencyMismatch,
    JournalFailed,
    OrderUndecided,
    Refused,
    UpstreamRefused,
    UpstreamUnavailable,
)
from posd.hearing import Delivery
from posd.stripe_wire.errors import ErrorType, Rejected, StripeError, envelope, status_of
from posd.upstream.client import CREDENTIAL_REFUSED

PARAMETER_INVALID: Final = "parameter_invalid"
REPLAYED: Final = {"Idempotent-Replayed": "true"}
RELAYED: Final = ("message", "code", "param", "decline_code", "doc_url")
"""What of Stripe's own errors the till is told."""
DISK_FAILED: Final = (
    "posd could not store this and is starting again. Whether it happened is not known yet: to "
    "repeat the call with the same Idempotency-Key is safe."
)
PASSING: Final = frozenset({HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS})
"""Where Stripe refuses what it may take a moment later: another call of the same key is running."""


class Answer(Struct, frozen=True):
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
    advice = _advice(error, status)
    if advice is not None:
        headers["Stripe-Should-Retry"] = "true" if advice else "false"
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="posd"'
    if isinstance(error, UpstreamRefused | TooOften) and error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, Foreign):
        headers["Connection"] = "close"
    if isinstance(error, HTTPException):
        headers.update(error.headers or {})
    return Answer(status, msgspec.json.encode(envelope(told)), headers)


def is_foreseen(error: Exception) -> bool:
    """Whether the error is an answer, and not a bug. Of its disk posd speaks once, at its end."""
    return isinstance(
        error,
        Rejected
        | Refused
        | UpstreamRefused
        | UpstreamUnavailable
        | CredentialRefused
        | OrderUndecided
        | JournalFailed
        | HTTPException,
    )


def plainly(error: Exception, objects: Objects) -> tuple[int, str]:
    """What a person is told of the error: the HTTP status and one sentence."""
    stripe_error = _told(error, objects)
    return status_of(stripe_error), stripe_error.message


def _told(error: Exception, objects: Objects) -> StripeError:
    match error:
        case Rejected():
            return _with_code(error.error)
        case Refused():
            return _refused(error, objects)
        case UpstreamRefused() | CredentialRefused() | UpstreamUnavailable():
            return _upstream(error)
        case OrderUndecided() | JournalFailed():
            return _not_known_yet(error)
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


def _advice(error: Exception, status: int) -> bool | None:
    """Whether an SDK should repeat the call under the same key; None leaves it to the SDK."""
    match error:
        case UpstreamUnavailable(down_since_ms=since_ms):
            return None if since_ms is None else False
        case UpstreamRefused(status=told) if told in PASSING:
            return error.should_retry
        case _:
            is_final = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
            return False if is_final else None


def _with_code(error: StripeError) -> StripeError:
    """Where Stripe has no word for what is wrong with a parameter, posd's own stands for it."""
    if error.param is None or error.code is not None:
        return error
    return replace(error, code=PARAMETER_INVALID)


def _upstream(error: UpstreamRefused | CredentialRefused | UpstreamUnavailable) -> StripeError:
    match error:
        case UpstreamRefused():
            return _refused_upstream(error)
        case CredentialRefused():
            return _credential_refused(str(error))
        case UpstreamUnavailable():
            return StripeError(
                type=ErrorType.API_ERROR, message=_unreached(error.down_since_ms), status=503
            )


def _not_known_yet(error: OrderUndecided | JournalFailed) -> StripeError:
    """Whether it happened will be known: the same call, asked again, is told."""
    match error:
        case OrderUndecided():
            return _later("order_undecided", str(error))
        case JournalFailed():
            return _later("disk_failed", DISK_FAILED)


def _later(code: str, message: str) -> StripeError:
    return StripeError(type=ErrorType.API_ERROR, message=message, code=code, status=503)


def _unreached(down_since_ms: int | None) -> str:
    if down_since_ms is not None:
        since = utc(down_since_ms).isoformat(timespec="seconds")
        return f"Stripe cannot be reached since {since}; nothing was sent, nothing is changed."
    return (
        "Stripe did not answer; it may have done what was asked. To repeat the call with the same "
        "Idempotency-Key is safe."
    )


def _credential_refused(why: str) -> StripeError:
    return StripeError(
        type=ErrorType.API_ERROR,
        message=f"posd's credential for Stripe does not do for this: {why}",
        code="upstream_credential_refused",
        status=HTTPStatus.FAILED_DEPENDENCY,
    )


def _refused_upstream(error: UpstreamRefused) -> StripeError:
    """What Stripe said, unless it is about posd: then the till must not take it for its own."""
    said = {name: text for name in RELAYED if isinstance(text := error.error.get(name), str)}
    if error.status in CREDENTIAL_REFUSED:
        return _credential_refused(said.get("message", "Stripe does not say why"))
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return StripeError(
            type=ErrorType.API_ERROR,
            message=f"Stripe failed with HTTP {error.status}; it may have done what was asked.",
            status=HTTPStatus.BAD_GATEWAY,
        )
    known = {kind.value for kind in ErrorType}
    kind = error.error["type"] if error.error["type"] in known else "invalid_request_error"
    return StripeError(
        type=ErrorType(kind),
        message=said.get("message", "Stripe refused."),
        code=said.get("code"),
        param=said.get("param"),
        decline_code=said.get("decline_code"),
        doc_url=said.get("doc_url"),
        status=error.status,
    )


def _refused(error: Refused, objects: Objects) -> StripeError:
    named = error.payment_intent
    in_the_way = objects.payment_intent_if_known(named) if named else None
    mismatch = isinstance(error, IdempotencyMismatch)
    return StripeError(
        type=ErrorType.IDEMPOTENCY_ERROR if mismatch else ErrorType.INVALID_REQUEST_ERROR,
        message=error.message,
        code=error.code,
        param=error.param,
        payment_intent=in_the_way,
        status=error.status,
    )
