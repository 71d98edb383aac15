"""How often this store speaks to Stripe: the limits there are per account, and stores share one.

Requests keep a distance, and nothing is saved up for a burst. Where Stripe says that it is too
much (429), everybody in this store slows down to half, and each answer makes them a little quicker
again: at a limit that stays where it is, fewer than one request in a hundred is refused. Where it
says so to everything, they stay away, ever longer.
"""

import asyncio
import logging
from collections import deque
from enum import Enum
from typing import Final

from posd.ids import Chance
from posd.upstream.client import Answer

log = logging.getLogger(__name__)

REQUESTS_PER_S_DEFAULT: Final = 2.0
TOO_MANY: Final = 429
LOCKED: Final = "lock_timeout"
"""Another request holds the object: that says nothing of the pace."""
QUICKER_PER_ANSWER: Final = 1 / 200
"""Part of the rate: 139 answers lead from the half back to where it was too much."""
RATE_SHARE_MIN: Final = 1 / 16
"""No refusals make posd slower than this part of what is configured."""
LATE_S_MAX: Final = 0.1
"""How much of a loop that was busy elsewhere is caught up with."""
AWAY_MIN_S: Final = 1.0
AWAY_MAX_S: Final = 60.0


LIVE_IN_A_ROW_MAX: Final = 7
"""Then one of the backlog goes: no stream of sales keeps it waiting for ever."""


class Priority(Enum):
    """Whose turn comes first: what a till just did, then what has waited."""

    LIVE = 0
    BACKLOG = 1


class Limiter:
    """A token bucket of one, shared by all who speak to Stripe.

    The first request waits for a random part of the distance, so that stores which start together
    do not beat together. Time is the loop's.

    Args:
        requests_per_s: The rate that is never exceeded, above 0.
        chance: Draws the first wait.
    """

    def __init__(self, requests_per_s: float = REQUESTS_PER_S_DEFAULT, *, chance: Chance) -> None:
        assert requests_per_s > 0, requests_per_s
        self._most_per_s = self._per_s = requests_per_s
        self._first_wait_s = chance.uniform(0, 1 / requests_per_s)
        self._free_at: float | None = None
        self._away_s = self._away_until = 0.0
        self._waiting: dict[Priority, deque[asyncio.Future[None]]] = {
            priority: deque() for priority in Priority
        }
        self._live_in_a_row = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def requests_per_s(self) -> float:
        """The rate as it is now."""
        return self._per_s

    async def acquire(self, priority: Priority = Priority.BACKLOG) -> None:
        """Return when the next request may start; of one priority, in the order they came."""
        loop = asyncio.get_running_loop()
        if not any(self._waiting.values()):
            self._free_at = max(self._next_at(), loop.time())
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting[priority].append(turn)
        self._arm()
        await turn

    def heard(self, answer: Answer) -> None:
        """Stripe answered one of this store's requests."""
        if answer.status != TOO_MANY:
            self._away_s = 0.0
            self._per_s = min(self._most_per_s, self._per_s * (1 + QUICKER_PER_ANSWER))
            return
        if answer.body["error"].get("code") == LOCKED:
            return
        now = asyncio.get_running_loop().time()
        if now >= self._away_until:  # else it had left before posd stayed away
            if self._away_s == 0.0:
                self._per_s = max(self._per_s / 2, self._most_per_s * RATE_SHARE_MIN)
                log.info("stripe is asked less often requests_per_s=%.3g", self._per_s)
            self._away_s = min(max(2 * self._away_s, AWAY_MIN_S), AWAY_MAX_S)
            self._away_until = now + self._away_s
        self._away_until = max(self._away_until, now + (answer.retry_after_s or 0))
        self._free_at = max(self._next_at(), self._away_until)
        self._arm()

    def _next_at(self) -> float:
        if self._free_at is None:
            self._free_at = asyncio.get_running_loop().time() + self._first_wait_s
        return self._free_at

    def _arm(self) -> None:
        """Set the timer to when the next one's turn comes, if anybody waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if any(self._waiting.values()):
            self._timer = asyncio.get_running_loop().call_at(self._next_at(), self._grant)

    def _grant(self) -> None:
        """Give one turn away, to somebody who still waits for it."""
        self._timer = None
        while (turn := self._next_turn()) is not None:
            if turn.done():  # its caller was cancelled
                continue
            turn.set_result(None)
            gap_s = 1 / self._per_s
            # A late timer must not make the store slower than its pace.
            late = asyncio.get_running_loop().time() - max(gap_s, LATE_S_MAX)
            self._free_at = max(self._next_at(), late) + gap_s
            break
        self._arm()

    def _next_turn(self) -> asyncio.Future[None] | None:
        live, backlog = self._waiting[Priority.LIVE], self._waiting[Priority.BACKLOG]
        if live and not (backlog and self._live_in_a_row >= LIVE_IN_A_ROW_MAX):
            self._live_in_a_row += 1
            return live.popleft()
        self._live_in_a_row = 0
        return backlog.popleft() if backlog else None
