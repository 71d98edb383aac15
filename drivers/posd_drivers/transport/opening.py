"""Opening a device that takes its time, off the loop."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def opened(open_device: Callable[[], T], close: Callable[[T], object]) -> T:
    """What `open_device` opens, in a thread. Raises what it raises.

    A thread cannot be cancelled: if the caller is, what comes to be open is closed again.
    """
    loop = asyncio.get_running_loop()
    opening = loop.run_in_executor(None, open_device)

    def close_late(late: asyncio.Future[T]) -> None:
        if late.exception() is None:
            # Only a loop that ends refuses, and with it the process.
            with contextlib.suppress(RuntimeError):
                loop.run_in_executor(None, close, late.result())

    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(close_late)
        raise
