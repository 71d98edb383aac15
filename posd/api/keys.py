"""`/posd/v1/keys`: who may use the API. For the operator on the unix socket."""

from posd.access import NewKey
from posd.api.calls import Call, Reply
from posd.api.params import CreateKey
from posd.stripe_wire.errors import invalid_request


async def create(call: Call[CreateKey]) -> Reply:
    """Make a key. Its text is in this answer and never again: posd keeps only its hash."""
    asked = call.params
    lanes = [lane.name for lane in call.services.lanes()]
    if asked.lane is not None and asked.lane not in lanes:
        raise invalid_request(
            f"There is no lane '{asked.lane}': {', '.join(lanes) or 'none is declared'}.",
            param="lane",
        )
    new = NewKey(asked.name, asked.role, asked.lane, asked.refund_max)
    key, secret = await call.services.keys.create(new, actor=call.caller.id)
    return Reply(
        {
            "id": key.id,
            "object": "posd.access_key",
            "key": secret,
            "lane": key.lane,
            "livemode": call.services.livemode,
            "name": key.name,
            "refund_max": key.refund_max,
            "role": key.role.value,
        }
    )
