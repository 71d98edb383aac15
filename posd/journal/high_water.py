"""How far the journal has been, in a file beside it: what shows that an older one was put back.

A backup leaves this file out, and so does whoever copies the database alone. It may lag behind the
journal and is never ahead of it: it tells only what was durable before. Nothing of a payment waits
for it.
"""

import asyncio
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct

from posd.errors import JournalDamaged
from posd.journal import whole_file


class HighWater(Struct, frozen=True):
    """A fact that was durable: its number and hash, and the life of the journal it is of.

    `seq` is 0 in a file that was made before the journal's first fact.
    """

    journal: str
    epoch: str
    boot: int
    seq: int
    hash: bytes


class HighWaters(Protocol):
    """Where the mark is kept."""

    def read(self) -> HighWater | None:
        """The mark, or None if there is none. Raises JournalDamaged if it cannot be read."""
        ...

    def write(self, mark: HighWater, /) -> None:
        """Keep it; returns when it is on disk. Raises OSError."""
        ...

    async def keep(self, mark: HighWater, /) -> None:
        """Keep it without holding up the loop. Raises OSError."""
        ...


class HighWaterFile:
    """One line of JSON, replaced as a whole: a power cut leaves the mark before or this one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> HighWater | None:
        """The mark, or None if there is no file. Raises JournalDamaged."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=HighWater)
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError as error:
            raise JournalDamaged(
                f"{self._path} cannot be read: {error}. It tells whether the journal beside it is"
                " the latest. If that was put back from a backup, move this file away; posd then"
                " finds out what is missing before it sells."
            ) from error

    def write(self, mark: HighWater, /) -> None:
        """Keep it. Blocks for two fsyncs: the file's, and its folder's for the new name."""
        whole_file.replace(self._path, msgspec.json.encode(mark) + b"\n")

    async def keep(self, mark: HighWater, /) -> None:
        """Keep it, on a thread of its own."""
        await asyncio.to_thread(self.write, mark)
