"""`/queue`: what waits to be sent to Stripe, and what waits for a person first."""

from typing import Final

from starlette.responses import Response

from posd.model.effect import EffectState
from posd.page.told import told
from posd.page.visit import Visit

ITEMS_MAX: Final = 50
STATES: Final = {one.value: one for one in (EffectState.WAITING, EffectState.PARKED)}


async def show(visit: Visit) -> Response:
    """A page of it, oldest first: after the effect `after`, of one `state` or both.

    Raises Refused.
    """
    queue, fields = visit.parts.services.queue, visit.fields
    state = STATES.get(fields.get("state", ""))
    found = queue.listed(state, ITEMS_MAX + 1, fields.get("after") or None)
    shown = found[:ITEMS_MAX]
    return await told(
        visit,
        "queue.html",
        here="/queue",
        items=shown,
        state="" if state is None else state.value,
        states=tuple(STATES),
        after=shown[-1].owed.effect.id if len(found) > ITEMS_MAX else None,
    )
