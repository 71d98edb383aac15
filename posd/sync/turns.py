"""Whose request goes next, how many are under way at once, and who has to stay back.

A request takes a turn at the store's pace first and one of the few connections then, so that a turn
is taken as late as may be and what a till just did overtakes the rest.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from posd.upstream.client import Answer
from posd.upstream.limiter import Limiter, Priority


class Withdrawn(Exception):
    """What was to be sent has stayed back; nothing of it left."""


class Turns:
    """The way out of the queue.

    Args:
        connections: How many requests are under way at most.
    """

    def __init__(self, limiter: Limiter, connections: int) -> None:
        self.connections = connections
        self._limiter = limiter
        self._free = asyncio.Semaphore(connections)
        self._called_back = 0

    @property
    def ticket(self) -> int:
        """What somebody presents who begins now: it is good until the next `call_back`."""
        return self._called_back

    def call_back(self) -> None:
        """Whoever has not sent by now does not send."""
        self._called_back += 1

    def heard(self, answer: Answer) -> None:
        """Stripe answered: posd's pace follows."""
        self._limiter.heard(answer)

    @asynccontextmanager
    async def taken(self, priority: Priority, ticket: int) -> AsyncIterator[None]:
        """A request is under way inside. Raises Withdrawn if the ticket is no longer good."""
        await self._limiter.acquire(priority)
        async with self._free:
            if ticket != self._called_back:
                raise Withdrawn
            yield
