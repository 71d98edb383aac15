"""What the API asks of terminals, registered ones and others, but for money."""

from collections.abc import Sequence
from typing import Protocol

from posd.discoveries import Discovered
from posd.model.reader import Reader
from posd.simulator_control import CardNumber
from posd_drivers.ability import Readiness
from posd_drivers.card_reader import Receipt


class PresentingPort(Protocol):
    """posd.presenting.Presenting, as far as the API uses it."""

    async def present(self, reader: str, card: CardNumber | None) -> Reader:
        """Hold a card to a simulated reader. Raises Refused."""
        ...


class CheckupsPort(Protocol):
    """posd.checkups.Checkups, as far as the API uses it."""

    async def test(self, reader: str) -> Readiness:
        """What the terminal says of itself. Raises Refused."""
        ...

    async def diagnose(self, reader: str, *, actor: str) -> Readiness:
        """What it says after a diagnosis. Raises Refused."""
        ...


class RestartsPort(Protocol):
    """posd.restarts.Restarts, as far as the API uses it."""

    async def ask_for(self, reader: str, reason: str, *, actor: str) -> None:
        """Have the reader restart soon. Raises Refused."""
        ...


class DiscoveriesPort(Protocol):
    """posd.discoveries.Discoveries, as far as the API uses it."""

    async def list(self, *, every_port: bool) -> tuple[Sequence[Discovered], Sequence[str]]:
        """What is plugged in and not registered, and what could not be seen."""
        ...

    async def look(self, *, every_port: bool) -> tuple[Sequence[Discovered], Sequence[str]]:
        """The same, with a look at each."""
        ...


class ReprintsPort(Protocol):
    """posd.reprints.Reprints, as far as the API uses it."""

    async def reprint(self, reader: str) -> tuple[Receipt, ...]:
        """The terminal's last receipts once more. Raises Refused."""
        ...
