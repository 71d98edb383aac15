"""`/support`: what somebody at the telephone asks for first."""

import platform
from typing import Final

import apsw
from starlette.responses import Response

from posd.page.told import told
from posd.page.visit import Visit

PARTS: Final = (("Python", platform.python_version()), ("SQLite", apsw.sqlite_lib_version()))


async def show(visit: Visit) -> Response:
    """Versions, how posd stands with Stripe, and what Stripe does not tell."""
    return await told(visit, "support.html", here="/support", parts=PARTS)
