"""Calls that Stripe carries out: told as the mirror has them once Stripe has answered."""

from collections.abc import Mapping
from typing import Any

from posd.api.calls import Call, Reply
from posd.model.upstream_facts import MirrorKind
from posd.stripe_wire.form import Node


async def write(
    call: Call[Any], kind: MirrorKind, id_: str | None, params: Mapping[str, Node]
) -> Reply:
    """Have Stripe create an object, or change the one of that id."""
    answered = await call.services.gateway.write(
        kind, id_, params, actor=call.caller.id, claim=call.claim
    )
    return Reply(call.objects.mirrored(answered.record), replayed=answered.replayed)


async def delete(call: Call[Any], kind: MirrorKind, id_: str) -> Reply:
    """Have Stripe delete the object of that id; told with Stripe's stub."""
    return Reply(dict(await call.services.gateway.delete(kind, id_, actor=call.caller.id)))
