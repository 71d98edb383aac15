"""What Stripe's API would emit for a refund: its own events, and its charge's."""

from collections.abc import Sequence

from posd.journal.command import Ledger
from posd.model.attempt import Attempt
from posd.model.facts import (
    AttemptAborted,
    AttemptApproved,
    AttemptDeclined,
    AttemptNotCharged,
    AttemptNotSent,
    AttemptStarted,
    Fact,
)
from posd.model.payment_intent import PaymentIntent
from posd.model.projection import Record
from posd.model.refund import Refund
from posd.model.refund_facts import RefundUpdated
from posd.render import Json
from posd.render.charge import charge
from posd.render.refund import refund


def refund_events(fact: Fact, changed: Sequence[Record], ledger: Ledger) -> list[tuple[str, Json]]:
    """Type and object of each event of the fact, if it is about a refund.

    A refund is created with its attempt, in one transaction; the fact before says what it is for.
    """
    moved = next((one for one in changed if isinstance(one, Refund)), None)
    if moved is None or moved.attempt is None:
        return []
    attempt = ledger.attempt(moved.attempt)
    assert attempt is not None, moved
    told = refund(moved, attempt)
    match fact:
        case AttemptStarted():
            return [("refund.created", told)]
        case RefundUpdated():
            return [("refund.updated", told)]
        case AttemptApproved():
            return [
                ("charge.refunded", _charge(attempt, changed, ledger)),
                ("refund.updated", told),
            ]
        case AttemptDeclined() | AttemptAborted() | AttemptNotSent() | AttemptNotCharged():
            return [("refund.failed", told), ("refund.updated", told)]
        case _:
            return []


def _charge(attempt: Attempt, changed: Sequence[Record], ledger: Ledger) -> Json:
    (intent,) = (one for one in changed if isinstance(one, PaymentIntent))
    assert attempt.original is not None, attempt
    sale = ledger.attempt(attempt.original)
    assert sale is not None, attempt
    reader = ledger.reader(sale.reader)
    assert reader is not None, sale
    return charge(intent, sale, reader)
