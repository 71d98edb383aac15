"""An event loop whose time jumps to the next timer, so that a day lasts seconds.

Nothing real can be waited for: it has no selector and no pipe, and so makes no system call. Waiting
for nothing at all is a deadlock and raises. What runs first is decided by the program alone: timers
of one moment come in the order in which they were set, and tasks hash by the order in which they
were made, since asyncio keeps them in sets and their addresses would decide who goes first.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, copy_context
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeAlias, TypeVar, TypeVarTuple

from typing_extensions import override

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Awaited: TypeAlias = Coroutine[Any, Any, T] | Generator[Any, None, T]


class Deadlock(Exception):
    """Every task waits, and no timer is set."""


class CountedTask(asyncio.Task[T]):
    """A task that hashes by its creation number."""

    def __init__(self, number: int, coro: Awaited[T], **kwargs: Any) -> None:
        self._number = number
        super().__init__(coro, **kwargs)

    @override
    def __hash__(self) -> int:
        return self._number


class _Call(asyncio.TimerHandle):
    """A callback in its context. asyncio's own keeps what only its debug mode and its heap need."""

    __slots__ = ("at", "go")

    def __init__(
        self,
        at: float,
        callback: Callable[..., object],
        args: tuple[object, ...],
        context: Context | None,
    ) -> None:
        self.at = at
        # An empty context is false.
        run = (copy_context() if context is None else context).run
        self.go: Callable[[], object] | None = partial(run, callback, *args)

    @override
    def cancel(self) -> None:
        self.go = None

    @override
    def cancelled(self) -> bool:
        return self.go is None

    @override
    def when(self) -> float:
        return self.at


class VirtualLoop(asyncio.BaseEventLoop):
    """A loop in virtual time. `time()` starts at 0; an exception in a callback ends the run."""

    _stopping: bool
    """asyncio's own: `stop` sets it, `run_forever` clears it."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._soon: deque[_Call] = deque()
        self._timers: list[tuple[float, int, _Call]] = []
        self._timers_set = count()
        self._tasks_made = count(1)

    @override
    def time(self) -> float:
        return self._now

    @override
    def call_soon(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:
        call = _Call(self._now, callback, args, context)
        self._soon.append(call)
        return call

    @override
    def call_soon_threadsafe(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:
        return self.call_soon(callback, *args, context=context)

    @override
    def call_later(
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    @override
    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        call = _Call(when, callback, args, context)
        heappush(self._timers, (when, next(self._timers_set), call))
        return call

    @override
    def create_task(
        self, coro: Awaited[T], *, name: object = None, context: Context | None = None
    ) -> asyncio.Task[T]:
        return CountedTask(next(self._tasks_made), coro, loop=self, name=name, context=context)

    @override
    def run_in_executor(
        self, executor: object, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Nobody runs beside the loop: what is meant for a thread is done at once."""
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 (handed over to whoever waits)
            done.set_exception(error)
        return done

    def _run_once(self) -> None:
        """Turn after turn until `stop`: what is ready now, after a jump if nothing is."""
        soon, timers = self._soon, self._timers
        while True:
            if not soon:
                if not timers:
                    raise Deadlock("nothing left to wait for")
                self._now = max(self._now, timers[0][0])
            while timers and timers[0][0] <= self._now:
                soon.append(heappop(timers)[2])
            for _ in range(len(soon)):
                go = soon.popleft().go
                if go is not None:
                    go()
            if self._stopping:
                return


def virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in virtual time, which starts at 0."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


class VirtualClock:
    """posd's clock under a virtual loop: wall time is a chosen start plus the loop's time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start_wall_ms: int) -> None:
        self._loop = loop
        self._start_wall_ms = start_wall_ms

    def wall_ms(self) -> int:
        return self._start_wall_ms + self.monotonic_ms()

    def monotonic_ms(self) -> int:
        return round(self._loop.time() * 1000)
