"""Watches what stops the store, and tells the address until it has heard the latest."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from posd.alarm.message import NOTHING, Advise, Red, message, red
from posd.clock import Clock
from posd.ids import Chance
from posd.snapshot.views import Snapshot

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 5.0
RETRY_MIN_S: Final = 5.0
RETRY_MAX_S: Final = 600.0
UNHEARD_TRIES: Final = 2
"""So many in a row without an answer, and the page says that alarms do not get through."""

Post: TypeAlias = Callable[[bytes], Awaitable[str | None]]
"""Sends the JSON once, within a time of its own. Why it was not heard, or None if it was."""


class Alarm:
    """Tells one address of each change, and of the latest only: what is over is not told late.

    Args:
        look: The snapshot as it is.
        post: How the address is told.
        advise: The words.

    Attributes:
        unheard_since_ms: Wall time since when the address does not hear what it should, or None.
    """

    def __init__(
        self,
        look: Callable[[], Awaitable[Snapshot]],
        post: Post,
        advise: Advise,
        *,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self.unheard_since_ms: int | None = None
        self._look = look
        self._post = post
        self._advise = advise
        self._clock = clock
        self._chance = chance
        self._heard: Red = NOTHING
        self._tries = 0
        self._next_at = 0.0

    async def run(self) -> None:
        """For ever."""
        while True:
            snapshot = await self._look()
            news = red(snapshot) != self._heard
            if news and asyncio.get_running_loop().time() >= self._next_at:
                await self._tell(snapshot)
            elif not news:
                self._note_heard()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _tell(self, snapshot: Snapshot) -> None:
        told = await asyncio.to_thread(message, snapshot, self._advise)
        problem = await self._post(told)
        if problem is None:
            log.info("alarm heard red=%d", snapshot.needs.stops)
            self._heard = red(snapshot)
            self._note_heard()
        else:
            self._note_unheard(problem)

    def _note_heard(self) -> None:
        self._tries, self._next_at, self.unheard_since_ms = 0, 0.0, None

    def _note_unheard(self, problem: str) -> None:
        if self._tries == 0:
            log.warning("alarm not heard reason=%s", problem)
        longest_s = min(RETRY_MIN_S * 2**self._tries, RETRY_MAX_S)
        self._tries = min(self._tries + 1, 16)
        pause_s = self._chance.uniform(longest_s / 2, longest_s)
        self._next_at = asyncio.get_running_loop().time() + pause_s
        if self._tries >= UNHEARD_TRIES and self.unheard_since_ms is None:
            self.unheard_since_ms = self._clock.wall_ms()
