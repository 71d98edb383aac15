"""Folders in memory, where an fsync costs nothing: what a power cut leaves is for other tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

_SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 (a folder of its own in it)


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """A folder that is gone afterwards, on disk where the machine has none in memory."""
    shared = _SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None
    with TemporaryDirectory(prefix="posd-", dir=shared) as folder:
        yield Path(folder)
