"""`/payments/{intent}`: what happened to one payment, in plain words, then for support."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from starlette.responses import Response

from posd.api.objects import Objects
from posd.journal.command import Entry
from posd.journal.queries import ANY_TIME, RefundFilter
from posd.journal.tries import Tries
from posd.model.attempt import Attempt
from posd.page.held_readers import held_readers
from posd.page.legs import Legs, legs
from posd.page.told import told
from posd.page.visit import Visit
from posd.render.slip import PROVEN
from posd.snapshot.payments import payment_view
from posd.upstream.payment_records import GUARANTEE_SUFFIX, REFUND_SUFFIX, REPORT_SUFFIX

TRIES_MAX: Final = 20
"""Of the tries at one payment the latest are shown; a till makes two or three."""
REFUNDS_MAX: Final = 20
FACTS_EACH_MAX: Final = 50
"""Of each try, and of the payment itself."""
EFFECTS: Final = (REPORT_SUFFIX, GUARANTEE_SUFFIX, REFUND_SUFFIX)
"""What Stripe may be told of a try."""


class Try(Struct, frozen=True):
    """One attempt at the payment, and how long its parts took."""

    attempt: Attempt
    legs: Legs


async def show(visit: Visit) -> Response:
    """One payment. Raises Rejected for an id that nobody knows."""
    services, snapshot = visit.parts.services, await visit.parts.snapshot()
    objects = Objects(services.queries, services.fleet, services.mirror)
    intent = objects.found_intent(visit.ids["intent"], "payment_intent")
    attempts = services.queries.attempts_of(intent.id)[-TRIES_MAX:]
    known = {one.id: one for one in attempts}
    newest_first = _facts(visit, intent.id, attempts)
    latest = attempts[-1] if attempts else None
    readers = held_readers(snapshot)
    telling = known.get(intent.telling or "")
    return await told(
        visit,
        "payment.html",
        intent=intent,
        payment=payment_view(intent, Tries(telling, latest), readers, snapshot.upstream),
        errand=next((one for one in snapshot.errands if one.payment_intent == intent.id), None),
        at=telling.reader if telling else None,
        attempts=known,
        entries=newest_first[::-1],
        tries=[Try(one, legs(one.id, newest_first)) for one in attempts],
        has_receipts=any(one.state in PROVEN for one in attempts),
    )


def _facts(visit: Visit, intent: str, attempts: Sequence[Attempt]) -> Sequence[Entry]:
    """Everything of the payment, its tries, its refunds and what Stripe is told; newest first."""
    of = RefundFilter(payment_intent=intent)
    refunds = visit.parts.services.queries.refunds(REFUNDS_MAX, None, None, ANY_TIME, of)
    effects = [one.id + told_by for one in attempts for told_by in EFFECTS]
    objects = [intent, *(one.id for one in attempts), *(one.id for one in refunds), *effects]
    return visit.parts.histories.latest(objects, FACTS_EACH_MAX)
