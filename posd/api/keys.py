"""`/posd/v1/keys`: who may use the API. For the operator on the unix socket."""

from posd.access import NewKey
from posd.api.calls import Call, Reply
from posd.api.params import CreateKey, NoParams
from posd.model.access_key import AccessKey
from posd.render import Json
from posd.stripe_wire.errors import invalid_request


async def listing(call: Call[NoParams]) -> Reply:
    """Every key that opens the API, of the configuration and of the journal; without hashes."""
    known = [key for key in call.services.keys.known() if not key.revoked]
    told = [{**_told(key), "declared": key.declared} for key in known]
    return Reply({"object": "list", "url": call.path, "has_more": False, "data": told})


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
    return Reply({**_told(key), "key": secret, "livemode": call.services.livemode})


def _told(key: AccessKey) -> Json:
    return {
        "id": key.id,
        "object": "posd.access_key",
        "lane": key.lane,
        "name": key.name,
        "refund_max": key.refund_max,
        "role": key.role.value,
    }
