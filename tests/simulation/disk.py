"""The disk of a simulated machine: how long it takes, and what it holds when the machine dies."""

import asyncio
from collections.abc import Callable
from typing import Final

from typing_extensions import override

from posd.ids import Chance
from posd.journal.executor import BatchExecutor
from tests.simulation.faults import Batch

FSYNC_S: Final = (0.0001, 0.004)
"""What a batch takes on a good disk."""


class Disk(BatchExecutor):
    """Runs batches on the loop, after the time a disk takes; at death it writes no more.

    Attributes:
        submitted: How many batches it was given.
    """

    def __init__(self, delay: Callable[[], float], wrote: Callable[[], None]) -> None:
        """`wrote` is told after each batch is on disk, before anybody else is."""
        self.submitted = 0
        self.doom: tuple[int, Callable[[Batch], None], Batch] | None = None
        self._delay = delay
        self._wrote = wrote
        self._dead = False
        self._pending: tuple[asyncio.TimerHandle, Callable[[], None]] | None = None

    @override
    def submit(self, run: Callable[[], None], done: Callable[[], None]) -> None:
        if self._dead:
            return
        self.submitted += 1

        def job() -> None:
            if self._doomed():
                return
            self._pending = None
            run()
            self._wrote()
            done()

        self._pending = (asyncio.get_running_loop().call_later(self._delay(), job), run)

    @override
    def close(self) -> None:
        """Nothing: it is closed by death only."""

    def die(self, batch: Batch) -> None:
        """The machine's end: the batch in hand is written or lost, and nobody is told."""
        self._dead = True
        if self._pending is not None:
            handle, run = self._pending
            handle.cancel()
            self._pending = None
            if batch is Batch.WRITTEN:
                run()
                self._wrote()

    def _doomed(self) -> bool:
        if self.doom is None or self.submitted < self.doom[0]:
            return False
        _number, die, batch = self.doom
        die(batch)
        return True


class Pace:
    """How long a batch takes: hardly any time, or long while the disk is slow."""

    def __init__(self, dice: Chance) -> None:
        self._dice = dice
        self._slow_until_s = 0.0
        self._slow_s = 0.0

    @property
    def slow(self) -> bool:
        """Whether the disk is slow now."""
        return asyncio.get_running_loop().time() < self._slow_until_s

    def slow_down(self, batch_s: float, for_s: float) -> None:
        """A batch takes `batch_s` from here on, for `for_s` seconds."""
        self._slow_s = batch_s
        self._slow_until_s = asyncio.get_running_loop().time() + for_s

    def draw_s(self) -> float:
        """What the next batch takes."""
        return self._slow_s if self.slow else self._dice.uniform(*FSYNC_S)
