"""`/v1/events` and `/posd/v1/events`: what happened, as long as it is kept, and as it happens."""

from typing import Final

import msgspec

from posd.api.calls import Call, Reply, Stream
from posd.api.paging import created_filter, cut
from posd.api.params import FollowEvents, ListEvents, NoParams
from posd.journal.queries import StoredEvent
from posd.render import Json
from posd.stripe_wire import lists
from posd.stripe_wire.errors import resource_missing

STRIPES: Final = ("[^p]*", "p[^o]*")
"""As GLOB reads it: no type of Stripe's begins with `po`, and each of posd's own does."""


async def retrieve(call: Call[NoParams]) -> Reply:
    """One event, in the shape it was written in."""
    return Reply(_told(_named(call.ids["event"], "id", call)))


async def listing(call: Call[ListEvents]) -> Reply:
    """Events, newest first; posd's own only where their type is asked for."""
    asked = call.params
    page = asked.page()
    for cursor, param in (
        (page.starting_after, "starting_after"),
        (page.ending_before, "ending_before"),
    ):
        if cursor is not None:
            _named(cursor, param, call)
    found = call.services.queries.events(
        page.limit + 1,
        page.starting_after,
        page.ending_before,
        created_filter(asked.created),
        asked.kinds() or STRIPES,
    )
    events, has_more = cut(found, page)
    rendered = [_told(event) for event in events]
    return Reply(lists.envelope(call.path, rendered, has_more=has_more))


async def follow(call: Call[FollowEvents]) -> Stream:
    """Events as they become durable, after the last one that the caller has seen."""
    asked = call.params
    last = call.last_event_id or asked.last_event_id
    return Stream(call.services.streams.open(last, asked.kinds()))


def _named(id_: str, param: str, call: Call[NoParams] | Call[ListEvents]) -> StoredEvent:
    event = call.services.queries.event(id_)
    if event is None:
        raise resource_missing("event", id_, param)
    return event


def _told(stored: StoredEvent) -> Json:
    told: Json = msgspec.json.decode(stored.event.body)
    return told
