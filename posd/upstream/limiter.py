"""How often this store speaks to Stripe: the limits there are per account, and stores share one."""

import asyncio
from typing import Final

from posd.ids import Chance

REQUESTS_PER_S_DEFAULT: Final = 2.0


class Limiter:
    """A token bucket of one: requests keep a distance, and nothing is saved up for a burst.

    The first request waits for a random part of that distance, so that stores which start
    together do not beat together. Time is the loop's.

    Args:
        requests_per_s: The rate, above 0.
        chance: Draws the first wait.
    """

    def __init__(self, requests_per_s: float = REQUESTS_PER_S_DEFAULT, *, chance: Chance) -> None:
        assert requests_per_s > 0, requests_per_s
        self._gap_s = 1 / requests_per_s
        self._first_wait_s = chance.uniform(0, self._gap_s)
        self._free_at: float | None = None

    async def acquire(self) -> None:
        """Return when the next request may start; callers are served in the order they came."""
        now = asyncio.get_running_loop().time()
        if self._free_at is None:
            self._free_at = now + self._first_wait_s
        start = max(now, self._free_at)
        self._free_at = start + self._gap_s
        await asyncio.sleep(start - now)
