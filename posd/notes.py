"""What is journaled of the store itself, where nothing has to be decided about it."""

from collections.abc import Awaitable
from typing import Protocol

from msgspec import Struct

from posd.journal.command import Claim, Command, Committed, Decision, Ledger
from posd.model.projection import Circumstance
from posd.model.store_facts import StoreFact


class Commits(Protocol):
    """posd.journal.store.Journal, as far as what is said of the store is written to it."""

    def commit(self, command: Command, /) -> Awaitable[Committed]:
        """Make it durable. Raises Refused, JournalFailed."""
        ...


class Note(Struct, frozen=True):
    """The command that makes one such fact durable."""

    fact: StoreFact
    actor: str
    claim: Claim | None = None

    def decide(self, _ledger: Ledger, _at: Circumstance, /) -> Decision:
        """The fact."""
        return Decision((self.fact,))
