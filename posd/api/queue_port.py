"""What is owed to Stripe, as far as the API uses it."""

from collections.abc import Sequence
from typing import Protocol

from posd.journal.command import Claim
from posd.model.effect import EffectState, QueueItem
from posd.queue import EffectRuling, Ruled


class QueuePort(Protocol):
    """posd.queue.Queue, as far as the API uses it."""

    def wall_ms(self) -> int:
        """The wall time that ages are told by."""
        ...

    def listed(
        self, state: EffectState | None, limit: int, after: str | None = None
    ) -> Sequence[QueueItem]:
        """What is owed, oldest first, after that effect. Raises Refused."""
        ...

    async def rule(
        self, effect: str, ruling: EffectRuling, reason: str, *, actor: str, claim: Claim | None
    ) -> Ruled:
        """Carry out what a person said. Raises Refused."""
        ...
