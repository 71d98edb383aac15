"""The pages as an ASGI application that loads what makes HTML when the first page is asked for.

Nothing of it is imported before READY: Jinja, babel and the table of pages would double the start.
`posd.api.origin` refuses what a foreign page caused before it gets here.
"""

import asyncio
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Mount
from starlette.types import Receive, Scope, Send

from posd.page.parts import PageParts

if TYPE_CHECKING:
    from starlette.types import ASGIApp


def routes(parts: PageParts) -> tuple[BaseRoute, ...]:
    """Everything that a browser can ask for."""
    return (Mount("/", app=_Pages(parts)),)


class _Pages:
    """The pages, made when first asked for."""

    def __init__(self, parts: PageParts) -> None:
        self._parts = parts
        self._router: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. What is no page raises HTTPException, as Starlette's router does."""
        if self._router is None:
            self._router = await asyncio.to_thread(_router, self._parts)
        await self._router(scope, receive, send)


def _router(parts: PageParts) -> "ASGIApp":
    from posd.page.desk import router

    return router(parts)
