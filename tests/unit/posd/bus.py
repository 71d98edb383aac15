"""Where devices are plugged in and out: what a posd is told instead of the kernel's word."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

EVENTS_MAX: Final = 1000


class Bus:
    """Tells each event to whoever watches."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[None] = asyncio.Queue(maxsize=EVENTS_MAX)

    async def watch(self) -> AsyncGenerator[None]:
        """An item for each event."""
        while True:
            await self._events.get()
            yield

    def event(self) -> None:
        """Something came or went."""
        self._events.put_nowait(None)
