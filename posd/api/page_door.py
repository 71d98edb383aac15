"""`/posd/v1/page/…`: whoever is at the machine lets a manager in. For the operator's socket."""

from posd.api.calls import Call, Reply
from posd.api.params import NoParams
from posd.render import Json


async def code(call: Call[NoParams]) -> Reply:
    """Draw a new first code; any before it counts no more."""
    return Reply(_told(await call.services.entrance.new_code()))


async def reset_pin(call: Call[NoParams]) -> Reply:
    """Take the manager's PIN away, sign everybody out, and draw a first code."""
    return Reply(_told(await call.services.entrance.reset(actor=call.caller.id)))


def _told(code_: str) -> Json:
    return {"object": "posd.page_code", "code": code_}
