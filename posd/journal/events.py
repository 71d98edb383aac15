"""Stripe-shaped events, kept beside the facts they tell until they are pruned."""

from typing import Final

import apsw

from posd.journal.command import Event
from posd.journal.event_ids import epoch_of, position_of

PRUNE_EVENTS_MAX: Final = 500
"""Events that one batch forgets at most, so that no commit waits long behind it."""


def keep(db: apsw.Connection, event: Event, at_ms: int) -> None:
    """Write the event, in the transaction of its fact."""
    position = position_of(event.id)
    assert position, event
    db.execute(
        "INSERT INTO event (position, created_ms, type, object, body, epoch)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (position, at_ms, event.type, event.object, event.body, epoch_of(event.id)),
    )


def prune(db: apsw.Connection, before_ms: int) -> int:
    """Forget some of the events of facts before this wall time; how many.

    Oldest first by their order. An index by time would cost each commit a page; without it, the
    call that finds nothing has looked through all of `event_listed`: about 20 ms for 100,000.
    """
    db.execute(
        "DELETE FROM event WHERE position IN (SELECT position FROM event INDEXED BY event_listed"
        " WHERE created_ms < ? ORDER BY position LIMIT ? + 0)",
        (before_ms, PRUNE_EVENTS_MAX),
    )
    return db.changes()
