"""How somebody becomes a manager at the page, as far as whoever is at the machine helps with it."""

from typing import Protocol


class EntrancePort(Protocol):
    """posd.page.entrance.Entrance, as far as the API uses it."""

    async def new_code(self) -> str:
        """A new first code. Raises Refused if there is a PIN."""
        ...

    async def reset(self, *, actor: str) -> str:
        """Take the PIN away: a new first code."""
        ...
