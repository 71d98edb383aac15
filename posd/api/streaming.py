"""An answer without an end: sent part by part until the client leaves or takes nothing more."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Final, Protocol

from starlette.requests import Request
from starlette.types import Send

from posd.api.protocol import ABORT

log = logging.getLogger(__name__)

EVENT_STREAM: Final = "text/event-stream"
SEND_S_MAX: Final = 10.0
"""How long a client that follows may take nothing: then it is cut off, and may come back."""


class Parts(Protocol):
    """What is sent; the end of it ends the answer."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Each part when it is there."""
        ...

    def close(self) -> None:
        """Nobody follows any more; called once."""
        ...


async def stream(parts: Parts, request: Request, send: Send, headers: Mapping[str, str]) -> None:
    """Send what comes until the client leaves, posd stops, or nothing is taken for SEND_S_MAX.

    `headers` go with it, besides the content type.
    """
    sent = {"Content-Type": EVENT_STREAM, **headers}
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in sent.items()]
    try:
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        if request.method != "HEAD":
            async with asyncio.TaskGroup() as group:
                leaving = group.create_task(left(request), name="left")
                sending = group.create_task(_send_each(parts, send), name="stream")
                await asyncio.wait({leaving, sending}, return_when=asyncio.FIRST_COMPLETED)
                leaving.cancel()
                sending.cancel()
        await send({"type": "http.response.body", "body": b""})
    except* TimeoutError:
        log.info("client cut off, it takes no events request=%s", request.scope["posd.request_id"])
        request.scope[ABORT]()
    finally:
        parts.close()


async def left(request: Request) -> None:
    """Return once the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _send_each(parts: Parts, send: Send) -> None:
    async for part in parts:
        async with asyncio.timeout(SEND_S_MAX):
            await send({"type": "http.response.body", "body": part, "more_body": True})
