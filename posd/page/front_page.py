"""`/`: what a store manager needs in five seconds."""

import asyncio

from starlette.responses import Response

from posd.page.html import page
from posd.page.visit import Visit, shown
from posd.page.words import Words
from posd.snapshot.views import Snapshot


async def show(visit: Visit) -> Response:
    """The page for this moment; on a thread, since babel reads the locale from disk at first."""
    return shown(await asyncio.to_thread(_html, visit, await visit.parts.snapshot()))


def _html(visit: Visit, snapshot: Snapshot) -> str:
    words = Words(snapshot, visit.catalogue, amounts=visit.amounts)
    return page("status.html", snapshot, words, visit.session)
