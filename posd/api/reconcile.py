"""`/posd/v1/reconcile`: what a journal that was put back has lost, and what a manager decides."""

from posd.api.calls import Call, Reply
from posd.api.decision_params import DecideGap
from posd.api.params import NoParams
from posd.render.restore import gap


async def show(call: Call[NoParams]) -> Reply:
    """The newest gap, what was imported for it, and what each terminal told."""
    return Reply(gap(*call.services.restores.shown()))


async def accept(call: Call[DecideGap]) -> Reply:
    """Accept the gap: from here on posd sends again."""
    answered = await call.services.restores.accept(
        call.params.reason, actor=call.caller.id, claim=call.claim, seen=call.params.seen
    )
    return Reply(gap(*call.services.restores.shown()), replayed=answered.replayed)


async def let_sell(call: Call[DecideGap]) -> Reply:
    """Let tills sell before Stripe has told what it knows of the gap."""
    answered = await call.services.restores.let_sell(
        call.params.reason, actor=call.caller.id, claim=call.claim, seen=call.params.seen
    )
    return Reply(gap(*call.services.restores.shown()), replayed=answered.replayed)
