"""Whoever looks on: the page, what it is made of and its numbers, many at once, time and again.

Looking must cost nobody a payment and is answered, or the machine is known to be down (I22).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import httpx2

from tests.simulation.door import Door

PAGE: Final = "/"
STATUS: Final = "/posd/v1/status"
METRICS: Final = "/metrics"
PAUSE_S: Final = 0.2
PATIENCE_S: Final = 60.0
ERROR: Final = 500


@dataclass(slots=True)
class Visitors:
    """People with browsers, and programs that poll.

    Attributes:
        http: Asks posd, with an observer's key.
        group: Where each of them runs.
        found: Told of an answer that nobody should get.
        answered: How many looks were answered.
    """

    http: Door
    group: asyncio.TaskGroup
    found: Callable[[str], None]
    answered: int = field(default=0)

    def come(self, at_once: int, rounds: int) -> None:
        """So many at once look so often."""
        for number in range(at_once):
            path = (PAGE, STATUS, METRICS)[number % 3]
            self.group.create_task(self._look(path, rounds), name="visitor")

    async def _look(self, path: str, rounds: int) -> None:
        for _round in range(rounds):
            try:
                async with asyncio.timeout(PATIENCE_S):
                    answer = await self.http.get(path)
            except httpx2.TransportError:
                pass  # posd is down
            except TimeoutError:
                self.found(f"{path} is not shown within {PATIENCE_S:.0f} s")
            else:
                self.answered += 1
                if answer.status_code >= ERROR:
                    self.found(f"{path} is answered {answer.status_code}")
            await asyncio.sleep(PAUSE_S)
