"""The disk of a simulated machine: how long it takes, and what it holds when the machine dies."""

import asyncio
from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Final

import apsw
from typing_extensions import override

from posd.ids import Chance
from posd.journal.executor import BatchExecutor

FSYNC_S: Final = (0.0001, 0.004)
"""What a batch takes on a good disk."""


class Batch(Enum):
    """What becomes of the batch that the disk has in hand when the machine dies, or it fails."""

    LOST = "lost"
    WRITTEN = "written"
    """Durable, and nobody was told."""


class Refusal(Enum):
    """What a disk says that does not keep what it is given, by the kernel's name."""

    EIO = "EIO"
    ENOSPC = "ENOSPC"

    @property
    def error(self) -> apsw.Error:
        """What SQLite makes of it."""
        match self:
            case Refusal.EIO:
                return apsw.IOError("disk I/O error")
            case Refusal.ENOSPC:
                return apsw.FullError("database or disk is full")


class Disk(BatchExecutor):
    """Runs batches on the loop, after the time a disk takes; at death it writes no more.

    Attributes:
        submitted: How many batches it was given.
        doom: In which batch the machine dies, and how.
        refused: Whether it has refused a batch: it keeps none after that.
    """

    def __init__(self, delay: Callable[[], float], wrote: Callable[[], None]) -> None:
        """`wrote` is told after each batch is on disk, before anybody else is."""
        self.submitted = 0
        self.doom: tuple[int, Callable[[Batch], None], Batch] | None = None
        self._delay = delay
        self._wrote = wrote
        self.refused = False
        self._refusal: Callable[[], None] | None = None
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
            if self._refusal is not None:
                self._refusal()
                self.refused = True
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

    def refuse(self, db: apsw.Connection, refusal: Refusal, batch: Batch) -> None:
        """Refuse the next batch that is written by this connection, at its COMMIT."""
        self._refusal = partial(_refuse, db, refusal, batch)

    def _doomed(self) -> bool:
        if self.doom is None or self.submitted < self.doom[0]:
            return False
        _number, die, batch = self.doom
        die(batch)
        return True


def _refuse(db: apsw.Connection, refusal: Refusal, batch: Batch) -> None:
    def trace(_cursor: apsw.Cursor, sql: str, _bindings: object) -> bool:
        if sql != "COMMIT":
            return True
        if batch is Batch.WRITTEN:
            db.exec_trace = None
            db.execute(sql)
        raise refusal.error

    db.exec_trace = trace


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
