"""An event loop whose time jumps to the next timer, so that a day lasts seconds.

Waiting for nothing at all is a deadlock and raises. Tasks hash by the order in which they were
made, since asyncio keeps them in sets and their addresses would decide who goes first.
"""

import asyncio
import selectors
from collections.abc import Coroutine, Mapping
from contextvars import Context
from typing import Any, TypeVar

from typing_extensions import override

T = TypeVar("T")


class Deadlock(Exception):
    """Every task waits, and no timer is set."""


class CountedTask(asyncio.Task[T]):
    """A task that hashes by its creation number."""

    _made = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        CountedTask._made += 1
        self._number = CountedTask._made
        super().__init__(*args, **kwargs)

    @override
    def __hash__(self) -> int:
        return self._number


class _Jump(selectors.BaseSelector):
    """A selector that does not wait: it lets the loop's time jump instead."""

    def __init__(self) -> None:
        self.now = 0.0
        self._real = selectors.DefaultSelector()

    @override
    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    @override
    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    @override
    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    @override
    def close(self) -> None:
        self._real.close()

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._real.select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise Deadlock("nothing left to wait for")
        self.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop in virtual time. `time()` starts at 0."""

    def __init__(self) -> None:
        self._jump = _Jump()
        CountedTask._made = 0
        super().__init__(self._jump)
        self.set_task_factory(_counted)  # type: ignore[arg-type]

    @override
    def time(self) -> float:
        return self._jump.now


def _counted(
    loop: asyncio.AbstractEventLoop,
    coro: Coroutine[Any, Any, T],
    context: Context | None = None,
    **kwargs: Any,
) -> CountedTask[T]:
    return CountedTask(coro, loop=loop, context=context, **kwargs)


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
