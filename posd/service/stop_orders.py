"""Who tells posd to stop, and how long what the readers have in hand may take then.

A restart or an upgrade waits for it. A machine that shuts down does not wait for long: it gets its
word from the unit's ExecStop=, which asks systemd whether that is why posd is stopped.
"""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, Final

PARK_S: Final = 20.0
"""How long payments may still take while the machine shuts down; posd is gone within 25 s."""


class StopOrders:
    """SIGTERM: finish, then stop. SIGUSR1: the machine shuts down. SIGINT or SIGTERM again: now.

    Attributes:
        stop: Set by the first of them.
    """

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self._now = asyncio.Event()
        self._shutdown = asyncio.Event()
        self._terminated = False
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._terminate)
        loop.add_signal_handler(signal.SIGUSR1, self._shut_down)
        loop.add_signal_handler(signal.SIGINT, self._interrupt)

    async def allow(self, drain: Coroutine[Any, Any, None]) -> None:
        """Wait until nothing is in hand, or the time for it is over.

        What is in hand then is left to the next start, which asks the terminals.
        """
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(drain, name="drain"),
                group.create_task(self._now.wait(), name="now"),
                group.create_task(self._parked(), name="parked"),
            ]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()

    async def _parked(self) -> None:
        await self._shutdown.wait()
        await asyncio.sleep(PARK_S)

    def _terminate(self) -> None:
        if self._terminated:
            self._now.set()
        self._terminated = True
        self.stop.set()

    def _shut_down(self) -> None:
        self._shutdown.set()
        self.stop.set()

    def _interrupt(self) -> None:
        self._now.set()
        self.stop.set()
