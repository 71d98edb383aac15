"""`/static/…`: what the pages load. Read once, whole: each is a few kilobytes."""

import asyncio
from functools import cache
from importlib.resources import files
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from posd.page.visit import HEADERS, Visit

MEDIA_TYPES: Final = {
    "forms.css": "text/css",
    "lists.css": "text/css",
    "posd.css": "text/css",
    "posd.js": "text/javascript",
}
"""What there is, by name: nothing else in the folder is sent."""


async def send(visit: Visit) -> Response:
    """One file."""
    name = visit.ids["name"]
    if name not in MEDIA_TYPES:
        raise HTTPException(404)
    octets = await asyncio.to_thread(_read, name)
    return Response(octets, media_type=MEDIA_TYPES[name], headers=HEADERS)


@cache
def _read(name: str) -> bytes:
    return files("posd.page").joinpath("static", name).read_bytes()
