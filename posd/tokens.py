"""Connection tokens: posd asks Stripe for a fresh one for each caller and keeps none.

Only Terminal SDKs redeem them, once. A token opens every reader in its scope: posd forces that to
the store's own location, hands the secret to nobody but the caller, and journals who asked.
Source: Stripe API reference, "Connection tokens".
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from msgspec import Struct

from posd.errors import Refused, UpstreamUnavailable
from posd.journal.command import Claim, Decision, Ledger
from posd.journal.store import Journal
from posd.model.projection import Circumstance
from posd.model.upstream_facts import ConnectionTokenIssued
from posd.upstream.terminal import connection_token
from posd.upstream.uplink import Uplink

TOKENS_BURST_MAX: Final = 5
"""One SDK may ask for several in a row."""
TOKEN_EVERY_S: Final = 6.0
"""After a burst, each posd key gets a token as often as this."""


@dataclass(frozen=True, slots=True)
class ConnectionToken:
    """One token. Its secret stands in no repr."""

    secret: str = field(repr=False)
    location: str | None


class NoteToken(Struct, frozen=True):
    """The command that journals who was given a token, and never the token."""

    location: str | None
    actor: str
    claim: Claim | None = None

    def decide(self, _ledger: Ledger, _at: Circumstance, /) -> Decision:
        """ConnectionTokenIssued."""
        return Decision(facts=(ConnectionTokenIssued(self.location),))


class Tokens:
    """The store's token endpoint.

    Args:
        uplink: The line to Stripe; None where the store has no Stripe account.
        location: The store's location at Stripe, which every token is scoped to; None leaves the
            scope to the caller.
    """

    def __init__(self, journal: Journal, uplink: Uplink | None, location: str | None) -> None:
        self._journal = journal
        self._uplink = uplink
        self._location = location
        self._free_at: dict[str, float] = {}

    async def issue(self, location: str | None, *, actor: str) -> ConnectionToken:
        """A token that nobody else was given; who was is on disk when this returns.

        Raises Refused for another location than the store's and beyond the caller's share,
        UpstreamUnavailable at once while the line is down, and UpstreamRefused.
        """
        if self._uplink is None:
            raise Refused(
                "resource_missing",
                "This store has no Stripe account (upstream.kind), and only Stripe makes tokens.",
            )
        if self._location is not None and location not in (None, self._location):
            raise Refused(
                "parameter_invalid",
                f"This store's tokens are for location '{self._location}' and no other.",
                param="location",
            )
        self._take_share(actor)
        scope = self._location or location
        try:
            told = await self._uplink.call(connection_token(scope))
        except UpstreamUnavailable:
            # An SDK asks on while the line is down; it must go on hearing that, not "too often".
            self._free_at[actor] -= TOKEN_EVERY_S
            raise
        if not isinstance(told.get("secret"), str) or told.get("location") != scope:
            raise UpstreamUnavailable("not the connection token that was asked for")
        await self._journal.commit(NoteToken(scope, actor))
        return ConnectionToken(told["secret"], scope)

    def _take_share(self, actor: str) -> None:
        """A leaky bucket for each key, in the loop's time."""
        now = asyncio.get_running_loop().time()
        free_at = max(self._free_at.get(actor, now), now)
        if free_at - now > (TOKENS_BURST_MAX - 1) * TOKEN_EVERY_S:
            raise Refused(
                "rate_limit",
                f"Too many connection tokens: {TOKENS_BURST_MAX} at once, then one every "
                f"{TOKEN_EVERY_S:g} s.",
                status=429,
            )
        self._free_at[actor] = free_at + TOKEN_EVERY_S
