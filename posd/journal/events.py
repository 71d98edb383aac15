"""Stripe-shaped events, kept beside the facts they tell until they are pruned."""

from typing import Final

import apsw

from posd.journal.command import Event

PRUNE_EVENTS_MAX: Final = 500
"""Events that one batch forgets at most, so that no commit waits long behind it."""


def keep(db: apsw.Connection, event: Event, seq: int, at_ms: int) -> None:
    """Write the event, in the transaction of the fact with this number."""
    db.execute(
        "INSERT INTO event (id, seq, created_ms, type, object, body) VALUES (?, ?, ?, ?, ?, ?)",
        (event.id, seq, at_ms, event.type, event.object, event.body),
    )


def prune(db: apsw.Connection, before_ms: int) -> int:
    """Forget some of the events of facts before this wall time; how many."""
    db.execute(
        "DELETE FROM event WHERE position IN"
        " (SELECT position FROM event WHERE created_ms < ? ORDER BY created_ms LIMIT ? + 0)",
        (before_ms, PRUNE_EVENTS_MAX),
    )
    return db.changes()
