"""Whether Stripe can be reached at all, and when to find out again."""

import asyncio
from typing import Final

from posd.ids import Chance

PROBE_MIN_S: Final = 0.5
PROBE_DOUBLINGS_MAX: Final = 4
PROBE_MAX_S: Final = PROBE_MIN_S * 2**PROBE_DOUBLINGS_MAX
"""Who waits for the line waits no longer than this once it is back."""


class Line:
    """Up until a request stays without an answer while no other gets one. Time is the loop's.

    Attributes:
        tried: Whether anything is known of it.
        problem: Why it is down, or None while it is up.
    """

    def __init__(self, chance: Chance) -> None:
        self.tried = False
        self.problem: str | None = None
        self._chance = chance
        self._answered_at = float("-inf")
        self._probes = 0
        self._probe_at = 0.0

    def answered(self) -> None:
        """Stripe said something."""
        self._answered_at = asyncio.get_running_loop().time()
        self._probes = 0
        self.tried = True
        self.problem = None

    def unanswered(self, sent_at: float, problem: str) -> None:
        """A request that left then got no answer that is provably Stripe's.

        If another has been answered since, it lies with that request. What was lost beside the
        first one says nothing new.
        """
        if self._answered_at > sent_at or (self.problem is not None and self.probe_in_s()):
            return
        self.tried = True
        self.problem = problem
        longest_s = PROBE_MIN_S * 2**self._probes
        self._probes = min(self._probes + 1, PROBE_DOUBLINGS_MAX)
        now = asyncio.get_running_loop().time()
        self._probe_at = now + self._chance.uniform(longest_s / 2, longest_s)

    def probe_in_s(self) -> float:
        """Seconds until the line should be tried again."""
        return max(0.0, self._probe_at - asyncio.get_running_loop().time())
