"""`/posd/v1/readers/{reader}/resolve`, `set_aside` and `accept`: a person decides (M6, M18)."""

from posd.api.calls import Call, Reply
from posd.api.decision_params import AcceptReader, Resolve, SetAside
from posd.decisions import Matter


async def resolve(call: Call[Resolve]) -> Reply:
    """Say what a person found out about an outcome that nothing else can tell."""
    answered = await call.services.decisions.resolve(_matter(call), call.params.decision)
    return Reply(call.objects.payment_intent(answered.record), replayed=answered.replayed)


async def set_aside(call: Call[SetAside]) -> Reply:
    """Free the reader; the payment stays unproven, its order guarded."""
    answered = await call.services.decisions.set_aside(_matter(call))
    return Reply(call.objects.payment_intent(answered.record), replayed=answered.replayed)


async def accept(call: Call[AcceptReader]) -> Reply:
    """Take back a quarantined reader, or what was found in its place; it is asked what is true."""
    answered = await call.services.fleet.accept(
        call.ids["reader"],
        call.params.reason,
        call.params.as_,
        actor=call.caller.id,
        claim=call.claim,
        seen=call.params.seen,
    )
    return Reply(call.objects.reader(answered.record), replayed=answered.replayed)


def _matter(call: Call[Resolve] | Call[SetAside]) -> Matter:
    return Matter(
        reader=call.ids["reader"],
        payment_intent=call.params.payment_intent,
        reason=call.params.reason,
        actor=call.caller.id,
        claim=call.claim,
    )
