"""Forgets events that are older than Stripe keeps them; they were rendered from facts."""

import asyncio
from typing import Final

from posd.clock import Clock
from posd.journal.store import Journal

EVENTS_KEPT_MS: Final = 30 * 24 * 3600 * 1000
"""As long as Stripe keeps them. The facts are kept for ever."""
PRUNE_AFTER_START_S: Final = 60.0
PRUNE_EVERY_S: Final = 24 * 3600.0


async def forget(journal: Journal, clock: Clock) -> None:
    """For ever: once a day, and not in the way of the start, drop what is older than kept."""
    await asyncio.sleep(PRUNE_AFTER_START_S)
    while True:
        await journal.prune_events(clock.wall_ms() - EVENTS_KEPT_MS)
        await asyncio.sleep(PRUNE_EVERY_S)
