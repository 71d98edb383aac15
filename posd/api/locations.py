"""`/v1/terminal/locations`: read from the mirror, written at Stripe."""

from posd.api.calls import Call, Reply
from posd.api.fleet_params import WriteLocation
from posd.api.paging import cut_whole
from posd.api.params import ListParams, NoParams
from posd.model.upstream_facts import MirrorKind
from posd.stripe_wire import lists

KIND = MirrorKind.LOCATION


async def create(call: Call[WriteLocation]) -> Reply:
    """Make a location at Stripe."""
    answered = await call.services.gateway.write(
        KIND, None, call.params.sent(), actor=call.caller.id, claim=call.claim
    )
    return Reply(call.objects.mirrored(answered.record), replayed=answered.replayed)


async def retrieve(call: Call[NoParams]) -> Reply:
    """One location, as posd last heard of it."""
    return Reply(call.objects.location_named(call.ids["location"], "location"))


async def update(call: Call[WriteLocation]) -> Reply:
    """Change a location at Stripe."""
    call.objects.location_named(call.ids["location"], "location")
    answered = await call.services.gateway.write(
        KIND, call.ids["location"], call.params.sent(), actor=call.caller.id, claim=call.claim
    )
    return Reply(call.objects.mirrored(answered.record), replayed=answered.replayed)


async def delete(call: Call[NoParams]) -> Reply:
    """Delete a location at Stripe, which refuses while readers are registered there."""
    call.objects.location_named(call.ids["location"], "location")
    stub = await call.services.gateway.delete(KIND, call.ids["location"], actor=call.caller.id)
    return Reply(dict(stub))


async def listing(call: Call[ListParams]) -> Reply:
    """Locations, newest first."""
    known = [dict(one.body) for one in call.services.mirror.objects(KIND)]
    shown, has_more = cut_whole(known, call.params.page(), "terminal.location")
    return Reply(lists.envelope(call.path, shown, has_more=has_more))
