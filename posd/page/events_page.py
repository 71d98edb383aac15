"""`/events`: what has been told to tills and observers, by type, newest first."""

from typing import Final

from starlette.responses import Response

from posd.journal.histories import NOW
from posd.page.told import told
from posd.page.visit import Visit, number

EVENTS_MAX: Final = 50
KINDS: Final = {
    "payments": "payment_intent.*",
    "charges": "charge.*",
    "refunds": "refund.*",
    "readers": "terminal.reader.*",
    "own": "posd.*",
}
"""What can be chosen, and the types that are shown then, as GLOB reads them."""
EVERY: Final = "*"


async def show(visit: Visit) -> Response:
    """A page of them: of one `type` of KINDS or of all, from the position `before` on."""
    chosen = visit.fields.get("type", "")
    page = visit.parts.histories.events(
        KINDS.get(chosen, EVERY), EVENTS_MAX, number(visit, "before", NOW)
    )
    return await told(
        visit,
        "events.html",
        here="/events",
        events=page.events,
        older=page.older,
        kinds=tuple(KINDS),
        chosen=chosen if chosen in KINDS else "",
        place_of=place_of,
    )


def place_of(object_: str) -> str:
    """The path of the page about what an event is about; "" where there is none."""
    if object_.startswith("pi_"):
        return f"/payments/{object_}"
    return f"/readers/{object_}" if object_.startswith("tmr_posd_") else ""
