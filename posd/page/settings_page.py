"""`/settings`: what is set on this machine, and whether somebody has said so."""

from starlette.responses import Response

from posd.page.told import told
from posd.page.visit import Visit


async def show(visit: Visit) -> Response:
    """Every value but the secrets; it is changed where it stands, not here."""
    return await told(
        visit,
        "settings.html",
        here="/settings",
        settings=visit.parts.settings(),
        names=visit.parts.names,
    )
