"""`/`: what a store manager needs in five seconds."""

import asyncio
from typing import Final

from starlette.responses import Response

from posd.page.html import render
from posd.page.visit import Visit, shown

REFRESH_S: Final = 5


async def show(visit: Visit) -> Response:
    """The page for this moment; on a thread, since babel reads the locale from disk at first."""
    return shown(await asyncio.to_thread(render, visit.parts.snapshot(), REFRESH_S))
