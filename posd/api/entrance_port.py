"""The door to what a manager may do, as far as the API goes through it."""

from typing import Protocol

from posd.model.store_facts import ManagerActed


class EntrancePort(Protocol):
    """posd.page.entrance.Entrance, as far as the API uses it."""

    async def new_code(self) -> str:
        """A new first code. Raises Refused if there is a PIN."""
        ...

    async def reset(self, *, actor: str) -> str:
        """Take the PIN away: a new first code."""
        ...

    async def note(self, fact: ManagerActed, *, actor: str) -> None:
        """Make durable what was done and leaves no other fact. Raises JournalFailed."""
        ...
