"""What has happened to a few objects, newest first, on the query-only connection.

For a page that a person reads: bounded however long the journal is, and without what has left for
an archive.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Final

import apsw
from msgspec import Struct

from posd.journal import segments
from posd.journal.command import Entry
from posd.journal.event_ids import event_id
from posd.journal.records import ATTEMPTS
from posd.model.attempt import Attempt
from posd.model.reader import Reader

NOW: Final = 2**63 - 1
"""Greater than the number of any fact."""
LOOKED_AT_MAX: Final = 500
"""So many of the latest attempts are looked through for those of a reader."""
EVENTS_LOOKED_AT_MAX: Final = 2000
"""So many events are looked through for those of a type; a page of a rare one may be empty."""


class Begun(Struct, frozen=True):
    """An attempt, and the number of the fact that began it."""

    seq: int
    attempt: Attempt


class Told(Struct, frozen=True):
    """An event as a list shows it: its id, its type, what it is about, and when, in wall ms."""

    id: str
    kind: str
    object: str
    at_ms: int


class ToldPage(Struct, frozen=True):
    """Events, newest first, and the position before which the list goes on; None at its end."""

    events: tuple[Told, ...]
    older: int | None


class Histories:
    """Look-ups by object, from now backwards."""

    def __init__(self, reading: apsw.Connection) -> None:
        self._db = reading

    def latest(self, objects: Sequence[str], each: int, before: int = NOW) -> list[Entry]:
        """The facts of these objects with numbers below `before`, newest first.

        Of each object its `each` latest; fewer where the older ones lie in an archive.
        """
        numbers = [
            seq
            for object_ in objects
            for (seq,) in self._db.execute(
                "SELECT seq FROM history WHERE object = +? AND seq < ?"
                " ORDER BY seq DESC LIMIT ? + 0",
                (object_, before, each),
            )
        ]
        return list(self._numbered(numbers))

    def newest(self, limit: int) -> list[Entry]:
        """The latest facts of all, newest first; fewer where older ones lie in an archive."""
        head = self._db.execute("SELECT seq FROM head").get or 0
        return list(self._numbered(list(range(max(0, head - limit) + 1, head + 1))))

    def _numbered(self, numbers: list[int]) -> Iterator[Entry]:
        """The facts with these numbers, newest first; only their own months are looked into."""
        for segment in reversed(segments.segments(self._db)):
            own = [seq for seq in numbers if seq >= segment.first_seq]
            if own:
                yield from segments.numbered(self._db, segment, json.dumps(own))
                numbers = [seq for seq in numbers if seq < segment.first_seq]

    def attempts_at(self, reader: Reader, limit: int, before: int = NOW) -> list[Begun]:
        """The latest attempts at the reader that began below `before`, newest first.

        With the terminal that it has now, among the latest LOOKED_AT_MAX of that; where it has told
        no id, among the store's latest.
        """
        whose = "" if reader.terminal_id is None else " AND terminal = +?4"
        rows = self._db.execute(
            "SELECT created_seq, body FROM (SELECT created_seq, reader, body FROM attempt"  # noqa: S608
            f" WHERE created_seq < ?2{whose} ORDER BY created_seq DESC LIMIT {LOOKED_AT_MAX})"
            " WHERE reader = +?1 ORDER BY created_seq DESC LIMIT ?3 + 0",
            (
                reader.id,
                before,
                limit,
                *([] if reader.terminal_id is None else [reader.terminal_id]),
            ),
        )
        return [Begun(seq, ATTEMPTS.decode(body)) for seq, body in rows]

    def events(self, kinds: str, limit: int, before: int = NOW) -> ToldPage:
        """Events at positions below `before` whose type fits the GLOB `kinds`.

        Looks through EVENTS_LOOKED_AT_MAX of them, by their index, and reads those that fit.
        """
        looked_at = (
            "SELECT position, type FROM event INDEXED BY event_listed WHERE position < ?1"  # noqa: S608
            f" ORDER BY position DESC LIMIT {EVENTS_LOOKED_AT_MAX}"
        )
        found = self._db.execute(
            f"SELECT position FROM ({looked_at}) WHERE type GLOB ?2 LIMIT ?3 + 0",  # noqa: S608
            (before, kinds, limit),
        )
        positions = [position for (position,) in found]
        last = self._db.execute(
            f"SELECT min(position) FROM ({looked_at}) HAVING count(*) = {EVENTS_LOOKED_AT_MAX}",  # noqa: S608
            (before,),
        ).get
        rows = self._db.execute(
            "SELECT position, epoch, type, object, created_ms FROM event"
            " WHERE position IN (SELECT value FROM json_each(?)) ORDER BY position DESC",
            (json.dumps(positions),),
        )
        events = tuple(
            Told(event_id(place, epoch), kind, object_, at_ms)
            for place, epoch, kind, object_, at_ms in rows
        )
        return ToldPage(events, positions[-1] if len(positions) == limit else last)
