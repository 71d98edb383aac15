"""Facts in tables of one month each, all inside the one database file.

A segment is a table and not a file: with write-ahead logs, SQLite commits a transaction that spans
attached files file by file, so that a power cut could keep one half (sqlite.org, "ATTACH"). A
segment is named by its ordinal and labelled by the month of the wall clock; a clock that jumps to
another month, either way, just opens one more segment. The order of facts is `seq`, nothing else.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any, Final

import apsw
from msgspec import Struct

from posd.journal.border import archived, border
from posd.journal.command import Entry
from posd.model.facts import UnknownFact, decode

_SCHEMA: Final = files(__package__).joinpath("schema", "segment.sql").read_text()
_COLUMNS: Final = (
    "seq, kind, version, object, boot, node, actor, account, livemode, wall_ms, legs, body,"
    " previous, hash"
)


class Segment(Struct, frozen=True):
    """One month of facts, from `first_seq` to the next segment's first."""

    ordinal: int
    label: str
    first_seq: int

    def sql(self, statement: str) -> str:
        """The statement on this segment's own table, which it calls fact_NNNN."""
        return statement.replace("NNNN", f"{self.ordinal:04d}")


def label_of(moment: datetime) -> str:
    """The month, as `2026-11`."""
    return moment.isoformat()[: len("YYYY-MM")]


def segments(db: apsw.Connection) -> list[Segment]:
    """All segments that have not left for an archive, oldest first."""
    rows = db.execute(
        "SELECT ordinal, label, first_seq FROM segment WHERE ordinal > ? ORDER BY ordinal",
        (border(db).ordinal,),
    )
    return [Segment(*row) for row in rows]


def newest(db: apsw.Connection) -> Segment | None:
    """The segment that facts are appended to, or None before the first."""
    row = db.execute(
        "SELECT ordinal, label, first_seq FROM segment ORDER BY ordinal DESC LIMIT 1"
    ).get
    return None if row is None else Segment(*row)


def add(db: apsw.Connection, segment: Segment) -> None:
    """Make the segment's table, empty and append-only, inside the caller's transaction."""
    db.execute(segment.sql(_SCHEMA))
    db.execute(
        "INSERT INTO segment (ordinal, label, first_seq) VALUES (?, ?, ?)",
        (segment.ordinal, segment.label, segment.first_seq),
    )


def append(db: apsw.Connection, segment: Segment, entry: Entry) -> None:
    """Write one row, inside the caller's transaction."""
    db.execute(
        segment.sql(
            f"INSERT INTO fact_NNNN ({_COLUMNS})"  # noqa: S608 (a constant)
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        ),
        (
            entry.seq,
            entry.kind,
            entry.version,
            entry.object,
            entry.boot,
            entry.node,
            entry.actor,
            entry.account,
            entry.livemode,
            entry.wall_ms,
            entry.legs,
            entry.body,
            entry.previous,
            entry.hash,
        ),
    )


def page(db: apsw.Connection, after: int, limit: int) -> list[Entry]:
    """At most `limit` entries that follow `after`, all of one segment; none if there are none.

    Raises Archived if they left the journal.
    """
    row = db.execute(
        "SELECT ordinal, label, first_seq FROM segment WHERE first_seq <= ?"
        " ORDER BY first_seq DESC LIMIT 1",
        (after + 1,),
    ).get
    try:
        return [] if row is None else list(rows(db, Segment(*row), after, limit))
    except apsw.SQLError:
        if after < border(db).seq:
            raise archived(db, after + 1) from None
        raise


def rows(db: apsw.Connection, segment: Segment, after: int, limit: int = -1) -> Iterator[Entry]:
    """The segment's entries that follow `after`, in order; a negative limit means all."""
    statement = segment.sql(
        f"SELECT {_COLUMNS} FROM fact_NNNN WHERE seq > ? ORDER BY seq LIMIT ? + 0"  # noqa: S608
    )
    return map(_entry, db.execute(statement, (after, limit)))


def of_kinds(
    db: apsw.Connection, segment: Segment, stretch: tuple[int, int], kinds: Sequence[str]
) -> Iterator[Entry]:
    """The segment's entries of these kinds, from one number to another, newest first."""
    marks = ", ".join("?" * len(kinds))
    statement = segment.sql(
        f"SELECT {_COLUMNS} FROM fact_NNNN WHERE seq BETWEEN ? AND ?"  # noqa: S608
        f" AND kind IN ({marks}) ORDER BY seq DESC"
    )
    return map(_entry, db.execute(statement, (*stretch, *kinds)))


def numbered(db: apsw.Connection, segment: Segment, numbers: str) -> Iterator[Entry]:
    """The segment's entries with these numbers, a JSON array, newest first."""
    statement = segment.sql(
        f"SELECT {_COLUMNS} FROM fact_NNNN WHERE seq IN (SELECT value FROM json_each(?))"  # noqa: S608
        " ORDER BY seq DESC"
    )
    return map(_entry, db.execute(statement, (numbers,)))


def _entry(row: tuple[Any, ...]) -> Entry:
    seq, kind, version, object_, boot, node, actor, account, livemode, wall_ms, legs, body = row[
        :12
    ]
    previous, hash_ = row[12:]
    try:
        fact = decode(kind, version, body)
    except UnknownFact:
        fact = None
    return Entry(
        seq=seq,
        kind=kind,
        version=version,
        object=object_,
        boot=boot,
        node=node,
        actor=actor,
        account=account,
        livemode=bool(livemode),
        wall_ms=wall_ms,
        legs=legs,
        body=body,
        previous=previous,
        hash=hash_,
        fact=fact,
    )
