"""How far events were acknowledged, and what the broker retains: in a file beside the journal.

It may lag behind and is never ahead: after a crash the last few events are told once more, and none
is left out. Nothing of a payment waits for it.
"""

import asyncio
import logging
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct

from posd.journal import whole_file
from posd.journal.epochs import Life

log = logging.getLogger(__name__)


class Position(Struct, frozen=True):
    """What others know already.

    Attributes:
        epoch: Of the journal's copy that `seq` counts in.
        seq: Number of the last fact whose event was acknowledged, and of all before it.
        topics: Where something may be retained.
    """

    epoch: str
    seq: int
    topics: tuple[str, ...] = ()


class Positions(Protocol):
    """Where it is kept."""

    async def read(self) -> Position | None:
        """What was kept last, or None where nothing was or it cannot be read."""
        ...

    async def keep(self, position: Position, /) -> None:
        """Keep it; returns when it is on disk. Raises OSError."""
        ...


class PositionFile:
    """One line of JSON, replaced as a whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self) -> Position | None:
        """What was kept last, or None; on a thread."""
        return await asyncio.to_thread(self._read)

    async def keep(self, position: Position, /) -> None:
        """Keep it, on a thread."""
        await asyncio.to_thread(self._write, position)

    def _read(self) -> Position | None:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Position)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("%s cannot be read, events go on from here: %s", self._path, error)
            return None

    def _write(self, position: Position) -> None:
        whole_file.replace(self._path, msgspec.json.encode(position) + b"\n")


def told_until(kept: Position | None, life: Life, *, before: int, origin: int, head: int) -> int:
    """Number of the last fact that others know already: what follows is told.

    A journal that was put back from a backup gives numbers out anew: all are told from the start on
    that noticed it, which is the fact before the notice. `before` is the last fact of the boot
    before, where a posd begins that never told anything; `origin` what the oldest fact follows that
    is not in an archive.
    """
    if kept is None:
        return max(before, origin)
    if kept.epoch != life.epoch:
        return max(min(kept.seq, life.restored_seq - 2, head), origin)
    return max(min(kept.seq, head), origin)
