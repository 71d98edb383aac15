"""Months of facts in a file of their own, and how they leave the journal for it.

First the file: written, verified and on disk under its name, while posd may sell on; a month that
is over never changes again. Then, in one transaction, the fact that says so and the end of the
months' tables. A crash leaves the months in the journal or in both; never in neither.

An archive has the journal's own tables, as far as they are about facts, so that whatever verifies
and reads a journal verifies and reads it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import apsw
from msgspec import Struct

from posd.errors import CopyFailed, NotArchivable
from posd.journal import connection, retention, segments, verify, whole_file
from posd.journal.command import Command, Committed, Decision, Ledger
from posd.journal.retention import DayOf, Month
from posd.journal.verify import Position, Sound
from posd.model.archive import archive_id
from posd.model.archive_facts import FactsArchived
from posd.model.projection import Circumstance

_WITHIN: Final = "seq BETWEEN ?1 AND ?2"
_ROWS: Final[Mapping[str, str]] = {
    "segment": "first_seq BETWEEN ?1 AND ?2",
    "checkpoint": _WITHIN,
    "history": _WITHIN,
    "archive": "last_seq < min(?1, ?2)",
}
"""Which rows of the journal's tables an archive of facts ?1 to ?2 has, beside the facts."""
_HEAD: Final = "head"
"""The table whose one row is the archive's own."""
_QUICK: Final = {"journal_mode": "off", "synchronous": 0}
"""For a file that is worth nothing until it is whole."""
_FLAGS: Final = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_URI


class Leaving(Struct, frozen=True):
    """Months that lie in a verified archive and may leave the journal.

    Attributes:
        before: The first month that stays, YYYY-MM.
        day_of: The store's business days.
        file: The archive's name, without the folder.
        sound: What it holds.
    """

    before: str
    day_of: DayOf
    file: str
    sound: Sound


def write(journal: Path, before: str, day_of: DayOf, target: Path) -> Leaving | None:
    """Make the archive of all months before this one; None if there are none. posd may run.

    If the target exists and is that archive, from a run that came no further, it is taken as it is.
    Raises NotArchivable, JournalDamaged, JournalFailed; CopyFailed, and then it made no target.
    """
    with closing(connection.open_reader(journal, None)) as db:
        db.execute("BEGIN")
        if db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'archive'").get is None:
            raise NotArchivable(f"{journal} was written by an older posd: start this one once")
        months = _archivable(db, before, day_of)
        if not months:
            return None
        if target.exists():
            whole_file.keep(target)
        else:
            with whole_file.written(target) as part:
                _copy(journal, months, part)
                _verified(db, months, part)
        return Leaving(before, day_of, target.name, _verified(db, months, target))


def let_go(
    db: apsw.Connection, commit: Callable[[Command], Committed], leaving: Leaving
) -> Committed:
    """Take the months out of the journal, inside the caller's transaction, on the writer's side.

    Everything is judged once more. Raises NotArchivable.
    """
    months = _archivable(db, leaving.before, leaving.day_of)
    _compare(db, months, leaving.sound)
    moved = FactsArchived(
        archive=archive_id(leaving.sound.after.seq + 1),
        file=leaving.file,
        months=tuple(month.label for month in months),
        first_seq=leaving.sound.after.seq + 1,
        last_seq=leaving.sound.until.seq,
        last_ordinal=months[-1].segments[-1].ordinal,
        last_hash=leaving.sound.until.hash.hex(),
    )
    for month in months:
        for segment in month.segments:
            db.execute(segment.sql("DROP TABLE fact_NNNN"))
    db.pragma("user_version", connection.ARCHIVED_LAYOUT)
    return commit(_Archiving(moved))


class _Archiving:
    """The command of an operator who may open the journal's file."""

    actor = "operator"
    claim = None

    def __init__(self, moved: FactsArchived) -> None:
        self._moved = moved

    def decide(self, _ledger: Ledger, _at: Circumstance, /) -> Decision:
        return Decision((self._moved,), self._moved.archive)


def _archivable(db: apsw.Connection, before: str, day_of: DayOf) -> Sequence[Month]:
    """The months, if every one of them may leave. Raises NotArchivable."""
    months = retention.months(db, before, day_of)
    if any(month.missing for month in months):
        raise NotArchivable("\n".join(retention.sentences(months)))
    return months


def _copy(journal: Path, months: Sequence[Month], part: Path) -> None:
    moved = [segment.sql("fact_NNNN") for month in months for segment in month.segments]
    rows = {**_ROWS, **dict.fromkeys(moved, _WITHIN)}
    span = (months[0].first_seq, months[-1].last_seq)
    try:
        with closing(apsw.Connection(str(part), flags=_FLAGS)) as target:
            for name, value in _QUICK.items():
                target.pragma(name, value)
            target.execute("ATTACH ? AS journal", (f"{journal.absolute().as_uri()}?mode=rw",))
            with target:
                _make(target, {*rows, _HEAD}, "table")
                for table, which in rows.items():
                    target.execute(
                        f"INSERT INTO main.{table} SELECT * FROM journal.{table} WHERE {which}",  # noqa: S608
                        span,
                    )
                _end(target, moved[-1])
                _make(target, {*rows, _HEAD}, "trigger")
    except apsw.Error as error:
        raise CopyFailed(f"{part} cannot be written: {error}") from error


def _make(target: apsw.Connection, tables: Collection[str], kind: str) -> None:
    """What the journal has of that kind for these tables, in the words that made it there."""
    for name, sql in target.execute(
        "SELECT tbl_name, sql FROM journal.sqlite_schema WHERE type = ? AND sql IS NOT NULL",
        (kind,),
    ):
        if name in tables:
            target.execute(sql)


def _end(target: apsw.Connection, newest: str) -> None:
    """Its head is its last fact; and no posd shall take it for a journal."""
    last = f"SELECT 1, seq, hash, account FROM main.{newest} ORDER BY seq DESC LIMIT 1"  # noqa: S608
    target.execute(f"INSERT INTO main.head (id, seq, hash, account) {last}")
    target.execute(f"PRAGMA main.application_id = {connection.ARCHIVE_ID}")
    target.execute(f"PRAGMA main.user_version = {connection.ARCHIVED_LAYOUT}")


def _verified(db: apsw.Connection, months: Sequence[Month], file: Path) -> Sound:
    """What the file holds. Raises NotArchivable if that is not these months, JournalDamaged."""
    with whole_file.opened(file) as copied:
        if copied.pragma("application_id") != connection.ARCHIVE_ID:
            raise NotArchivable(f"{file} exists and is no archive")
        sound = verify.whole(copied)
    _compare(db, months, sound)
    return sound


def _compare(db: apsw.Connection, months: Sequence[Month], sound: Sound) -> None:
    """Raises NotArchivable unless these facts and no other are in the archive."""
    if not months or sound != Sound(verify.origin(db), _last(db, months[-1].last_seq)):
        raise NotArchivable("the archive holds other facts than those that shall leave")


def _last(db: apsw.Connection, seq: int) -> Position:
    (entry,) = segments.page(db, seq - 1, 1)
    return Position(entry.seq, entry.hash)
