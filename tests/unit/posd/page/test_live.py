"""`/live`, as a browser's EventSource asks for it."""

import asyncio

import pytest
from starlette.types import Message

from tests.unit.posd.page.desk import Desk


async def opened(desk: Desk, query: bytes) -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, headers and first part of the stream; then the browser goes away."""
    parts: asyncio.Queue[Message] = asyncio.Queue(9)
    left = asyncio.Event()
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Message:
        for message in asked:
            return message
        await left.wait()
        return {"type": "http.disconnect"}

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/live",
        "raw_path": b"/live",
        "query_string": query,
        "headers": [(b"host", b"localhost"), (b"sec-fetch-site", b"same-origin")],
    }
    async with asyncio.TaskGroup() as group:
        group.create_task(desk.app(scope, receive, parts.put), name="posd")
        start, first = await parts.get(), await parts.get()
        left.set()
    return start["status"], dict(start["headers"]), first["body"]


@pytest.mark.parametrize("query", [b"", b"seen=1", b"seen=-1", b"seen=" + 40 * b"9", b"seen=x"])
async def test_a_page_that_saw_another_revision_is_told_at_once(query: bytes) -> None:
    desk = Desk()
    status, headers, first = await opened(desk, query)
    revision = (await desk.parts.snapshot()).revision
    assert (status, first) == (200, b"retry: 2000\ndata: %d\n\n" % revision)
    assert headers[b"cache-control"] == b"no-store"
