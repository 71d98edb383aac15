"""Readers that come back are found at once: what is plugged in wakes whoever waits for its device.

A reader that has been away is opened again every few seconds (`posd.steadiness`); the cashier who
plugs it in does not wait for that. What is plugged in has to stay first: a plug that comes and goes
ten times a second wakes nobody, and one that stays a little longer each time does so only so often.
Which device it was is nobody's business here: each attachment looks for its own.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Final, Protocol, TypeAlias

WatchPlugs: TypeAlias = Callable[[], AsyncGenerator[None]]
"""One item whenever something was plugged in or out, without saying what."""

STAYS_S: Final = 0.5
"""So long without another event, and what was plugged in counts as there."""
WAKES_MAX: Final = 4
WAKES_WITHIN_S: Final = 10.0
"""Twice out and in again is a cashier with a cable; more often is a loose plug."""


class Waiting(Protocol):
    """Somebody who may be waiting for a device."""

    def plugged(self) -> None:
        """Something was plugged in, and has stayed."""
        ...


class Plugging:
    """Follows what is plugged in, and wakes `waiting`, which may change meanwhile."""

    def __init__(self, watch: WatchPlugs, waiting: Mapping[str, Waiting]) -> None:
        self._watch = watch
        self._waiting = waiting
        self._woken_at: deque[float] = deque(maxlen=WAKES_MAX)

    async def run(self) -> None:
        """Follow it for as long as there is something to follow."""
        loop = asyncio.get_running_loop()
        stays: asyncio.TimerHandle | None = None
        async with aclosing(self._watch()) as changes:
            try:
                async for _ in changes:
                    if stays is not None:
                        stays.cancel()
                    stays = loop.call_later(STAYS_S, self._wake, loop)
            finally:
                if stays is not None:
                    stays.cancel()

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wake everybody, but no more than WAKES_MAX times in WAKES_WITHIN_S."""
        now = loop.time()
        often = len(self._woken_at) == WAKES_MAX
        if often and now - self._woken_at[0] < WAKES_WITHIN_S:
            return
        self._woken_at.append(now)
        for one in self._waiting.values():
            one.plugged()
