"""`/v1/payment_intents`."""

from posd.api.calls import Call, Reply
from posd.api.paging import created_filter, cut
from posd.api.params import (
    CancelPaymentIntent,
    CapturePaymentIntent,
    CreatePaymentIntent,
    ListPaymentIntents,
    NoParams,
    SearchPaymentIntents,
    UpdatePaymentIntent,
)
from posd.api.search import searched_order
from posd.intents import Change, NewPaymentIntent
from posd.stripe_wire import lists
from posd.stripe_wire.lists import Page


async def create(call: Call[CreatePaymentIntent]) -> Reply:
    """Say what is to be paid. Durable when it answers; no reader is involved yet."""
    asked = call.params
    new = NewPaymentIntent(
        amount=asked.amount,
        currency=asked.currency,
        capture_method=asked.capture_method,
        description=asked.description,
        metadata=asked.metadata,
        payment_method_types=asked.payment_method_types,
    )
    answered = await call.services.payments.create(new, actor=call.caller.id, claim=call.claim)
    return Reply(call.objects.payment_intent(answered.record), replayed=answered.replayed)


async def retrieve(call: Call[NoParams]) -> Reply:
    """One PaymentIntent: the truth about the money."""
    intent = call.objects.found_intent(call.ids["intent"], "intent")
    return Reply(call.objects.payment_intent(intent), tells=(intent,))


async def update(call: Call[UpdatePaymentIntent]) -> Reply:
    """Change what is to be paid, while no reader has it in hand."""
    asked = call.params
    change = Change(asked.amount, asked.description, asked.metadata)
    answered = await call.services.payments.update(
        call.ids["intent"], change, actor=call.caller.id, claim=call.claim
    )
    return Reply(call.objects.payment_intent(answered.record), replayed=answered.replayed)


async def capture(call: Call[CapturePaymentIntent]) -> Reply:
    """Take what a reader holds, or a part; answers once its terminal has said its last word."""
    answered = await call.services.captures.capture(
        call.ids["intent"],
        call.params.amount_to_capture,
        actor=call.caller.id,
        claim=call.claim,
    )
    intent = answered.record
    return Reply(call.objects.payment_intent(intent), replayed=answered.replayed, tells=(intent,))


async def cancel(call: Call[CancelPaymentIntent]) -> Reply:
    """Take it back for good; what a reader holds is given back first, by its terminal."""
    answered = await call.services.captures.cancel(
        call.ids["intent"],
        call.params.cancellation_reason,
        actor=call.caller.id,
        claim=call.claim,
    )
    return Reply(call.objects.payment_intent(answered.record), replayed=answered.replayed)


async def search(call: Call[SearchPaymentIntents]) -> Reply:
    """PaymentIntents of one order, newest first; no other question is answered."""
    asked = call.params
    order = searched_order(asked.query, call.services.order_key)
    if asked.page is not None:
        call.objects.payment_intent_named(asked.page, "page")
    found = call.services.queries.payment_intents_of(order, None, asked.limit + 1, asked.page)
    shown = found[: asked.limit]
    has_more = len(found) > asked.limit
    return Reply(
        {
            "object": "search_result",
            "url": call.path,
            "has_more": has_more,
            "data": [call.objects.payment_intent(intent) for intent in shown],
            "next_page": shown[-1].id if has_more else None,
        }
    )


async def listing(call: Call[ListPaymentIntents]) -> Reply:
    """PaymentIntents, newest first."""
    page = call.params.page()
    _check_cursor(call, page)
    found = call.services.queries.payment_intents(
        page.limit + 1, page.starting_after, page.ending_before, created_filter(call.params.created)
    )
    shown, has_more = cut(found, page)
    rendered = [call.objects.payment_intent(intent) for intent in shown]
    return Reply(lists.envelope(call.path, rendered, has_more=has_more))


def _check_cursor(call: Call[ListPaymentIntents], page: Page) -> None:
    for cursor, param in (
        (page.starting_after, "starting_after"),
        (page.ending_before, "ending_before"),
    ):
        if cursor is not None:
            call.objects.payment_intent_named(cursor, param)
