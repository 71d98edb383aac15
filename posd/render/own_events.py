"""What Stripe has no event for: a payment or an end of day needs a person, or has been settled."""

from collections.abc import Sequence
from typing import Final

from posd.journal.command import Ledger
from posd.model.attempt import Attempt
from posd.model.facts import (
    AttemptApproved,
    AttemptNotCharged,
    DiscrepancyClosed,
    DiscrepancyFound,
    Fact,
    PersonNeeded,
    Proof,
)
from posd.model.projection import Record
from posd.render import Json

NEEDS_A_PERSON: Final = "posd.needs_a_person"
SETTLED: Final = "posd.settled"
"""What was unproven is proven, by the terminal or by a person, or a contradiction is closed."""


def own_events(fact: Fact, changed: Sequence[Record], ledger: Ledger) -> list[tuple[str, Json]]:
    """Type and object of the event of the fact, if it is one."""
    match fact:
        case PersonNeeded() | DiscrepancyFound():
            kind = NEEDS_A_PERSON
        case AttemptNotCharged() | DiscrepancyClosed():
            kind = SETTLED
        case AttemptApproved(proof=proof) if proof is not Proof.DIALOGUE:
            kind = SETTLED
        case _:
            return []
    (attempt,) = (one for one in changed if isinstance(one, Attempt))
    return [(kind, _errand(attempt, ledger))]


def _errand(attempt: Attempt, ledger: Ledger) -> Json:
    """Amounts in minor units; no payment and no order is an end of day's."""
    intent = ledger.payment_intent(attempt.payment_intent) if attempt.payment_intent else None
    return {
        "id": attempt.id,
        "object": "posd.errand",
        "payment_intent": attempt.payment_intent or None,
        "order": intent.order if intent is not None else None,
        "kind": attempt.kind.value,
        "state": attempt.state.value,
        "reader": attempt.reader,
        "amount": attempt.amount,
        "currency": attempt.currency,
        "reason": attempt.discrepancy if attempt.contradicted else attempt.reason,
        "since": attempt.started_ms // 1000,
    }
