"""Asynchronous tests in virtual time: an hour of waiting takes no time, a deadlock is an error."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec

from tests.simulation.loop import virtually

P = ParamSpec("P")


def virtual(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run the test in virtual time; it may still take fixtures and parameters."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        virtually(test(*args, **kwargs))

    return run
