"""`/live`: keeps a page that is open fresh."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from posd.api.streaming import stream
from posd.page.open_pages import Changes
from posd.page.visit import HEADERS, Visit

SEEN_DIGITS_MAX: Final = 18


async def follow(visit: Visit) -> Response:
    """The changes after the revision in `seen`. Raises Refused where too many pages are open."""
    parts = visit.parts
    seen = visit.fields.get("seen", "")
    known = int(seen) if seen.isdecimal() and len(seen) <= SEEN_DIGITS_MAX else None
    return _Stream(parts.open_pages.follow(parts.services.watch, parts.snapshot, known))


class _Stream(Response):
    """The changes as an answer that does not end."""

    def __init__(self, changes: Changes) -> None:
        super().__init__()
        self._changes = changes

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await stream(self._changes, Request(scope, receive), send, HEADERS)
