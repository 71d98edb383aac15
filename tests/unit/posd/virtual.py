"""Asynchronous tests in virtual time: an hour of waiting takes no time, a deadlock is an error."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec

from typing_extensions import override

from tests.simulation.loop import virtually
from tests.unit.posd.journal.scenario import TurnedClock

P = ParamSpec("P")


def virtual(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run the test in virtual time; it may still take fixtures and parameters."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        virtually(test(*args, **kwargs))

    return run


class JumpingClock(TurnedClock):
    """A wall clock that goes with the loop, from wherever somebody set it."""

    @override
    def wall_ms(self) -> int:
        return self.now_ms + self.monotonic_ms()

    @override
    def monotonic_ms(self) -> int:
        return round(asyncio.get_running_loop().time() * 1000)
