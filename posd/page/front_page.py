"""`/`: what a store manager needs in five seconds; `/now`: its moving part alone."""

import asyncio
from typing import Final

from starlette.responses import Response

from posd.naming import UNNAMED
from posd.page.html import page
from posd.page.visit import Visit, elsewhere, shown
from posd.page.words import Words
from posd.snapshot.views import Snapshot

TV: Final = "tv"
"""`/?tv` is for a screen on a wall: larger, and nothing to click."""


async def show(visit: Visit) -> Response:
    """The page for this moment; of a store that nobody has named or set up, the first start."""
    parts = visit.parts
    if parts.names.store() == UNNAMED and await parts.entrance.is_first_start():
        return elsewhere("/setup")
    return await _drawn(visit, "front.html")


async def show_part(visit: Visit) -> Response:
    """What changes of it, for a page that is open."""
    return await _drawn(visit, "now.html")


async def _drawn(visit: Visit, template: str) -> Response:
    snapshot, drawn = await visit.parts.snapshot(), visit.parts.drawn
    if visit.session is not None:
        return shown(await _html(visit, template, snapshot))
    view = (template, visit.amounts, TV in visit.fields)
    html = drawn.get(snapshot, view)
    if html is None:
        html = await _html(visit, template, snapshot)
        drawn.keep(snapshot, view, html)
    return shown(html)


async def _html(visit: Visit, template: str, snapshot: Snapshot) -> str:
    """At first on a thread, since Jinja and babel read templates and locales from disk then.

    Later on the loop, since that takes a millisecond and a way to a thread and back half of one.
    """
    if template in visit.parts.drawn.templates:
        return _written(visit, template, snapshot)
    html = await asyncio.to_thread(_written, visit, template, snapshot)
    visit.parts.drawn.templates.add(template)
    return html


def _written(visit: Visit, template: str, snapshot: Snapshot) -> str:
    words = Words(snapshot, visit.catalogue, amounts=visit.amounts)
    return page(template, snapshot, words, visit.session, here="/", tv=TV in visit.fields)
