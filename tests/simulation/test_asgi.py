import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from tests.simulation.asgi import Asgi, AsgiTransport, Asked, Link, Message, connected

START: Message = {"type": "http.response.start", "status": 200, "headers": [(b"x-a", b"b")]}


def chunk(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


def answering(*messages: Message) -> Asgi:
    async def app(_scope: Message, _receive: object, send: object) -> None:
        assert callable(send)
        for message in messages:
            await send(message)

    return app


@asynccontextmanager
async def client_of(
    app: Asgi, link: Link = Link.UP, timeout_s: float = 5.0
) -> AsyncIterator[httpx2.AsyncClient]:
    async with (
        connected(app) as line,
        httpx2.AsyncClient(transport=line, base_url="http://app", timeout=timeout_s) as client,
    ):
        line.link = link
        yield client


async def test_an_answer_arrives_whole() -> None:
    app = answering(START, chunk(b"on", more=True), chunk(b"e", more=False))
    async with client_of(app) as client:
        answer = await client.get("/path?a=b")
    assert (answer.status_code, answer.headers["x-a"], answer.content) == (200, "b", b"one")


async def test_a_body_arrives_while_it_is_made() -> None:
    go_on = asyncio.Event()

    async def app(_scope: Message, _receive: object, send: object) -> None:
        assert callable(send)
        await send(START)
        await send(chunk(b"first", more=True))
        await go_on.wait()
        await send(chunk(b"second", more=False))

    async with client_of(app) as client, client.stream("GET", "/") as answer:
        parts = answer.aiter_raw()
        assert await anext(parts) == b"first"
        go_on.set()
        assert await anext(parts) == b"second"


@pytest.mark.parametrize(
    "app", [answering(), answering(START), answering(START, chunk(b"half", more=True))]
)
async def test_an_answer_that_is_cut_is_an_error(app: Asgi) -> None:
    async with client_of(app) as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.get("/")


async def test_the_line_can_be_down_or_lose_the_answer() -> None:
    served = asyncio.Event()

    async def app(_scope: Message, _receive: object, send: object) -> None:
        assert callable(send)
        served.set()
        await send(START)
        await send(chunk(b"", more=False))

    async with client_of(app, Link.DOWN) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get("/")
    assert not served.is_set()
    async with client_of(app, Link.LOSES_ANSWERS) as client:
        with pytest.raises(httpx2.ReadError):
            await client.get("/")
    assert served.is_set()


async def test_a_client_that_leaves_is_seen_and_cancels_nothing() -> None:
    finished = asyncio.Event()

    async def app(_scope: Message, receive: object, _send: object) -> None:
        assert callable(receive)
        assert (await receive())["body"] == b"hello"
        assert (await receive())["type"] == "http.disconnect"
        finished.set()

    async with client_of(app, timeout_s=0.01) as client:
        with pytest.raises(httpx2.ReadTimeout):
            await client.post("/", content=b"hello")
        await finished.wait()


async def test_closing_ends_what_still_runs() -> None:
    ended = asyncio.Event()

    async def app(_scope: Message, _receive: object, _send: object) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with client_of(app, timeout_s=0.01) as client:
        with pytest.raises(httpx2.ReadTimeout):
            await client.get("/")
    assert ended.is_set()


async def test_a_handler_that_ends_before_its_first_step_is_no_answer() -> None:
    asked = Asked("GET", ("app", None), "/", b"/", b"", [])

    async def ask(transport: AsgiTransport) -> None:
        with pytest.raises(httpx2.RemoteProtocolError):
            await transport.carry(asked)

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        transport = AsgiTransport(answering(START), group)
        group.create_task(ask(transport))
        await asyncio.sleep(0)
        assert transport.running == 1
        await transport.aclose()


async def test_who_asks_while_it_ends_finds_nobody() -> None:
    told: list[str] = []

    async def ask_late(transport: AsgiTransport) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            with pytest.raises(httpx2.ConnectError):
                await transport.handle_async_request(httpx2.Request("GET", "http://app/"))
            told.append("nobody is there")

    async def ends() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(ask_late(AsgiTransport(answering(START), group)))
            await asyncio.sleep(0)
            raise ValueError

    with pytest.raises(ExceptionGroup):
        await ends()
    assert told == ["nobody is there"]
