"""How soon a lost reader is opened again, and how long it must stay before it is spoken to.

A loose plug comes and goes ten times a second. It is one loss in the log and one alarm then, and
the terminal is not registered ten times a second: what does not stay for a moment is not spoken to,
and what does not stay for long is opened again less and less often. The moment is short, since some
terminals close an idle TCP link after a second or two (Verifone VX820).
"""

import asyncio
from contextlib import suppress
from typing import Final

PAUSE_S_MIN: Final = 0.25
PAUSE_S_MAX: Final = 5.0
SETTLE_S: Final = 0.5
STEADY_S: Final = 10.0
"""Held for so long, it counts as steady."""


class Steadiness:
    """The waits of one reader, in seconds. A reader that was never held settles at once."""

    def __init__(self) -> None:
        self.pause_s = PAUSE_S_MIN
        self.settle_s = 0.0
        self._plugged = asyncio.Event()

    def lost(self, held_s: float) -> None:
        """The hold ended, or never came to be: `held_s` is how long payments could be taken."""
        if held_s > 0:
            self.settle_s = SETTLE_S
        steady = held_s >= STEADY_S
        self.pause_s = PAUSE_S_MIN if steady else min(2 * self.pause_s, PAUSE_S_MAX)

    def plugged(self) -> None:
        """Something was plugged in and has stayed: it may be this reader, so look at once."""
        self._plugged.set()

    async def pause(self, longest_s: float) -> None:
        """Wait before the device is opened again, PAUSE_S_MIN at least and `longest_s` at most.

        What has been plugged in since the last wait cuts this one short: an opening that was under
        way meanwhile may have come too early for it.
        """
        await asyncio.sleep(PAUSE_S_MIN)
        with suppress(TimeoutError):
            async with asyncio.timeout(longest_s - PAUSE_S_MIN):
                await self._plugged.wait()
        self._plugged.clear()
