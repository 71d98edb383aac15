"""Connection tokens: a secret that a Terminal SDK trades once for a session.

Sources: Stripe's guide "Set up your integration"; the two refusals as the SDKs log them. How long a
token lives is not published.
"""

from dataclasses import dataclass, replace

from posd.stripe_wire.errors import invalid_request

TOKEN_TTL_S = 600
"""Our choice: the guide says no more than that tokens do not live long."""


@dataclass(frozen=True, slots=True)
class ConnectionToken:
    """A secret for a Terminal SDK.

    Attributes:
        location: The location it is limited to; None opens every reader of the account.
        created: Seconds since 1970 UTC.
        session: The session it was traded for; None while it can still be.
    """

    secret: str
    location: str | None
    created: int = 0
    session: str | None = None


def redeemed(token: ConnectionToken, session: str, now: int) -> ConnectionToken:
    """The token traded for that session. Raises Rejected the second time, and once expired."""
    if token.session is not None:
        raise invalid_request(
            "The Stripe Terminal ConnectionToken has already been redeemed. Please generate a new "
            "one using v1/terminal/connection_tokens."
        )
    if now - token.created >= TOKEN_TTL_S:
        raise invalid_request(
            "The Stripe Terminal ConnectionToken has expired. Please download a new one using "
            "v1/terminal/connection_tokens."
        )
    return replace(token, session=session)
