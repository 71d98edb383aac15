"""In which business days an order is guarded now (M7), although the clock may have been set.

A business day is a label that wall time gives. A clock that goes back calls today yesterday, one
that goes ahead calls it tomorrow, and an order paid a minute ago must be found all the same. So
what the clock would say had it not been set counts as well, for as long as a business day.
"""

from collections import deque
from typing import Final

from posd.clock import Clock
from posd.model.business_day import BusinessDay, GuardedDays

SET_MS: Final = 60 * 1000
"""A clock that is wrong by less is being steered, not set."""
REMEMBERED_MS: Final = 24 * 3600 * 1000
SETTINGS_MAX: Final = 16


class DaysInForce:
    """The days of now; it sees that the clock was set when it is asked, at each payment."""

    def __init__(self, day: BusinessDay, clock: Clock) -> None:
        self._day = day
        self._clock = clock
        self._ahead_ms = self._lead_ms()
        self._before: deque[tuple[int, int]] = deque(maxlen=SETTINGS_MAX)

    def now(self) -> GuardedDays:
        """Where to look for other payments of an order."""
        steady_ms, ahead_ms = self._clock.monotonic_ms(), self._lead_ms()
        if abs(ahead_ms - self._ahead_ms) > SET_MS:
            self._before.append((steady_ms, self._ahead_ms))
            self._ahead_ms = ahead_ms
        while self._before and steady_ms - self._before[0][0] > REMEMBERED_MS:
            self._before.popleft()
        otherwise = {self._day.of(steady_ms + lead_ms) for _at, lead_ms in self._before}
        return GuardedDays(self._day.of(self._clock.wall_ms()), tuple(sorted(otherwise)))

    def _lead_ms(self) -> int:
        return self._clock.wall_ms() - self._clock.monotonic_ms()
