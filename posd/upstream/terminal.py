"""The calls of Stripe's Terminal API that posd makes. Source: Stripe API reference, "Terminal"."""

from typing import Final

from posd.stripe_wire import form
from posd.upstream.uplink import UpstreamCall

CONNECTION_TOKENS: Final = "/v1/terminal/connection_tokens"


def connection_token(location: str | None) -> UpstreamCall:
    """A fresh token. It has no key: a repetition must never give somebody else's."""
    body = b"" if location is None else form.encode({"location": location})
    return UpstreamCall("POST", CONNECTION_TOKENS, body)
