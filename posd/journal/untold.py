"""How much Stripe has not been told: sums that the schema's triggers keep with each change."""

import apsw

from posd.journal.outbox_rows import oldest_waiting_ms
from posd.model.backlog import Backlog


def backlog(db: apsw.Connection) -> Backlog:
    """The backlog as this connection sees it; two look-ups however much it is."""
    sums = list(db.execute("SELECT currency, payments, amount FROM backlog WHERE payments <> 0"))
    return Backlog(
        payments=sum(payments for _, payments, _ in sums),
        amounts={currency: amount for currency, _, amount in sums},
        oldest_ms=oldest_waiting_ms(db),
    )
