"""An end of day as posd tells it: the shape is posd's own, since Stripe knows none."""

from collections.abc import Mapping
from typing import Final

from posd.model.attempt import Attempt, AttemptState
from posd.model.closing import Takings
from posd.model.reader import Reader
from posd.render import Json
from posd_drivers.card_reader import Totals

STATUS: Final[Mapping[AttemptState, str]] = {
    AttemptState.STARTED: "in_progress",
    AttemptState.REPORTED: "in_progress",
    AttemptState.UNKNOWN: "unproven",
    AttemptState.PERSON: "needs_a_person",
    AttemptState.SET_ASIDE: "needs_a_person",
    AttemptState.APPROVED: "closed",
    AttemptState.DECLINED: "refused",
    AttemptState.ABORTED: "refused",
    AttemptState.NOT_SENT: "not_closed",
    AttemptState.NOT_CHARGED: "not_closed",
}
"""Whether the terminal has closed its day. An unproven one is neither closed nor not."""


def end_of_day(attempt: Attempt, reader: Reader) -> Json:
    """The attempt to close the reader's day, and what was compared if it is its latest closing.

    `totals` are those that were closed; until then, those just before.
    """
    closing = reader.closing
    its_own = closing is not None and closing.attempt == attempt.id
    totals = closing.totals if closing is not None and its_own else attempt.totals
    return {
        "object": "posd.end_of_day",
        "id": attempt.id,
        "reader": reader.id,
        "status": STATUS[attempt.state],
        "contradicted": attempt.contradicted,
        "result_code": None if attempt.code is None else f"{attempt.code:02X}",
        "reason": attempt.discrepancy or attempt.reason,
        "created": attempt.started_ms // 1000,
        "changed": attempt.changed_ms // 1000,
        "currency": attempt.currency,
        "totals": None if totals is None else totals_told(totals),
        "takings": _takings(closing.takings) if closing is not None and its_own else None,
        "agreement": closing.agreement.value if closing is not None and its_own else None,
        "livemode": reader.livemode,
    }


def totals_told(totals: Totals) -> Json:
    """What a terminal adds up, as it told it."""
    return {
        "amount": totals.amount,
        "first_receipt": totals.first_receipt,
        "last_receipt": totals.last_receipt,
        "brands": [
            {"brand": one.brand, "count": one.count, "amount": one.amount} for one in totals.brands
        ],
    }


def _takings(takings: Takings) -> Json:
    return {
        "since": None if takings.since_ms is None else takings.since_ms // 1000,
        "count": takings.count,
        "amount": takings.amount,
        "given_back": takings.given_back,
        "at_risk_count": takings.at_risk_count,
        "at_risk_amount": takings.at_risk_amount,
    }
