"""`/` and its stylesheet. What makes the HTML is loaded when the page is first asked for.

Nobody needs a key to look: the page is served on loopback only, holds no card data, changes
nothing, and `posd.api.origin` refuses requests that a foreign page caused before they get here.
"""

import asyncio
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from posd.snapshot.views import Snapshot

REFRESH_S: Final = 5
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def routes(snapshot: Callable[[], Snapshot]) -> tuple[BaseRoute, ...]:
    """The page and what it needs. `snapshot` is taken anew for each look, on the loop."""

    async def page(_request: Request) -> Response:
        html = await asyncio.to_thread(_html, snapshot())
        return HTMLResponse(html, headers=HEADERS)

    return (Route("/", page), Route("/static/posd.css", _stylesheet))


async def _stylesheet(_request: Request) -> Response:
    css = await asyncio.to_thread(_css)
    return Response(css, media_type="text/css", headers=HEADERS)


def _html(snapshot: Snapshot) -> str:
    """The page; on a thread, since Jinja, babel and the locale are read from disk at first."""
    from posd.page.html import render

    return render(snapshot, REFRESH_S)


@cache
def _css() -> bytes:
    return files("posd.page").joinpath("static", "posd.css").read_bytes()
