"""Everything in posd that speaks to Stripe: one credential, one account, one pace."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from posd.clock import Clock
from posd.failpoints import Reach
from posd.ids import Chance, Ids
from posd.journal.store import Journal
from posd.mirror import Mirror
from posd.snapshot.build import AtStripe
from posd.snapshot.views import MirrorView, Upstream, UpstreamState
from posd.sync.downlink import Downlink
from posd.sync.forwarder import Contain, Forwarder
from posd.sync.looked_account import LookedAccount
from posd.upstream.account import AccountCheck, FreshKey
from posd.upstream.client import StripeClient
from posd.upstream.limiter import Limiter
from posd.upstream.payment_records import PaymentRecordReports
from posd.upstream.uplink import Uplink, UpstreamCall

HELD: Final = "the journal has lost facts: a manager has to look at 'posd journal reconcile'"
Run: TypeAlias = Callable[[], Awaitable[None]]


class Pace(Struct, frozen=True):
    """How much of what nobody waits for is asked at most: in a second, and at once."""

    requests_per_s: float
    connections: int


class StripeSide:
    """What speaks to Stripe, wired.

    Args:
        livemode: The mode that the credential has to be of.
        pace: How much of what nobody waits for is asked at most.
        fresh_key: Where the credential is read anew once Stripe refused it, or None.
        contain: Keeps a bug that one effect meets from the others.
        ids: Where ids of a gap come from that only Stripe can tell of.
        records: How payments are reported, or None where the store does not want it.

    Attributes:
        uplink: For whoever waits for an answer.
        limiter: The pace of what nobody waits for.
        looked: Whose account it is, for whoever sends.
        forwarder: Pays the outbox; None where nothing is reported.
        downlink: Keeps the mirror young.
    """

    def __init__(  # noqa: PLR0913 (composition: each part is one seam)
        self,
        journal: Journal,
        client: StripeClient,
        mirror: Mirror,
        *,
        clock: Clock,
        chance: Chance,
        reach: Reach,
        livemode: bool,
        pace: Pace,
        records: PaymentRecordReports | None,
        contain: Contain,
        ids: Ids,
        fresh_key: FreshKey | None = None,
    ) -> None:
        self._mirror = mirror
        self._client = client
        self._clock = clock
        self._reports_at_risk = records is not None and records.at_risk
        self._limiter = limiter = Limiter(pace.requests_per_s, chance=chance)
        account = AccountCheck(journal, client, livemode=livemode, fresh_key=fresh_key)
        self.uplink = Uplink(client, account, clock=clock, chance=chance, limiter=limiter)
        self.downlink = Downlink(self.uplink, limiter, mirror, chance=chance)
        self.limiter = limiter
        self.looked = LookedAccount(account, journal, self.uplink, limiter, ids)
        self.forwarder: Forwarder | None = None
        if records is not None:
            self.forwarder = Forwarder(
                journal,
                client,
                self.looked,
                limiter,
                records,
                contain=contain,
                held=partial(_held, journal),
                clock=clock,
                chance=chance,
                reach=reach,
                connections=pace.connections,
            )

    async def ask(self, asked: UpstreamCall) -> dict[str, Any]:
        """One request that nobody but a person at a desk waits for. Raises as `Uplink.call`."""
        await self._limiter.acquire()
        return await self.uplink.call(asked)

    def tasks(self) -> Mapping[str, Run]:
        """What runs for ever, by the name of its task."""
        tasks: dict[str, Run] = {"uplink": self.uplink.run, "downlink": self.downlink.run}
        if self.forwarder is not None:
            tasks["forwarder"] = self.forwarder.run
        return tasks

    def standing(self) -> AtStripe:
        """How posd stands with Stripe, what still waits to be sent, and how old the mirror is."""
        forwarder = self.forwarder
        upstream = Upstream(UpstreamState.NONE) if forwarder is None else forwarder.standing()
        upstream = replace(upstream, at_risk=self._reports_at_risk)
        mirror = MirrorView(
            self._mirror.heard_ms(), self.uplink.down_since_ms, dict(self.downlink.refused)
        )
        contact = self._client.contact.now(self._clock.wall_ms())
        return AtStripe(upstream, self._mirror, mirror, contact)


def _held(journal: Journal) -> str | None:
    """Why nothing may be sent, or None."""
    return HELD if journal.queries.open_restore() is not None else None
