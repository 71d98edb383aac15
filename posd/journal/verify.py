"""Is the journal what was written? From the last checkpoint at each start, the rest afterwards.

A backup and an archive are asked the same, all of it at once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

import apsw
from msgspec import Struct

from posd.errors import JournalDamaged
from posd.journal import chain, connection, segments
from posd.journal.border import border
from posd.journal.command import Entry
from posd.model.facts import FACT_VERSION, KINDS

PIECE_FACTS: Final = 64
"""About a millisecond: as long as a till's call may wait for the interpreter meanwhile."""


OnProgress: TypeAlias = Callable[[int, int], None]
"""Told how much is done, and of how much."""


def nobody_asks(_done: int, _of: int) -> None:
    """Nobody wants to know how far it is."""


class Position(Struct, frozen=True):
    """A verified place in the chain."""

    seq: int = 0
    hash: bytes = chain.GENESIS


class Sound(Struct, frozen=True):
    """What a file holds, verified from its first octet to its last.

    Attributes:
        after: What its first fact follows.
        until: Its last fact.
    """

    after: Position
    until: Position

    @property
    def facts(self) -> int:
        """How many there are."""
        return self.until.seq - self.after.seq


class Standing(Struct, frozen=True):
    """How far a running journal is verified.

    Attributes:
        origin: What its first fact follows.
        reached: How far it is verified from there, in the background.
        checkpoint: From where on it was verified at the start.
        head: Its last fact that is durable.
    """

    origin: Position
    reached: Position
    checkpoint: Position
    head: Position

    @property
    def is_verified(self) -> bool:
        """Whether that is all of it."""
        return self.reached.seq >= self.checkpoint.seq


def last_checkpoint(db: apsw.Connection) -> Position:
    """The last checkpoint, or the start of what the file holds."""
    row = db.execute("SELECT seq, hash FROM checkpoint ORDER BY seq DESC LIMIT 1").get
    checkpoint = Position() if row is None else Position(*row)
    return max(checkpoint, origin(db), key=lambda one: one.seq)


def origin(db: apsw.Connection) -> Position:
    """What the first fact here follows: nothing, or the last one that left for an archive."""
    found = border(db)
    return Position(found.seq, found.hash)


def newest_entry(db: apsw.Connection) -> Entry | None:
    """The last entry, verified with all before it up to the last checkpoint; None if empty.

    Raises JournalDamaged if a fact is missing, out of place or not what was written, or if the
    journal does not end where its head says.
    """
    with damage_named():
        checkpoint = last_checkpoint(db)
        position, last = checkpoint, None
        if checkpoint != origin(db):
            last = _at(db, checkpoint)
        for segment in segments.segments(db):
            if segment.first_seq > checkpoint.seq and segment.first_seq != position.seq + 1:
                raise JournalDamaged(f"segment {segment.ordinal} is out of place")
            for entry in segments.rows(db, segment, checkpoint.seq):
                position = Position(*chain.follow(position.seq, position.hash, entry))
                last = entry
        head = db.execute("SELECT seq, hash FROM head").get or (0, chain.GENESIS)
        if Position(*head) != position:
            raise JournalDamaged(f"the head names fact {head[0]}, the last is {position.seq}")
        return last


def piece(db: apsw.Connection, position: Position, until: Position) -> Position:
    """Verify at most PIECE_FACTS facts after `position`; the place reached, `until` at last.

    Raises JournalDamaged.
    """
    with damage_named():
        page = segments.page(db, position.seq, min(PIECE_FACTS, until.seq - position.seq))
        if not page:
            raise JournalDamaged(f"fact {position.seq + 1} is missing")
        for entry in page:
            position = Position(*chain.follow(position.seq, position.hash, entry))
            if position.seq % chain.CHECKPOINT_FACTS == 0:
                hash_ = db.execute("SELECT hash FROM checkpoint WHERE seq = ?", (entry.seq,)).get
                _compare(Position(entry.seq, hash_), position)
        return position


def whole(db: apsw.Connection, on_progress: OnProgress = nobody_asks) -> Sound:
    """All that the file holds, while nobody changes it. Raises JournalDamaged, JournalTooNew.

    `on_progress` is told after each piece how many facts are verified, and of how many. Reads every
    page and every fact: about a minute for a million facts.
    """
    with damage_named():
        connection.layout(db, (connection.APPLICATION_ID, connection.ARCHIVE_ID))
        if (found := db.execute("PRAGMA integrity_check(1)").get) != "ok":
            raise JournalDamaged(f"the file is damaged: {found}")
        first = position = origin(db)
        until = last_checkpoint(db)
        while position != until:
            position = piece(db, position, until)
            on_progress(position.seq - first.seq, until.seq - first.seq)
        last = newest_entry(db)
        if last is None:
            raise JournalDamaged("the file holds no fact")
        return Sound(first, Position(last.seq, last.hash))


def unreadable_objects(db: apsw.Connection) -> frozenset[str]:
    """Ids of the objects with facts of a kind or version that this posd cannot read.

    Reads no fact unless there is such a kind.
    """
    first_seqs = [
        first_seq
        for kind, version, first_seq in db.execute("SELECT kind, version, first_seq FROM fact_kind")
        if kind not in KINDS or version > FACT_VERSION
    ]
    if not first_seqs:
        return frozenset()
    return frozenset(
        entry.object
        for segment in segments.segments(db)
        for entry in segments.rows(db, segment, min(first_seqs) - 1)
        if entry.fact is None
    )


@contextmanager
def damage_named() -> Iterator[None]:
    """What SQLite finds wrong in the file is damage. Raises JournalDamaged."""
    try:
        yield
    except (apsw.CorruptError, apsw.NotADBError, apsw.SQLError, UnicodeDecodeError) as error:
        raise JournalDamaged(f"the journal cannot be read: {error}") from error


def _at(db: apsw.Connection, checkpoint: Position) -> Entry:
    """The entry at the checkpoint, verified against it."""
    for entry in segments.page(db, checkpoint.seq - 1, 1):
        _compare(checkpoint, Position(*chain.follow(checkpoint.seq - 1, entry.previous, entry)))
        return entry
    raise JournalDamaged(f"fact {checkpoint.seq} is missing, its checkpoint is there")


def _compare(checkpoint: Position, found: Position) -> None:
    if found != checkpoint:
        raise JournalDamaged(f"fact {found.seq} is not what its checkpoint says")
