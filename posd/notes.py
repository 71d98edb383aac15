"""What is journaled of the store itself, where nothing has to be decided about it."""

from msgspec import Struct

from posd.journal.command import Claim, Decision, Ledger
from posd.model.projection import Circumstance
from posd.model.store_facts import StoreFact


class Note(Struct, frozen=True):
    """The command that makes one such fact durable."""

    fact: StoreFact
    actor: str
    claim: Claim | None = None

    def decide(self, _ledger: Ledger, _at: Circumstance, /) -> Decision:
        """The fact."""
        return Decision((self.fact,))
