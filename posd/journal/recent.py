"""The latest facts of a few kinds, newest first, on the query-only connection.

For whoever counts what happened lately: from the journal's end backwards, a bounded piece at a
time, however long the journal is. What has left for an archive is not among them.
"""

from collections.abc import Sequence
from typing import Final

import apsw
from msgspec import Struct

from posd.journal import segments
from posd.journal.command import Entry
from posd.model.facts import Fact

PIECE_FACTS: Final = 500


class Piece(Struct, frozen=True):
    """What a stretch of at most PIECE_FACTS facts has of the kinds.

    Attributes:
        entries: Those facts, newest first.
        first_seq: Number of the stretch's first fact; the next piece ends before it.
        newest_ms: Wall time of its last fact, in milliseconds.
    """

    entries: tuple[Entry, ...]
    first_seq: int
    newest_ms: int


class RecentFacts:
    """Look-ups from the journal's end backwards."""

    def __init__(self, reading: apsw.Connection) -> None:
        self._db = reading

    def up_to(self, seq: int, kinds: Sequence[type[Fact]]) -> Piece | None:
        """The piece that ends with fact `seq`; None where the journal begins after it."""
        known = [one for one in segments.segments(self._db) if one.first_seq <= seq]
        if not known:
            return None
        segment = known[-1]
        first = max(segment.first_seq, seq - PIECE_FACTS + 1)
        newest_ms = self._db.execute(
            segment.sql("SELECT wall_ms FROM fact_NNNN WHERE seq = ?"), (seq,)
        ).get
        if newest_ms is None:
            return None
        entries = segments.of_kinds(
            self._db, segment, (first, seq), [kind.__name__ for kind in kinds]
        )
        return Piece(tuple(entries), first, newest_ms)
