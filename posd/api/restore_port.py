"""Who decides on gaps of the journal, as far as the API uses it."""

from collections.abc import Sequence
from typing import Protocol

from posd.journal.command import Answered, Claim
from posd.model.restore import ImportedPayment, Restore


class RestoresPort(Protocol):
    """posd.restores.Restores, as far as the API uses it."""

    def shown(self) -> tuple[Restore | None, Sequence[ImportedPayment]]:
        """The newest gap and what was imported for it."""
        ...

    def imported_for(self, order: str) -> Sequence[ImportedPayment]:
        """What the lost facts took for this order. Raises Refused while nobody knows that."""
        ...

    async def accept(
        self, reason: str, *, actor: str, claim: Claim | None, seen: str | None = None
    ) -> Answered[Restore]:
        """Accept the gap. Raises Refused."""
        ...

    async def let_sell(
        self, reason: str, *, actor: str, claim: Claim | None, seen: str | None = None
    ) -> Answered[Restore]:
        """Let tills sell. Raises Refused."""
        ...
