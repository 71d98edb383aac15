"""`/posd/v1/openapi.json`: posd's own routes, for programs that read OpenAPI."""

import asyncio

from posd.api.calls import Call, Reply
from posd.api.params import NoParams
from posd.render import Json


async def openapi(_call: Call[NoParams]) -> Reply:
    """The routes that posd alone has, as an OpenAPI 3.1 document."""
    return Reply(await asyncio.to_thread(_document))


def _document() -> Json:
    """On a thread, since it is imported and made when it is first asked for."""
    from posd.api.openapi.document import document

    return document()
