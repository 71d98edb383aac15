"""`/posd/v1/payments`: what became of an order, for a till that starts again (M15)."""

from posd.api.calls import Call, Reply
from posd.api.params import PaymentsOfOrder
from posd.journal.queries import PAGE_ROWS_MAX
from posd.model.payment_intent import PaymentIntent
from posd.render import Json
from posd.render.restore import order_payment


async def of_order(call: Call[PaymentsOfOrder]) -> Reply:
    """Every payment of one order, newest first. Without card data, not even four digits.

    Behind them what the journal has lost and Stripe has; refused while nobody knows what that is,
    since a till that hears of no payment is about to take the money.
    """
    asked = call.params
    lost = call.services.restores.imported_for(asked.order)
    found = call.services.queries.payment_intents_of(asked.order, asked.business_day, PAGE_ROWS_MAX)
    return Reply(
        {
            "object": "list",
            "url": call.path,
            "has_more": False,
            "data": [
                *(_payment(call, intent) for intent in found),
                *(
                    order_payment(one, livemode=call.services.livemode)
                    for one in lost
                    if asked.business_day is None or one.business_day in ("", asked.business_day)
                ),
            ],
        },
        tells=tuple(found),
    )


def _payment(call: Call[PaymentsOfOrder], intent: PaymentIntent) -> Json:
    attempt = call.services.queries.attempt(intent.attempt) if intent.attempt else None
    told = call.objects.payment_intent(intent)
    return {
        "object": "posd.order_payment",
        "payment_intent": intent.id,
        "status": told["status"],
        "state": intent.state.value,
        "amount": told["amount"],
        "amount_received": told["amount_received"],
        "currency": intent.currency,
        "charge": told["latest_charge"],
        "reader": attempt.reader if attempt else None,
        "order": intent.order,
        "order_part": intent.order_part,
        "business_day": intent.business_day,
        "created": told["created"],
        "livemode": intent.livemode,
    }
