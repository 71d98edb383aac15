"""Where batches run: on one thread of their own, or on the loop after a drawn delay."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Final, Protocol

from posd.durations import Durations

LAG_BOUNDS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class BatchExecutor(Protocol):
    """Runs one batch after the other. The journal submits the next when the last is done."""

    def submit(self, run: Callable[[], None], done: Callable[[], None]) -> None:
        """Run `run`, which raises nothing, then `done` on the loop that called."""
        ...

    def close(self) -> None:
        """Return when what was submitted has run. Nothing may be submitted after."""
        ...


class ThreadExecutor:
    """Production: one thread of its own, so that an fsync never holds the loop.

    Attributes:
        loop_lag: How long the loop was busy with something else when the thread had done its work.
    """

    def __init__(self) -> None:
        self.loop_lag = Durations(LAG_BOUNDS_S)
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def submit(self, run: Callable[[], None], done: Callable[[], None]) -> None:
        """Run on the thread, then call `done` on the running loop."""
        loop = asyncio.get_running_loop()

        def job() -> None:
            run()
            ran_at = loop.time()

            def taken_up() -> None:
                self.loop_lag.note(loop.time() - ran_at)
                done()

            # A loop that is closed has nobody left who waits.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(taken_up)

        if self._thread is None:
            # A daemon: a process that ends without `close` is a crash, and survives like one.
            self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
            self._thread.start()
        self._jobs.put(job)

    async def answer(self) -> None:
        """Return when the thread has done what was submitted before: a disk does not keep it."""
        answered = asyncio.Event()
        self.submit(lambda: None, answered.set)
        await answered.wait()

    def close(self) -> None:
        """Let the thread finish and end it. Closing twice does no harm."""
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


class LoopExecutor:
    """Simulation: the batch runs on the loop itself, after the time a disk would have taken."""

    def __init__(self, delay: Callable[[], float]) -> None:
        """`delay` draws the seconds that one batch takes."""
        self._delay = delay
        self._pending: tuple[asyncio.TimerHandle, Callable[[], None]] | None = None

    def submit(self, run: Callable[[], None], done: Callable[[], None]) -> None:
        """Run and finish in one step of the loop, when the drawn time is over."""
        assert self._pending is None, "one batch at a time"

        def job() -> None:
            self._pending = None
            run()
            done()

        self._pending = (asyncio.get_running_loop().call_later(self._delay(), job), job)

    def close(self) -> None:
        """Run what is pending now."""
        if self._pending is not None:
            handle, job = self._pending
            handle.cancel()
            job()
