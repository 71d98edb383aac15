"""Signs of life for systemd's watchdog, from a posd that could take a payment now and no other.

A process can be alive and take none: a call keeps the event loop, or a disk keeps the journal's
thread. Then there is no sign, and systemd starts posd again, which asks the terminals what is true.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

LOOP_LAG_MAX_S: Final = 1.0
LOOK_AGAIN_S: Final = 1.0
"""After a sign that was withheld: what has passed is not punished."""

log = logging.getLogger(__name__)


class Watch:
    """Gives signs of life as long as loop and journal are well.

    Args:
        interval_s: From one sign to the next.
        alive: Gives one.
        journal_answers: Returns once the journal's thread has done what it had to do.
    """

    def __init__(
        self,
        interval_s: float,
        alive: Callable[[], None],
        journal_answers: Callable[[], Awaitable[None]],
    ) -> None:
        self._interval_s = interval_s
        self._alive = alive
        self._journal_answers = journal_answers

    async def keep(self) -> None:
        """For ever: a sign at once, then one each interval, unless something is held up."""
        pause_s = 0.0
        while True:
            trouble = await self._trouble(pause_s)
            if trouble is None:
                self._alive()
                pause_s = self._interval_s
            else:
                log.error("no sign of life: %s", trouble)
                pause_s = LOOK_AGAIN_S

    async def _trouble(self, pause_s: float) -> str | None:
        """What holds payments up when the pause is over, in words; None if nothing does."""
        loop = asyncio.get_running_loop()
        due = loop.time() + pause_s
        await asyncio.sleep(pause_s)
        if (lag_s := loop.time() - due) >= LOOP_LAG_MAX_S:
            return f"the event loop was held up for {lag_s:.1f} s"
        try:
            async with asyncio.timeout(self._interval_s):
                await self._journal_answers()
        except TimeoutError:
            return f"the journal's thread has not answered for {self._interval_s:.0f} s"
        return None
