"""A file that gets its name once it is whole and on disk: a crash leaves all of it or none."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import apsw

from posd.errors import CopyFailed

PRIVATE_MODE: Final = 0o600
PART: Final = ".part"
"""What the name of a file ends with while it is being written."""
FRESH: Final = ".new"
"""The same of one that will take another's place."""


@contextmanager
def written(target: Path) -> Iterator[Path]:
    """Where to write what shall be `target`: an empty file beside it, its owner's alone.

    When the block ends well, the file and then its name are on disk. When it does not, nothing is
    left. Raises CopyFailed: the target exists, or the disk refused.
    """
    part = target.with_name(target.name + PART)
    try:
        if target.exists():
            raise CopyFailed(f"{target} exists: name a file that does not")
        # What a run left that the power or a kill ended.
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE))
        try:
            yield part
            sync(part)
            part.rename(target)
            try:
                sync(target.parent)
            except OSError:
                target.unlink(missing_ok=True)
                raise
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise CopyFailed(f"{target} cannot be written: {error}") from error


def replace(target: Path, octets: bytes) -> None:
    """Write a file anew, its owner's alone: it is the old one or the new one, whatever happens.

    Blocks for two fsyncs: the file's, and its folder's for the new name. Raises OSError.
    """
    fresh = target.with_name(target.name + FRESH)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, PRIVATE_MODE)
    try:
        os.write(descriptor, octets)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    fresh.replace(target)
    sync(target.parent)


def keep(target: Path) -> None:
    """Bring a file that was there already to disk, and its name. Raises CopyFailed.

    A run that the power or a kill ended may have left it before its folder was.
    """
    try:
        sync(target)
        sync(target.parent)
    except OSError as error:
        raise CopyFailed(f"{target} may not be on disk: {error}") from error


def sync(path: Path) -> None:
    """Bring a file or a folder to disk. Raises OSError if it may not be there."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def opened(file: Path) -> Iterator[apsw.Connection]:
    """A database that nobody writes, read where it lies; nothing is made beside it.

    Raises CopyFailed if it cannot be opened.
    """
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    try:
        db = apsw.Connection(f"{file.absolute().as_uri()}?immutable=1", flags=flags)
    except apsw.Error as error:
        raise CopyFailed(f"{file} cannot be opened: {error}") from error
    with closing(db):
        db.pragma("trusted_schema", 0)
        db.pragma("cell_size_check", 1)
        yield db
