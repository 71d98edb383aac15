"""`/v1/refunds`, and `refund_payment` of a reader: money goes back."""

from posd.api.auth import Access, Caller
from posd.api.calls import Call, Reply
from posd.api.paging import created_filter, cut
from posd.api.params import NoParams
from posd.api.refund_params import CreateRefund, ListRefunds, RefundAtReader, UpdateRefund
from posd.journal.queries import RefundFilter
from posd.refund_commands import Allowance, RefundWish
from posd.stripe_wire import lists
from posd.stripe_wire.errors import invalid_request


async def create(call: Call[CreateRefund]) -> Reply:
    """Take a whole sale back at the terminal that took it, without its card."""
    answered = await call.services.refunds.create(_wish(call, call.params.reason))
    return Reply(call.objects.refund(answered.record), replayed=answered.replayed)


async def at_reader(call: Call[RefundAtReader]) -> Reply:
    """Give a payment back at this reader, or a part of it: to its card, where one is needed."""
    answered = await call.services.refunds.at_reader(call.ids["reader"], _wish(call, None))
    return Reply(call.objects.reader(answered.record), replayed=answered.replayed)


async def retrieve(call: Call[NoParams]) -> Reply:
    """One refund, and whether the money went back."""
    return Reply(call.objects.refund_named(call.ids["refund"], "refund"))


async def update(call: Call[UpdateRefund]) -> Reply:
    """Change what is written on a refund."""
    answered = await call.services.refunds.update(
        call.ids["refund"], call.params.metadata, actor=call.caller.id, claim=call.claim
    )
    return Reply(call.objects.refund(answered.record), replayed=answered.replayed)


async def listing(call: Call[ListRefunds]) -> Reply:
    """Refunds, newest first; of one payment, or of its charge."""
    asked, page = call.params, call.params.page()
    for param in ("starting_after", "ending_before"):
        cursor = getattr(page, param)
        if cursor is not None:
            call.objects.refund_named(cursor, param)
    found = call.services.queries.refunds(
        page.limit + 1,
        page.starting_after,
        page.ending_before,
        created_filter(asked.created),
        RefundFilter(asked.payment_intent, asked.charge),
    )
    shown, has_more = cut(found, page)
    rendered = [call.objects.refund(refund) for refund in shown]
    return Reply(lists.envelope(call.path, rendered, has_more=has_more))


def _wish(call: Call[CreateRefund] | Call[RefundAtReader], reason: str | None) -> RefundWish:
    """What is to go back. Raises Rejected unless it names one payment, in one way."""
    asked = call.params
    if asked.payment_intent is not None and asked.charge is not None:
        raise invalid_request(
            "You may pass either 'payment_intent' or 'charge', not both.",
            code="parameters_exclusive",
            param="charge",
        )
    if asked.payment_intent is None and asked.charge is None:
        raise invalid_request(
            "Missing required param: payment_intent, or charge.",
            code="parameter_missing",
            param="payment_intent",
        )
    return RefundWish(
        payment_intent=asked.payment_intent,
        charge=asked.charge,
        amount=asked.amount,
        reason=reason,
        allowance=_allowance(call.caller),
        actor=call.caller.id,
        claim=call.claim,
        metadata=asked.metadata,
    )


def _allowance(caller: Caller) -> Allowance:
    """A manager's, or what the key says: a till with a limit gives to a card as well."""
    limited = caller.refund_max is not None
    return Allowance(limited or caller.access >= Access.MANAGER, caller.refund_max)
