"""A request as it arrived, and what goes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from hashlib import sha256

import msgspec

from posd.stripe_wire.errors import StripeError, envelope, status_of
from posd.stripe_wire.form import Node

API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it arrived. Header names are in lower case; `query` and `body` are raw."""

    method: str
    path: str
    ids: Mapping[str, str]
    headers: Mapping[str, str]
    query: bytes
    body: bytes


class Ending(Enum):
    """How the connection fares with an answer."""

    WHOLE = "whole"
    CUT = "cut"
    """Only the head is sent; then the connection breaks."""

    RESET = "reset"
    """The connection is reset, and nothing is sent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    ending: Ending = Ending.WHOLE


def refused(error: StripeError, retry_after_s: int | None = None) -> Answer:
    """The answer that carries this error, with `Retry-After` if seconds are given."""
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return Answer(status_of(error), msgspec.json.encode(envelope(error)), headers)


def version_of(headers: Mapping[str, str]) -> str:
    """The `Stripe-Version` that holds for a request."""
    return headers.get("stripe-version", API_VERSION)


def labelled(answer: Answer, request_id: str, headers: Mapping[str, str]) -> Answer:
    """The answer with the headers that every answer of Stripe carries.

    Args:
        answer: What goes back.
        request_id: The id that the request was given.
        headers: Those of the request.
    """
    labels = {"Request-Id": request_id, "Stripe-Version": version_of(headers)}
    if "idempotency-key" in headers:
        labels["Idempotency-Key"] = headers["idempotency-key"]
    return replace(answer, headers={**answer.headers, **labels})


def fingerprint(incoming: Incoming, nodes: Mapping[str, Node]) -> str:
    """Stands for method, path and parameters, in whichever spelling they were sent."""
    asked = msgspec.json.encode([incoming.method, incoming.path, nodes], order="sorted")
    return sha256(asked).hexdigest()
