"""How the address is told: over real HTTP, to a server of the test's own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from posd.alarm import post
from posd.alarm.post import AlarmPost
from posd.service.credentials import Secret

BODY = b'{"object":"posd.alarm"}'
TOKEN = "not-a-real-token"


class Receiver:
    """Takes one request a connection, and answers with what the test gave it."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        self.url = ""
        self.left = asyncio.Event()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(len(BODY))
        self.requests.append(head + body)
        writer.write(self.answer)
        await reader.read()  # until the caller hangs up
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        self.left.set()


@asynccontextmanager
async def receiver(answer: bytes) -> AsyncIterator[Receiver]:
    one = Receiver(answer)
    server = await asyncio.start_server(one.handle, "127.0.0.1", 0)
    one.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/store/14"
    async with server:
        yield one
        if one.requests:
            await one.left.wait()


async def test_it_is_one_post_of_json_with_the_token() -> None:
    async with receiver(b"HTTP/1.1 204 No Content\r\n\r\n") as at:
        assert await AlarmPost(at.url, Secret(TOKEN))(BODY) is None
    (request,) = at.requests
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    assert lines[0] == "post /store/14 http/1.1"
    assert "content-type: application/json" in lines
    assert f"authorization: bearer {TOKEN}" in lines
    assert body == BODY


async def test_without_a_token_none_is_sent() -> None:
    async with receiver(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as at:
        assert await AlarmPost(at.url, None)(BODY) is None
    assert b"authorization" not in at.requests[0].lower()


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "HTTP 500"),
        (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", "HTTP 401"),
        (
            b"HTTP/1.1 301 There\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            "HTTP 301",
        ),
        (b"what?\r\n\r\n", "RemoteProtocolError"),
    ],
)
async def test_any_other_answer_is_not_heard(answer: bytes, problem: str) -> None:
    async with receiver(answer) as at:
        assert await AlarmPost(at.url, Secret(TOKEN))(BODY) == problem


async def test_an_answer_without_end_is_heard_at_its_head() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"
    async with receiver(endless) as at:
        assert await AlarmPost(at.url, None)(BODY) is None


async def test_who_takes_it_and_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post, "TOTAL_S", 0.1)
    async with receiver(b"") as at:
        assert await AlarmPost(at.url, None)(BODY) == "no answer within 0.1 s"


async def test_an_address_that_is_not_there_says_so_without_the_token() -> None:
    async with receiver(b"") as at:
        url = at.url
    problem = await AlarmPost(url, Secret(TOKEN))(BODY)
    assert problem == "ConnectError"
    assert TOKEN not in repr(AlarmPost(url, Secret(TOKEN)).__dict__)
