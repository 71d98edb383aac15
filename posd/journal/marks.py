"""When something was last done that is no fact: it says how old a copy is, and no more.

A mark is durable and may be overwritten; nothing about money rests on one.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol, TypeVar

import apsw

_T = TypeVar("_T")


class Write(Protocol):
    """Runs work in the writer's next batch; returns when it is on disk."""

    def __call__(self, work: Callable[[], _T], /) -> Awaitable[_T]:
        """Run it. Raises JournalFailed."""
        ...


class Marks:
    """The marks of one journal."""

    def __init__(self, reading: apsw.Connection, writing: apsw.Connection, write: Write) -> None:
        self._reading = reading
        self._writing = writing
        self._write = write

    def at(self, name: str) -> int | None:
        """Wall time in milliseconds of the last mark of that name, or None."""
        at: int | None = self._reading.execute(
            "SELECT wall_ms FROM mark WHERE name = ?", (name,)
        ).get
        return at

    async def set(self, name: str, wall_ms: int) -> None:
        """Mark it; returns when that is on disk. Raises JournalFailed."""
        await self._write(partial(self._set, name, wall_ms))

    def _set(self, name: str, wall_ms: int) -> None:
        self._writing.execute(
            "INSERT INTO mark (name, wall_ms) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET wall_ms = excluded.wall_ms",
            (name, wall_ms),
        )
