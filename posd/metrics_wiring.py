"""What Prometheus is told of a posd: its parts are made when it first asks."""

from typing import TYPE_CHECKING

from posd.journal.store import Journal
from posd.snapshot.overview import Overview
from posd.world import World

if TYPE_CHECKING:
    from posd.metrics.scrapes import Scrapes


class LateScrapes:
    """Answers scrapes. Nothing that it answers them with is imported before the first one."""

    def __init__(self, journal: Journal, overview: Overview, world: World) -> None:
        self._journal = journal
        self._overview = overview
        self._world = world
        self._scrapes: Scrapes | None = None

    async def text(self) -> str:
        """As posd.metrics.scrapes.Scrapes.text."""
        if self._scrapes is None:
            self._scrapes = self._made()
        return await self._scrapes.text()

    def _made(self) -> "Scrapes":
        from posd.metrics.scrapes import Scrapes, Sources

        world = self._world
        contact = None if world.stripe is None else world.stripe.contact
        return Scrapes(Sources(self._journal, self._overview.looks.now, contact, world.loop_lag))
