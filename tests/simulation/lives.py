"""Whose a task is: each posd that runs has its own, so that all of them can die with it.

A task belongs to the life in whose context it was made; what is made `OUTSIDE` outlives it.
"""

import asyncio
from collections.abc import Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any, Final

_life: ContextVar["Life | None"] = ContextVar("life", default=None)


class Life:
    """One posd from its start to its death, and every task that is its own.

    Attributes:
        stopping: Set once it is told to end in good order.
        dead: Set at its end, whatever that is.
    """

    def __init__(self) -> None:
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self.context = copy_context()
        self.context.run(_life.set, self)
        self.stopping = asyncio.Event()
        self.dead = asyncio.Event()

    def add(self, task: asyncio.Task[Any]) -> None:
        """A task that this life made."""
        self.tasks[task] = None
        task.add_done_callback(lambda ended: self.tasks.pop(ended, None))

    def cancel(self) -> None:
        """Throw a cancellation at every task."""
        for task in list(self.tasks):
            task.cancel()


OUTSIDE: Final = Context()
"""Nobody's life."""


def count_lives(loop: asyncio.AbstractEventLoop) -> None:
    """From here on the loop knows of each task which life it belongs to."""
    make = loop.create_task

    def made(
        coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Context | None = None
    ) -> asyncio.Task[Any]:
        task = make(coro, name=name, context=context)
        life = _life.get() if context is None else context.get(_life)
        if life is not None:
            life.add(task)
        return task

    loop.create_task = made  # type: ignore[method-assign,assignment]
