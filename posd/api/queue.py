"""`/posd/v1/queue`: what is owed to Stripe, and what a manager decides about it (M13)."""

from posd.api.calls import Call, Reply
from posd.api.queue_params import ListQueue, RuleEffect
from posd.queue import EffectRuling
from posd.render.queue import queue_item
from posd.stripe_wire import lists


async def listing(call: Call[ListQueue]) -> Reply:
    """What waits for Stripe and what waits for a person, oldest first."""
    asked, queue = call.params, call.services.queue
    found = queue.listed(asked.state, asked.limit + 1, asked.starting_after)
    at_ms = queue.wall_ms()
    page = [queue_item(item, at_ms) for item in found[: asked.limit]]
    return Reply(lists.envelope(call.path, page, has_more=len(found) > asked.limit))


async def retry(call: Call[RuleEffect]) -> Reply:
    """Send a parked effect again, under the key it always had."""
    return await _ruled(call, EffectRuling.RETRY)


async def park(call: Call[RuleEffect]) -> Reply:
    """Keep an effect back until a manager says otherwise."""
    return await _ruled(call, EffectRuling.PARK)


async def write_off(call: Call[RuleEffect]) -> Reply:
    """Give a parked effect up: this store tells Stripe no more of it."""
    return await _ruled(call, EffectRuling.WRITE_OFF)


async def _ruled(call: Call[RuleEffect], ruling: EffectRuling) -> Reply:
    queue = call.services.queue
    effect, reason = call.ids["effect"], call.params.reason
    ruled = await queue.rule(effect, ruling, reason, actor=call.caller.id, claim=call.claim)
    return Reply(queue_item(ruled.item, queue.wall_ms()), replayed=ruled.replayed)
