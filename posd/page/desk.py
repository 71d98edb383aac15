"""The life of one visit: which page, who asks and whether they may, then the answer.

A page that is only looked at says how many milliseconds it took (W3C Server Timing). What a handler
raises on purpose is told as a page; a bug is the API's to tell and to log.
"""

import asyncio
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from posd.api import failures
from posd.api.arrival import is_over_lan
from posd.api.objects import Objects
from posd.api.pace import caller_of
from posd.api.sent import fields
from posd.page import cookies, csrf
from posd.page.catalogue import Catalogue, catalogue
from posd.page.parts import PageParts
from posd.page.table import PAGES
from posd.page.told import told
from posd.page.visit import Access, Page, Visit, elsewhere


def router(parts: PageParts, table: Sequence[Page] = PAGES) -> Router:
    """The table as an ASGI application. What is none of its pages raises HTTPException.

    Reads the store's texts from disk.
    """
    by_path: dict[str, dict[str, Page]] = {}
    for page in table:
        by_path.setdefault(page.path, {})[page.method] = page
    texts = catalogue(parts.services.place.locale, parts.texts)
    found = [Route(path, _Desk(parts, texts, at), methods=list(at)) for path, at in by_path.items()]
    return Router(found, redirect_slashes=False, default=_nothing_here)


class _Desk:
    """What can be asked at one path. An ASGI application, or Starlette would wrap it in another."""

    def __init__(self, parts: PageParts, texts: Catalogue, by_method: dict[str, Page]) -> None:
        self._parts = parts
        self._texts = texts
        self._by_method = by_method

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        page = self._by_method["GET" if request.method == "HEAD" else request.method]
        now = asyncio.get_running_loop().time
        began_at = now()
        response = await self._answer(page, request)
        if page.method == "GET":  # how long a PIN took to be refused is nobody's business
            response.headers["Server-Timing"] = f"posd;dur={(now() - began_at) * 1000:.2f}"
        await response(scope, receive, send)

    async def _answer(self, page: Page, request: Request) -> Response:
        visit = self._visit(page, request, await fields(request))
        try:
            if request.method == "POST":
                csrf.check_sender(request)
            if page.access is Access.MANAGER:
                if visit.session is None:
                    return elsewhere(_sign_in(request))
                if request.method == "POST":
                    csrf.check_token(visit.session, visit.fields)
            return await page.handler(visit)
        except Exception as error:
            if not failures.is_foreseen(error) or isinstance(error, HTTPException):
                raise
            return await self._refusal(visit, error)

    def _visit(self, page: Page, request: Request, nodes: Mapping[str, object]) -> Visit:
        parts = self._parts
        token = cookies.token(request)
        # A front page that is left open looks by itself for ever: that is nobody's presence.
        open_ = parts.sessions.of if page.access is Access.MANAGER else parts.sessions.glance
        session = None if token is None else open_(token)
        return Visit(
            parts=parts,
            session=session,
            catalogue=self._texts,
            amounts=session is not None or not is_over_lan(request),
            secure=request.url.is_secure,
            path=request.scope["path"],
            ids=request.path_params,
            fields={name: node for name, node in nodes.items() if isinstance(node, str)},
            token=token,
            caller=caller_of(request) if is_over_lan(request) else None,
        )

    async def _refusal(self, visit: Visit, error: Exception) -> Response:
        services = self._parts.services
        objects = Objects(services.queries, services.fleet, services.mirror)
        status, why = failures.plainly(error, objects)
        return await told(visit, "refused.html", status, why=why)


def _sign_in(request: Request) -> str:
    """Where somebody signs in first; a form that came too late is not sent again by itself."""
    if request.method == "POST":
        return "/sign-in?ended=1"
    return f"/sign-in?next={quote(request.scope['path'])}"


async def _nothing_here(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise HTTPException(404)
