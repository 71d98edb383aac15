"""Tills that wait for a payment to move: woken by every durable fact and every live step.

One bounded broadcast. Facts come from the journal's tail, steps from the attachments, each as a
mere "look again": whoever waits reads the truth anew, so a wake-up that is lost among others costs
nothing, and nothing piles up behind a slow till.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

from posd.errors import Refused

WAITERS_MAX: Final = 32
"""Half of the connections a listener holds: those who wait must leave room for those who pay."""


class Watch:
    """The broadcast and those who wait for it.

    Args:
        facts: Gives something whenever the journal has grown; asked at each start of `run`.
    """

    def __init__(self, facts: Callable[[], AsyncIterator[object]]) -> None:
        self._facts = facts
        self._stirred = asyncio.Event()
        self._closed = False
        self.waiting = 0

    async def run(self) -> None:
        """Stir whenever facts have become durable, for ever. Raises JournalFailed."""
        facts = self._facts()
        self.stir()
        async for _ in facts:
            self.stir()

    def stir(self) -> None:
        """Something may have changed; never blocks, never fails."""
        stirred, self._stirred = self._stirred, asyncio.Event()
        stirred.set()

    def next_stir(self) -> asyncio.Event:
        """What will be set when something may have changed, from now on."""
        return self._stirred

    @property
    def closed(self) -> bool:
        """Whether posd stops."""
        return self._closed

    def close(self) -> None:
        """Answer whoever waits at once, and let nobody wait any more: posd stops."""
        self._closed = True
        self.stir()

    async def until(
        self,
        changed: Callable[[], bool],
        wait_s: float,
        left: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        """Return once `changed()`, after `wait_s`, when the till has `left()`, or at the end.

        Raises Refused with status 429 when WAITERS_MAX wait already.
        """
        if changed() or wait_s <= 0 or self._closed:
            return
        if self.waiting >= WAITERS_MAX:
            raise Refused(
                "rate_limit",
                f"{WAITERS_MAX} calls wait already. Ask without 'wait', and not in a hurry.",
                status=429,
            )
        self.waiting += 1
        try:
            async with asyncio.TaskGroup() as group:
                leaving = group.create_task(self._stir_after(left), name="left")
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        # In the caller's own task: a task between would answer some turns later.
                        stirred = self._stirred
                        while not (changed() or leaving.done() or self._closed):
                            await stirred.wait()
                            stirred = self._stirred
                leaving.cancel()
        finally:
            self.waiting -= 1

    async def _stir_after(self, left: Callable[[], Coroutine[Any, Any, None]]) -> None:
        await left()
        self.stir()
