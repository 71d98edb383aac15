"""Events in their order, for somebody who follows them and comes back where he left off."""

import json
from collections.abc import Sequence
from typing import Any, Final

import apsw
from msgspec import Struct

from posd.journal.command import Event
from posd.journal.event_ids import (
    EVENTS_OF_A_FACT_MAX,
    epoch_of,
    event_id,
    position,
    position_of,
)

STRETCH_EVENTS_MAX: Final = 100
_LAST_OF_A_FACT: Final = EVENTS_OF_A_FACT_MAX - 1


class Stretch(Struct, frozen=True):
    """Events that follow a position, oldest first.

    Attributes:
        reached: Every event up to this position has been looked at: what follows, follows it.
    """

    events: tuple[Event, ...]
    reached: int


class Place(Struct, frozen=True):
    """Where somebody left off.

    Attributes:
        position: What he has not seen yet follows it.
        whole: Whether nothing is missing in between: False if events were pruned meanwhile, or if
            what he saw last is not in this journal any more, and then he begins with its oldest.
    """

    position: int
    whole: bool


class EventFeed:
    """Look-ups by the query-only connection, each of a bounded number of events."""

    def __init__(self, reading: apsw.Connection) -> None:
        self._db = reading

    def end(self) -> int:
        """The position behind every event that is durable now."""
        seq: int = self._db.execute("SELECT seq FROM head").get
        return position(seq, _LAST_OF_A_FACT)

    def place(self, last_id: str) -> Place:
        """Where somebody stands who saw this event last; it may be no event's id at all."""
        at = position_of(last_id)
        known = self._db.execute(
            "SELECT 1 FROM event WHERE position = ? AND epoch = ?", (at, epoch_of(last_id))
        ).get
        return Place(at, whole=True) if known else Place(0, whole=False)

    def after(self, place: int, kinds: Sequence[str]) -> Stretch:
        """The next STRETCH_EVENTS_MAX events of these types as GLOB reads them, all if none."""
        end = self.end()  # before the look: what is committed in between is left to the next one
        rows = self._db.execute(
            "SELECT position, type, object, body, epoch FROM event INDEXED BY event_listed"
            " WHERE position > ? AND position <= ?"
            " AND EXISTS (SELECT 1 FROM json_each(?) WHERE event.type GLOB value)"
            " ORDER BY position LIMIT ? + 0",
            (place, end, json.dumps(list(kinds) or ["*"]), STRETCH_EVENTS_MAX),
        ).fetchall()
        events = tuple(map(_event, rows))
        return Stretch(
            events, end if len(rows) < STRETCH_EVENTS_MAX else position_of(events[-1].id)
        )


def _event(row: tuple[Any, ...]) -> Event:
    place, kind, object_, body, epoch = row
    return Event(event_id(place, epoch), kind, object_, body)
