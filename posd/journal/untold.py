"""How much Stripe has not been told: sums that the schema's triggers keep with each change."""

from typing import Final

import apsw

from posd.model.backlog import Backlog

OLDEST_WAITING: Final = "SELECT min(owed_ms) FROM outbox WHERE state = 'waiting'"


def backlog(db: apsw.Connection) -> Backlog:
    """The backlog as this connection sees it; two look-ups however much it is."""
    sums = list(db.execute("SELECT currency, payments, amount FROM backlog WHERE payments <> 0"))
    return Backlog(
        payments=sum(payments for _, payments, _ in sums),
        amounts={currency: amount for currency, _, amount in sums},
        oldest_ms=db.execute(OLDEST_WAITING).get,
    )
