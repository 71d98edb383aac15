"""Where the journal begins: with the first fact ever, or the first that left for no archive."""

from collections.abc import Collection
from typing import Final

import apsw
import msgspec
from msgspec import Struct

from posd.errors import Archived
from posd.journal import chain, connection
from posd.model.archive import Archive

ARCHIVES: Final = msgspec.json.Decoder(Archive)


class Border(Struct, frozen=True):
    """What lies elsewhere.

    Attributes:
        ordinal: Segments up to this one.
        seq: Facts up to this one.
        hash: Of the last of them: what the journal's first fact follows.
    """

    ordinal: int = 0
    seq: int = 0
    hash: bytes = chain.GENESIS


def border(db: apsw.Connection) -> Border:
    """The end of what lies in archives; where nothing does, what the very first fact follows."""
    if db.pragma("user_version") < connection.ARCHIVED_LAYOUT:
        return Border()
    row = db.execute(
        "SELECT last_ordinal, last_seq, hash FROM archive ORDER BY last_ordinal DESC LIMIT 1"
    ).get
    return Border() if row is None else Border(*row)


def archived(db: apsw.Connection, seq: int) -> Archived:
    """What to raise for a fact that lies in an archive: which one."""
    file = db.execute(
        "SELECT file FROM archive WHERE last_seq >= ? ORDER BY last_seq LIMIT 1", (seq,)
    ).get
    return Archived(f"fact {seq}", str(file))


def refuse_archived_months(db: apsw.Connection, labels: Collection[str]) -> None:
    """Raise Archived if facts of one of these months, each as YYYY-MM, left the journal."""
    if db.pragma("user_version") < connection.ARCHIVED_LAYOUT:
        return
    for (body,) in db.execute("SELECT body FROM archive ORDER BY last_seq"):
        moved = ARCHIVES.decode(body).moved
        for label in sorted({*labels} & {*moved.months}):
            raise Archived(label, moved.file)
