"""Three classes of task, and what a bug in each of them may take down.

A journal task's bug ends the process, since nothing may be promised without the journal. A
reader's bug ends its attachment, which writes it down and starts over by asking the terminal what
is true, or is quarantined (M18). A tail's bug (sync, page, bus) is logged and the tail starts
again. Faults are types and are handled where they happen; what arrives here is a bug.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Final, TypeAlias

from posd.errors import JournalFailed

log = logging.getLogger(__name__)

RESTART_MIN_S: Final = 1.0
RESTART_MAX_S: Final = 60.0
LAST_WORD_S: Final = 1.0
"""How long terminals can still be answered negatively once the journal has failed (M2, M17)."""


class Kind(Enum):
    """Whose bug it would be."""

    JOURNAL = "journal"
    READER = "reader"
    TAIL = "tail"


OnBug: TypeAlias = Callable[[Exception], Awaitable[None]]
"""Told of a bug before its task starts again. What it raises itself ends the process."""


async def _log_only(_bug: Exception) -> None:
    """Where the log is enough."""


def supervise(
    group: asyncio.TaskGroup,
    run: Callable[[], Awaitable[None]],
    *,
    name: str,
    kind: Kind,
    on_bug: OnBug = _log_only,
) -> None:
    """Run for ever in the root group, under the rule of its kind."""
    group.create_task(_supervised(run, name, kind, on_bug), name=name)


async def contained(run: Callable[[], Awaitable[None]], name: str) -> bool:
    """Run once, as one piece of a tail's work among many.

    Whether it came to its end; a bug is logged and goes no further. Raises JournalFailed.
    """
    return await _ran(run, name, Kind.TAIL, _log_only)


async def _supervised(
    run: Callable[[], Awaitable[None]], name: str, kind: Kind, on_bug: OnBug
) -> None:
    loop = asyncio.get_running_loop()
    restart_s = RESTART_MIN_S
    while True:
        began = loop.time()
        try:
            if await _ran(run, name, kind, on_bug):
                return
        except JournalFailed:
            await asyncio.sleep(LAST_WORD_S)
            raise
        if loop.time() - began > RESTART_MAX_S:
            restart_s = RESTART_MIN_S
        await asyncio.sleep(restart_s)
        restart_s = min(restart_s * 2, RESTART_MAX_S)


async def _ran(run: Callable[[], Awaitable[None]], name: str, kind: Kind, on_bug: OnBug) -> bool:
    """Whether it came to its end; False after a bug that its kind survives."""
    try:
        await run()
    except Exception as bug:
        if (failed := _failure_of_the_disk(bug)) is not None:
            raise failed from failed.__cause__
        log.exception("task failed name=%s kind=%s", name, kind.value)
        if kind is Kind.JOURNAL:
            raise
        await on_bug(bug)
        return False
    return True


def _failure_of_the_disk(error: Exception) -> JournalFailed | None:
    """The failure that the error is, or that ended one of a group of tasks; None: it is a bug."""
    if isinstance(error, ExceptionGroup):
        each = (_failure_of_the_disk(one) for one in error.exceptions)
        return next((failed for failed in each if failed is not None), None)
    return error if isinstance(error, JournalFailed) else None
