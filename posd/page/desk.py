"""The life of one visit: which page, who asks and whether they may, then the answer."""

from collections.abc import Sequence
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from posd.api.auth import LAN
from posd.page.catalogue import catalogue
from posd.page.parts import PageParts
from posd.page.sessions import Session
from posd.page.table import PAGES
from posd.page.visit import Page, Visit

COOKIE: Final = "posd_session"
SECURE_COOKIE: Final = "__Host-posd_session"
"""Under TLS: a browser takes it from this very host only."""


def router(parts: PageParts, table: Sequence[Page] = PAGES) -> Router:
    """The table as an ASGI application. What is none of its pages raises HTTPException."""
    by_path: dict[str, dict[str, Page]] = {}
    for page in table:
        by_path.setdefault(page.path, {})[page.method] = page
    found = [Route(path, _Desk(parts, at), methods=list(at)) for path, at in by_path.items()]
    return Router(found, redirect_slashes=False, default=_nothing_here)


class _Desk:
    """What can be asked at one path. An ASGI application, or Starlette would wrap it in another."""

    def __init__(self, parts: PageParts, by_method: dict[str, Page]) -> None:
        self._parts = parts
        self._by_method = by_method

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        page = self._by_method["GET" if request.method == "HEAD" else request.method]
        visit = self._visit(request)
        response = await page.handler(visit)
        await response(scope, receive, send)

    def _visit(self, request: Request) -> Visit:
        parts = self._parts
        session = self._session(request)
        return Visit(
            parts=parts,
            session=session,
            catalogue=catalogue(parts.services.place.locale),
            amounts=session is not None or not request.scope.get("state", {}).get(LAN, False),
            secure=request.url.is_secure,
            ids=request.path_params,
            fields=dict(request.query_params),
        )

    def _session(self, request: Request) -> Session | None:
        name = SECURE_COOKIE if request.url.is_secure else COOKIE
        token = request.cookies.get(name)
        return None if token is None else self._parts.sessions.of(token)


async def _nothing_here(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise HTTPException(404)
