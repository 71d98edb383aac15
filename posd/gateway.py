"""Writes to Stripe's side of the fleet: first at Stripe, then in the mirror, or not at all.

A repetition by the till is a repetition at Stripe: the key of the one is made from the key of the
other. Once Stripe's answer is in the mirror posd answers the same call itself: Stripe forgets keys
after a day, and the till's key lives on (M14).
"""

from collections.abc import Mapping
from typing import Any, Final

from posd.errors import IdempotencyMismatch, Refused, UpstreamRefused
from posd.journal.command import Answered, Claim
from posd.journal.store import Journal
from posd.mirror import Mirror
from posd.model.mirrored import Mirrored
from posd.model.upstream_facts import MirrorKind
from posd.upstream import terminal
from posd.upstream.uplink import Uplink, UpstreamCall

KEY_REUSED: Final = 400
"""Status of an `idempotency_error` about other parameters; a key in use is 409."""


class Gateway:
    """What tills and managers change at Stripe through posd.

    Everything raises Refused where the store has no Stripe account, UpstreamUnavailable without an
    answer (at once, and certainly without effect, while the line is down), and UpstreamRefused with
    what Stripe says; nothing is mirrored then.
    """

    def __init__(self, journal: Journal, uplink: Uplink | None, mirror: Mirror) -> None:
        self._journal = journal
        self._uplink = uplink
        self._mirror = mirror

    @property
    def reaches_stripe(self) -> bool:
        """Whether this store has a Stripe account at all."""
        return self._uplink is not None

    async def write(
        self,
        kind: MirrorKind,
        id_: str | None,
        params: terminal.Params,
        *,
        actor: str,
        claim: Claim | None,
    ) -> Answered[Mirrored]:
        """Create an object, or change the one of that id; durable when this returns.

        One that was deleted is answered as such, and nothing is changed. Raises
        IdempotencyMismatch, too.
        """
        uplink = self._line()
        if claim is not None and (earlier := self._journal.queries.claimed(claim)) is not None:
            return Answered(self._mirrored(earlier), replayed=True)
        async with self._mirror.asking:
            told = await self._told(uplink, terminal.write(kind, id_, params, claim), claim)
            if told.get("deleted") is True:
                await self._mirror.drop(kind, told["id"], actor=actor)
                return Answered(self._mirrored(told["id"]), replayed=False)
            return Answered(
                await self._mirror.take(kind, told, actor=actor, claim=claim), replayed=False
            )

    async def delete(self, kind: MirrorKind, id_: str, *, actor: str) -> Mapping[str, object]:
        """Delete the object; Stripe's word for it, durable when this returns."""
        uplink = self._line()
        async with self._mirror.asking:
            told = await uplink.call(terminal.deletion(kind, id_))
            await self._mirror.drop(kind, id_, actor=actor)
        return told

    async def _told(
        self, uplink: Uplink, asked: UpstreamCall, claim: Claim | None
    ) -> Mapping[str, Any]:
        """Stripe's answer; what it says of posd's key it says of the till's."""
        try:
            return await uplink.call(asked)
        except UpstreamRefused as refused:
            reused = refused.status == KEY_REUSED and refused.error["type"] == "idempotency_error"
            if claim is not None and reused:
                raise IdempotencyMismatch(claim.key) from refused
            raise

    def _line(self) -> Uplink:
        if self._uplink is None:
            raise Refused(
                "resource_missing",
                "This store has no Stripe account (upstream.kind), and only Stripe does this.",
            )
        return self._uplink

    def _mirrored(self, id_: str) -> Mirrored:
        known = self._journal.queries.mirrored(id_)
        assert known is not None, id_
        return known
