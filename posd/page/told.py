"""A template as the answer to a visit."""

import asyncio

from starlette.responses import Response

from posd.page.html import page
from posd.page.visit import Visit, shown
from posd.page.words import Words
from posd.snapshot.views import Snapshot


async def told(visit: Visit, template: str, status: int = 200, **values: object) -> Response:
    """The page that the template makes of this moment and of `values`; see posd.page.html.page.

    On a thread, since Jinja and babel read templates and locales from disk at first.
    """
    snapshot = await visit.parts.snapshot()
    html = await asyncio.to_thread(_html, visit, template, snapshot, values)
    return shown(html, status)


def _html(visit: Visit, template: str, snapshot: Snapshot, values: dict[str, object]) -> str:
    words = Words(snapshot, visit.catalogue, amounts=visit.amounts)
    return page(template, snapshot, words, visit.session, **values)
