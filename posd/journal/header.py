"""The header of a journal's file, read without opening the database: nothing is made beside it.

SQLite, "Database File Format", 1.3 (the header) and 4.1 (the log): the newest page 1 that a commit
has brought into the log counts before the one of the file.
"""

import struct
from pathlib import Path
from typing import Final

from msgspec import Struct

from posd.errors import JournalDamaged

MAGIC: Final = b"SQLite format 3\0"
HEADER_OCTETS: Final = 100
LOG_HEADER_OCTETS: Final = 32
FRAME_HEADER_OCTETS: Final = 24
_USER_VERSION: Final = 60
_APPLICATION_ID: Final = 68


class Header(Struct, frozen=True):
    """What says which tables lie in the file: 0 and 0 in one that was never written."""

    layout: int
    application: int


def read(file: Path) -> Header:
    """The header as the next who opens it meets it. Raises JournalDamaged, OSError."""
    with file.open("rb") as opened:
        first = opened.read(HEADER_OCTETS)
    log = file.with_name(file.name + "-wal")
    newest = (_in_log(log) if log.exists() else None) or first
    if not newest:
        return Header(0, 0)
    if len(newest) < HEADER_OCTETS or not newest.startswith(MAGIC):
        raise JournalDamaged(f"{file} is not a journal of posd")
    layout, application = (
        int.from_bytes(newest[at : at + 4], "big") for at in (_USER_VERSION, _APPLICATION_ID)
    )
    return Header(layout, application)


def _in_log(log: Path) -> bytes | None:
    """The newest committed page 1 of it, its first octets."""
    with log.open("rb") as opened:
        head = opened.read(LOG_HEADER_OCTETS)
        if len(head) < LOG_HEADER_OCTETS:
            return None
        page_octets: int = struct.unpack_from(">I", head, 8)[0]
        pending = committed = None
        while len(frame := opened.read(FRAME_HEADER_OCTETS)) == FRAME_HEADER_OCTETS:
            page = opened.read(page_octets)
            number, pages_after_commit = struct.unpack_from(">II", frame)
            if frame[8:16] != head[16:24] or len(page) < page_octets:
                break
            pending = page[:HEADER_OCTETS] if number == 1 else pending
            committed = pending if pages_after_commit else committed
        return committed
