"""An event loop whose selector jumps to the next timer, for the drivers' unit tests."""

import asyncio
import selectors
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from typing_extensions import override

T = TypeVar("T")


class NothingLeftToWaitForError(Exception):
    """Every task waits for another: a deadlock."""


class _JumpingSelector(selectors.BaseSelector):
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
            raise NothingLeftToWaitForError
        self.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time passes only when nothing else can happen, and then at once."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    @override
    def time(self) -> float:
        return self._jumping.now


def virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end in virtual time, which starts at 0."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
