"""Three classes of task, and what a bug in each of them may take down.

A journal task's bug ends the process, since nothing may be promised without the journal. A
reader's bug ends its attachment, which starts over by asking the terminal what is true. A tail's
bug (sync, page, bus) is logged and the tail starts again. Faults are types and are handled where
they happen; what arrives here is a bug.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Final

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


def supervise(
    group: asyncio.TaskGroup, run: Callable[[], Awaitable[None]], *, name: str, kind: Kind
) -> None:
    """Run for ever in the root group, under the rule of its kind."""
    group.create_task(_supervised(run, name, kind), name=name)


async def _supervised(run: Callable[[], Awaitable[None]], name: str, kind: Kind) -> None:
    loop = asyncio.get_running_loop()
    restart_s = RESTART_MIN_S
    while True:
        began = loop.time()
        try:
            await run()
        except JournalFailed:
            await asyncio.sleep(LAST_WORD_S)
            raise
        except Exception:
            log.exception("task failed name=%s kind=%s", name, kind.value)
            if kind is Kind.JOURNAL:
                raise
        else:
            return
        if loop.time() - began > RESTART_MAX_S:
            restart_s = RESTART_MIN_S
        await asyncio.sleep(restart_s)
        restart_s = min(restart_s * 2, RESTART_MAX_S)
