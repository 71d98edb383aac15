"""`/v1/payment_intents`."""

from posd.api.calls import Call, Reply
from posd.api.params import CreatePaymentIntent, ListPaymentIntents, NoParams
from posd.journal.queries import ANY_TIME, CreatedFilter
from posd.payments import NewPaymentIntent
from posd.stripe_wire import lists
from posd.stripe_wire.lists import Page, TimeRange


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
    return Reply(call.objects.payment_intent_named(call.ids["intent"], "intent"))


async def listing(call: Call[ListPaymentIntents]) -> Reply:
    """PaymentIntents, newest first."""
    page = call.params.page()
    _check_cursor(call, page)
    found = call.services.queries.payment_intents(
        page.limit + 1, page.starting_after, page.ending_before, _created(call.params.created)
    )
    has_more = len(found) > page.limit
    shown = found[-page.limit :] if page.ending_before else found[: page.limit]
    rendered = [call.objects.payment_intent(intent) for intent in shown]
    return Reply(lists.envelope(call.path, rendered, has_more=has_more))


def _check_cursor(call: Call[ListPaymentIntents], page: Page) -> None:
    for cursor, param in (
        (page.starting_after, "starting_after"),
        (page.ending_before, "ending_before"),
    ):
        if cursor is not None:
            call.objects.payment_intent_named(cursor, param)


def _created(asked: TimeRange) -> CreatedFilter:
    """Whole seconds, both included, as the journal's milliseconds, the end excluded."""
    end_of_time = ANY_TIME.before_ms
    return CreatedFilter(
        from_ms=0 if asked.first is None else min(asked.first * 1000, end_of_time),
        before_ms=end_of_time if asked.last is None else min((asked.last + 1) * 1000, end_of_time),
    )
