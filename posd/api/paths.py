"""Which route a path belongs to, found segment by segment however many routes there are.

Starlette's router tries one pattern after the other; with as many routes as Stripe has, that takes
longer than to find out who is asking.
"""

from collections.abc import Sequence
from typing import Final

from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

_ANY: Final = "{}"
"""Stands for a segment that may be anything."""


class _Branch:
    """What may follow on what has been read of a path, and the route if nothing does."""

    def __init__(self) -> None:
        self.next: dict[str, _Branch] = {}
        self.route: Route | None = None


class Paths:
    """An ASGI application that hands each request to the route of its path.

    Args:
        routes: At most one a path. Where a path fits both a fixed segment and any, the fixed one
            counts, whatever the method.
        otherwise: Gets what belongs to none of them.
    """

    def __init__(self, routes: Sequence[Route], otherwise: ASGIApp) -> None:
        self._otherwise = otherwise
        self._root = _Branch()
        for route in routes:
            self._add(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand it over; the route answers for a method that it does not have."""
        route = self._find(scope["path"])
        if route is None:
            await self._otherwise(scope, receive, send)
            return
        match, found = route.matches(scope)
        if match is Match.NONE:
            await self._otherwise(scope, receive, send)
            return
        scope.update(found)
        await route.handle(scope, receive, send)

    def _add(self, route: Route) -> None:
        branch = self._root
        for segment in route.path.split("/"):
            name = _ANY if segment.startswith("{") else segment
            branch = branch.next.setdefault(name, _Branch())
        assert branch.route is None, f"{route.path} is there twice"
        branch.route = route

    def _find(self, path: str) -> Route | None:
        branch = self._root
        for segment in path.split("/"):
            following = branch.next.get(segment) or branch.next.get(_ANY)
            if following is None:
                return None
            branch = following
        return branch.route
