"""Says in the log that the machine's clock was set, or that the machine slept.

No payment hangs on it: facts are in order by their numbers, and deadlines go by another clock. But
receipts, business days and certificates do, and who reads the log must know which hour it means.
"""

import asyncio
import logging
from typing import Final

from posd.clock import Clock, utc

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 10.0
JUMP_MS_MIN: Final = 2000
"""What is less is a clock that is kept right little by little: 5 ms from one look to the next."""


class ClockJumps:
    """Compares the wall clock with the one that never jumps."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._apart_ms = self._apart()

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.look()

    def look(self) -> None:
        """Say it if the clock has jumped since the last look."""
        apart_ms = self._apart()
        by_ms, self._apart_ms = apart_ms - self._apart_ms, apart_ms
        if abs(by_ms) >= JUMP_MS_MIN:
            now = utc(self._clock.wall_ms()).isoformat(timespec="seconds")
            log.warning("the clock jumped by_s=%+.1f now=%s", by_ms / 1000, now)

    def _apart(self) -> int:
        return self._clock.wall_ms() - self._clock.monotonic_ms()
