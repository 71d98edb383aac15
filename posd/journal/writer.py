"""Group commit: the loop owns the waiting list, the executor runs one batch at a time.

All work of a batch shares one transaction and so one fsync; each piece runs in a savepoint of its
own, so that one which raises undoes itself and nothing else. What is alone in its batch, as nearly
all work is, needs none: undoing the transaction undoes it, and a savepoint would take an eighth of
the time.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import Any, Final, Generic, TypeVar

import apsw

from posd.errors import JournalFailed
from posd.journal import connection
from posd.journal.executor import BatchExecutor

BATCH_WORKS_MAX: Final = 128
WAL_PAGES_MAX: Final = 1000
"""The log is moved into the database once it is longer than this, about 4 MB."""
_T = TypeVar("_T")


class _Pending(Generic[_T]):
    """One piece of work, and the future of the caller that waits for it."""

    def __init__(self, work: Callable[[], _T], future: asyncio.Future[_T]) -> None:
        self.future = future
        self._work = work
        self._tell: Callable[[], None] | None = None

    def run(self, undone_by: AbstractContextManager[object]) -> bool:
        """Whether what it wrote stands. Raises apsw.Error if the disk, not the work, has failed."""
        try:
            with undone_by:
                result = self._work()
        except apsw.Error as error:
            if not isinstance(error, apsw.ConstraintError):
                raise
            self._tell = partial(self.future.set_exception, error)
        except Exception as error:  # noqa: BLE001 (handed over to the caller whose work it is)
            self._tell = partial(self.future.set_exception, error)
        else:
            self._tell = partial(self.future.set_result, result)
            return True
        return False

    def settle(self, failure: JournalFailed | None) -> None:
        """Tell whoever waits, on the loop. A caller that was cancelled no longer does."""
        if self.future.cancelled():
            return
        if failure is not None:
            self.future.set_exception(failure)
        else:
            assert self._tell is not None, "a batch runs every piece of its work"
            self._tell()
        # A caller that was cancelled will not ask; asyncio would log that nobody did.
        self.future.exception()


class Writer:
    """The writing connection, and who may use it when."""

    def __init__(
        self,
        db: apsw.Connection,
        executor: BatchExecutor,
        told: Callable[[JournalFailed | None], None],
    ) -> None:
        """`told` is called on the loop after each batch.

        Those who wait for the batch are woken first: an answer goes before what follows it.
        """
        self._db = db
        self._executor = executor
        self._told = told
        self._waiting: list[_Pending[Any]] = []
        self._busy = False
        self._failure: JournalFailed | None = None
        self._wal_pages = 0
        db.set_wal_hook(self._note_wal_pages)

    async def write(self, work: Callable[[], _T], /) -> _T:
        """Run `work` in the next batch; returns what it returned, when it is on disk.

        Work runs on the executor's side and is never cancelled: a caller that is cancelled learns
        nothing, and the work is done. Raises what `work` raised, its changes undone; JournalFailed
        once the disk has failed.
        """
        if self._failure is not None:
            raise self._failure
        pending: _Pending[_T] = _Pending(work, asyncio.get_running_loop().create_future())
        self._waiting.append(pending)
        self._advance()
        return await pending.future

    def close(self) -> None:
        """Finish the batch in hand and end. Work that no batch had taken up is told JournalFailed.

        The caller still closes the connection.
        """
        closed = self._failure = self._failure or JournalFailed("the journal is closed")
        self._executor.close()
        self._stop(closed)

    def _advance(self) -> None:
        """Submit the next job, if the executor is free and there is one."""
        if self._busy:
            return
        if self._wal_pages > WAL_PAGES_MAX:
            self._submit(self._shorten_log, [])
        elif self._waiting:
            batch = self._waiting[:BATCH_WORKS_MAX]
            del self._waiting[:BATCH_WORKS_MAX]
            self._submit(lambda: run_batch(self._db, batch), batch)

    def _submit(self, job: Callable[[], None], batch: list[_Pending[Any]]) -> None:
        failures: list[JournalFailed] = []

        def run() -> None:
            try:
                job()
            except Exception as error:  # noqa: BLE001 (the executor's border: it becomes fatal)
                # The log is the evidence, and what the next start recovers from.
                connection.distrust(self._db)
                failures.append(_fatal(error))

        def done() -> None:
            self._settle(batch, failures[0] if failures else None)

        self._busy = True
        self._executor.submit(run, done)

    def _settle(self, batch: list[_Pending[Any]], failure: JournalFailed | None) -> None:
        for pending in batch:
            pending.settle(failure)
        self._told(failure)
        if failure is not None:
            self._stop(failure)
        elif self._failure is None:
            self._busy = False
            self._advance()

    def _stop(self, failure: JournalFailed) -> None:
        self._failure = self._failure or failure
        self._told(self._failure)
        waiting, self._waiting = self._waiting, []
        for pending in waiting:
            pending.settle(self._failure)

    def _shorten_log(self) -> None:
        # A failed fsync of the database may have dropped pages that a later fsync would call
        # clean, so it ends the process as well (M17). SQLite's own checkpoints would hide it.
        self._wal_pages = 0
        # While another tool does the same, the next batch finds the log too long again.
        with suppress(apsw.BusyError):
            self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)

    def _note_wal_pages(self, _db: apsw.Connection, _name: str, pages: int) -> int:
        self._wal_pages = pages
        return apsw.SQLITE_OK


def write_now(db: apsw.Connection, work: Callable[[], _T]) -> _T:
    """Run `work` in a transaction of its own on the calling thread: the start, before the loop.

    Returns when it is on disk. Raises what `work` raised, and JournalFailed.
    """
    done: list[_T] = []
    try:
        with db:
            done.append(work())
    except apsw.Error as error:
        raise _fatal(error) from error
    return done[0]


def run_batch(db: apsw.Connection, batch: list[_Pending[Any]]) -> None:
    """Run the batch in one transaction. Raises apsw.Error if the disk has failed."""
    db.execute("BEGIN IMMEDIATE")
    savepoint = db if len(batch) > 1 else nullcontext()
    stand = [pending.run(savepoint) for pending in batch]
    db.execute("COMMIT" if any(stand) else "ROLLBACK")


def _fatal(error: Exception) -> JournalFailed:
    failure = JournalFailed(f"the disk refused the journal: {error}")
    failure.__cause__ = error
    return failure
