"""`/v1/charges`: what a terminal took or declined, with the fields a receipt needs."""

from posd.api.calls import Call, Reply
from posd.api.params import NoParams


async def retrieve(call: Call[NoParams]) -> Reply:
    """One charge."""
    return Reply(call.objects.charge_named(call.ids["charge"], "charge"))
