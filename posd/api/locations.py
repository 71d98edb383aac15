"""`/v1/terminal/locations`: read from the mirror, written at Stripe."""

from typing import Final

from posd.api import written_through
from posd.api.calls import Call, Reply
from posd.api.fleet_params import WriteLocation
from posd.api.paging import cut_whole
from posd.api.params import ListParams, NoParams
from posd.model.upstream_facts import MirrorKind
from posd.stripe_wire import lists

KIND: Final = MirrorKind.LOCATION


async def create(call: Call[WriteLocation]) -> Reply:
    """Make a location at Stripe."""
    return await written_through.write(call, KIND, None, call.params.sent())


async def retrieve(call: Call[NoParams]) -> Reply:
    """One location, as posd last heard of it."""
    return Reply(call.objects.location_named(call.ids["location"], "location"))


async def update(call: Call[WriteLocation]) -> Reply:
    """Change a location at Stripe."""
    call.objects.location_named(call.ids["location"], "location")
    return await written_through.write(call, KIND, call.ids["location"], call.params.sent())


async def delete(call: Call[NoParams]) -> Reply:
    """Delete a location at Stripe, which refuses while readers are registered there."""
    call.objects.location_named(call.ids["location"], "location")
    return await written_through.delete(call, KIND, call.ids["location"])


async def listing(call: Call[ListParams]) -> Reply:
    """Locations, newest first."""
    known = [call.objects.mirrored(one) for one in call.services.mirror.objects(KIND)]
    shown, has_more = cut_whole(known, call.params.page(), KIND.value)
    return Reply(lists.envelope(call.path, shown, has_more=has_more))
