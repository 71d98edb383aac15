"""Listens to the other lanes of the store, on a connection of its own that tells nothing."""

import asyncio
import logging
from typing import Final

from posd.bus.port import BrokerLost, Subscriber
from posd.bus.store_view import StoreBook, StoreView
from posd.bus.topics import of_store
from posd.ids import Chance

log = logging.getLogger(__name__)

RETRY_MIN_S: Final = 1.0
RETRY_MAX_S: Final = 60.0


class Follower:
    """Keeps what the broker retains of a store.

    Attributes:
        changed: Set whenever the view has changed; whoever waits for it clears it.
    """

    def __init__(self, store: str, subscriber: Subscriber, chance: Chance) -> None:
        self.changed = asyncio.Event()
        self._store = store
        self._subscriber = subscriber
        self._chance = chance
        self._book = StoreBook(store)
        self._connected = False
        self._problem: str | None = None
        self._tries = 0

    def view(self) -> StoreView:
        """The store as it is now, as far as the broker has told."""
        return self._book.view(connected=self._connected, problem=self._problem)

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self._listen()
            except BrokerLost as lost:
                self._note_lost(str(lost))
            longest_s = min(RETRY_MIN_S * 2**self._tries, RETRY_MAX_S)
            self._tries = min(self._tries + 1, 16)
            await asyncio.sleep(self._chance.uniform(longest_s / 2, longest_s))

    async def _listen(self) -> None:
        async with self._subscriber.hear(of_store(self._store)) as messages:
            self._book = StoreBook(self._store)  # what is not retained any more is not true
            self._connected, self._problem, self._tries = True, None, 0
            self.changed.set()
            async for topic, payload in messages:
                if self._book.hear(topic, payload):
                    self.changed.set()

    def _note_lost(self, problem: str) -> None:
        if self._connected or self._problem is None:
            log.warning("store is not heard reason=%s", problem)
        self._connected, self._problem = False, problem
        self.changed.set()
