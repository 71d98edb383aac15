"""Readers that come back are found at once: what is plugged in wakes whoever waits for its device.

A reader that has been away is opened again every few seconds (`posd.steadiness`); the cashier who
plugs it in does not wait for that. What is plugged in has to stay first: a plug that comes and goes
ten times a second wakes nobody, and is opened less and less often. Which device it was is nobody's
business here: each attachment looks for its own.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Final, Protocol, TypeAlias

WatchPlugs: TypeAlias = Callable[[], AsyncGenerator[None]]
"""One item whenever something was plugged in or out, without saying what."""

STAYS_S: Final = 0.5
"""So long without another event, and what was plugged in counts as there."""


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

    async def run(self) -> None:
        """Follow it for as long as there is something to follow."""
        loop = asyncio.get_running_loop()
        stays: asyncio.TimerHandle | None = None
        async with aclosing(self._watch()) as changes:
            try:
                async for _ in changes:
                    if stays is not None:
                        stays.cancel()
                    stays = loop.call_later(STAYS_S, self._wake)
            finally:
                if stays is not None:
                    stays.cancel()

    def _wake(self) -> None:
        for one in self._waiting.values():
            one.plugged()
