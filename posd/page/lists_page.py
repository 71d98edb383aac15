"""`/payments` and `/readers`: what lies behind the front page's numbers, as lists."""

from starlette.responses import Response

from posd.journal.queries import ANY_TIME
from posd.model.payment_intent import PaymentIntent
from posd.page.held_readers import held_readers
from posd.page.told import told
from posd.page.visit import Visit
from posd.snapshot import payments
from posd.snapshot.payments import PAYMENTS_MAX


async def show_payments(visit: Visit) -> Response:
    """Every payment that needs a person, and the latest ones.

    Or those that are older than the payment `after`, or of one `order`.
    """
    snapshot = await visit.parts.snapshot()
    order, after = visit.fields.get("order", "").strip(), visit.fields.get("after") or None
    shown, more = snapshot.payments, len(snapshot.payments) == PAYMENTS_MAX
    if order or after:
        found = _listed(visit, order, after)
        readers, queries = held_readers(snapshot), visit.parts.services.queries
        shown = payments.told(found[:PAYMENTS_MAX], queries, readers, snapshot.upstream)
        more = len(found) > PAYMENTS_MAX
    return await told(
        visit,
        "payments.html",
        here="/payments",
        listed=shown,
        errands=() if order or after else snapshot.errands,
        order=order,
        is_latest=after is None,
        older=shown[-1].id if shown and more else None,
    )


def _listed(visit: Visit, order: str, after: str | None) -> list[PaymentIntent]:
    """A page and one more, newest first; nothing behind a payment that nobody knows."""
    queries = visit.parts.services.queries
    if order:
        return list(queries.payment_intents_of(order, None, PAYMENTS_MAX + 1, after))
    return list(queries.payment_intents(PAYMENTS_MAX + 1, after, None, ANY_TIME))


async def show_readers(visit: Visit) -> Response:
    """The readers' days, where the readers are, and how posd stands with Stripe."""
    followed = visit.parts.far is not None
    return await told(visit, "readers.html", here="/readers", followed=followed)
