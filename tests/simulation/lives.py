"""Whose a task is: each posd that runs has its own, so that all of them can die with it.

A task belongs to the life in whose context it was made. What outlives a posd is awaited `apart`.
"""

import asyncio
from collections.abc import Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any, Final, TypeVar

T = TypeVar("T")
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


async def apart(group: asyncio.TaskGroup, work: Coroutine[Any, Any, T], context: Context) -> T:
    """Await work that belongs to another life than its caller, and outlives a caller that leaves.

    Raises what the work raised, and Gone if its life ended first.
    """
    result: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    async def carry() -> None:
        try:
            worked = await work
        except Exception as error:  # noqa: BLE001 (handed over to whoever waits)
            if not result.done():
                result.set_exception(error)
        else:
            if not result.done():
                result.set_result(worked)

    def ended(_task: asyncio.Task[None]) -> None:
        work.close()  # it may have been cancelled before its first step
        if not result.done():
            result.set_exception(Gone())
        if not result.cancelled():
            result.exception()  # seen: the caller may be gone

    group.create_task(carry(), name="apart", context=context).add_done_callback(ended)
    return await result


class Gone(Exception):
    """The life that the work belonged to has ended."""
