"""`/lanes`: all lanes of the store, as their machines tell the broker."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from posd.bus.store_view import FarLane, FarNode, LaneStanding
from posd.bus.truth import NodeState
from posd.page.told import told
from posd.page.visit import Visit
from posd.page.words import Words
from posd.snapshot.views import Level

NOT_FOUND: Final = 404


async def show(visit: Visit) -> Response:
    """The lanes. Raises HTTPException where posd does not listen to the others."""
    far = visit.parts.far
    if far is None:
        raise HTTPException(NOT_FOUND)
    return await told(
        visit, "far.html", here="/readers", far=far(), far_level=level, far_status=status
    )


def level(lane: FarLane) -> Level:
    """Its colour: a lane of which nobody knows is as good as one that stands."""
    return Level.STOP if lane.standing is LaneStanding.LOST else Level(lane.standing.value)


def status(lane: FarLane, node: FarNode, words: Words) -> str:
    """What its reader does, or why that is not known."""
    if node.state is NodeState.DISCONNECTED:
        return words.text("far.stopped")
    if lane.standing is LaneStanding.LOST:
        return words.text("far.lost")
    if lane.status is None:
        return words.text("lanes.not_set_up")
    return words.text(f"reader.status.{lane.status.value}")
