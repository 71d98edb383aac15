"""What is owed to Stripe, as far as the API's tests need it."""

from collections.abc import Sequence

from posd.intents import no_such
from posd.journal.command import Claim
from posd.model.effect import Cause, Effect, EffectState, Owed, QueueItem
from posd.queue import EffectRuling, Ruled

AT_MS = 1_793_491_200_000


def item(number: int, state: EffectState = EffectState.WAITING) -> QueueItem:
    """The report of a payment of 12.50; if it is parked, Stripe refused it."""
    effect = Effect(
        id=f"att_{number}-report",
        stream="payment_records",
        lane=f"pi_{number}",
        method="POST",
        path="/v1/payment_records/report_payment",
        body=b"",
        key=f"att_{number}-report",
        api_version="2026-10-28.endive",
        payment_intent=f"pi_{number}",
        livemode=False,
    )
    owed = Owed(effect, state, AT_MS - 90_500, 0, AT_MS - 90_000, 2, "HTTP 503")
    refused = Cause(400, "parameter_invalid", "No such method.", "sync", AT_MS - 1000)
    return QueueItem(owed, 1250, "eur", refused if state is EffectState.PARKED else None)


class QueueFake:
    """Holds three waiting reports and a parked one."""

    def __init__(self) -> None:
        self.items = [item(1), item(2, EffectState.PARKED), item(3), item(4)]
        self.ruled: list[tuple[str, EffectRuling, str, str, Claim | None]] = []

    def wall_ms(self) -> int:
        return AT_MS

    def listed(
        self, state: EffectState | None, limit: int, after: str | None = None
    ) -> Sequence[QueueItem]:
        ids = [one.owed.effect.id for one in self.items]
        if after is not None and after not in ids:
            raise no_such("effect", after)
        rest = self.items if after is None else self.items[ids.index(after) + 1 :]
        return [one for one in rest if state in (None, one.owed.state)][:limit]

    async def rule(
        self, effect: str, ruling: EffectRuling, reason: str, *, actor: str, claim: Claim | None
    ) -> Ruled:
        self.ruled.append((effect, ruling, reason, actor, claim))
        return Ruled(self.items[0], replayed=False)
