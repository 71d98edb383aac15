"""What no request may be on the wire: the envelope or a closed connection, and nothing written.

Over a real socket. However one connection misbehaves, the next one is served.
"""

import asyncio
import gzip
import json
from typing import Final

import pytest

from posd.api import protocol
from posd.api.listener import Patience
from posd.stripe_wire.form import BODY_BYTES_MAX
from tests.unit.posd.api.fakes import Bench
from tests.unit.posd.api.wire import AUTHORIZATION, CREATE, FORM, GET, HEAD, Wire, served, wire

LARGE: Final = protocol.HEAD_BYTES_MAX
MEGABYTE: Final = 1_000_000
LIVE: Final = b"GET /posd/v1/live HTTP/1.1\r\n"
CHUNKED: Final = CREATE + b"Transfer-Encoding: chunked\r\n\r\n"
SIZED: Final = CREATE + b"Content-Length: 24\r\n"
SHORT: Final = Patience(request_s=0.2)

BOMB: Final = gzip.compress(bytes(20 * MEGABYTE))
"""20 kB that would be 20 MB for who unpacks it."""

HOSTILE: Final = [
    # what, sent, status
    ("noise", b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
    (
        "broken UTF-8 in the target",
        b"GET /posd/v1/live\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        400,
    ),
    ("broken UTF-8 in the query", b"GET /?\xc3\x28 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ("a space in the name", LIVE + b"Host : localhost\r\n\r\n", 400),
    ("a line without a name", HEAD + b"header\r\n\r\n", 400),
    ("NUL in a header", HEAD + b"A: b\0c\r\n\r\n", 400),
    ("NUL in a name", HEAD + b"A\0: b\r\n\r\n", 400),
    ("a folded line", HEAD + b"A: b\r\n c\r\n\r\n", 400),
    ("a bare carriage return", HEAD + b"A: b\rc\r\n\r\n", 400),
    ("bare line feeds", b"GET /posd/v1/live HTTP/1.1\nHost: localhost\n\n", 400),
    ("an old request without a host", b"GET /posd/v1/live HTTP/1.0\r\n\r\n", 400),
    ("a request without a version", b"GET /posd/v1/live\r\n\r\n", 400),
    ("a version that never was", b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", 400),
    ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    ("a method in small letters", b"get / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ("a method that is none", b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ("TRACE", b"TRACE /v1/payment_intents HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
    ("OPTIONS of everything", b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    ("a proxy's request", b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ("another's target", b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ("a target of no host", b"GET http:///posd/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ("no host", LIVE + b"\r\n", 400),
    ("two hosts", HEAD + b"Host: localhost\r\n\r\n", 400),
    ("two hosts in one", LIVE + b"Host: localhost, evil.example\r\n\r\n", 421),
    ("a foreign host", LIVE + b"Host: evil.example\r\n\r\n", 421),
    ("a host beyond ASCII", LIVE + b"Host: localhost\xff\r\n\r\n", 421),
    ("one long header", HEAD + b"A: " + b"a" * LARGE + b"\r\n\r\n", 431),
    ("an endless header", HEAD + b"A: " + b"a" * LARGE, 431),
    ("many headers", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * LARGE, 431),
    ("a long target", b"GET /" + b"a" * LARGE + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 431),
    ("1 MB of one header", HEAD + b"A: " + b"a" * MEGABYTE, 431),
    ("1 MB of headers", HEAD + b"A: b\r\n" * (MEGABYTE // 6), 431),
    ("1 MB of a name", HEAD + b"a" * MEGABYTE, 431),
    ("1 MB of a target", b"GET /" + b"a" * MEGABYTE, 431),
    ("1 MB of a method", b"G" * MEGABYTE, 400),
    ("1 MB of empty lines", b"\r\n" * (MEGABYTE // 2), 431),
    ("1 MB of a trailer", CHUNKED + b"0\r\n" + b"A: b\r\n" * (MEGABYTE // 6), 431),
    ("two lengths", SIZED + b"Content-Length: 25\r\n\r\n" + FORM, 400),
    ("one length twice", SIZED + b"Content-Length: 24\r\n\r\n" + FORM, 400),
    ("a list of lengths", CREATE + b"Content-Length: 24, 24\r\n\r\n" + FORM, 400),
    ("length and chunks", SIZED + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    *[
        (f"a length of {length!r}", CREATE + b"Content-Length: %s\r\n\r\n" % length + FORM, 400)
        for length in (b"-1", b"+24", b"0x18", b"2 4", b"", b"9" * 24)
    ],
    *[
        (f"chunks of {size!r}", CHUNKED + size + b"\r\n" + FORM + b"\r\n0\r\n\r\n", 400)
        for size in (b"", b"ZZ", b"-18", b"0x18", b"17", b"F" * 18)
    ],
    ("chunks with bare line feeds", CHUNKED + b"18\n" + FORM + b"\n0\n\n", 400),
    *[
        (
            f"the coding {coding!r}",
            CREATE + b"Transfer-Encoding: %s\r\n\r\n18\r\n%s\r\n0\r\n\r\n" % (coding, FORM),
            400,
        )
        for coding in (b"gzip", b"gzip, chunked", b"chunked, gzip", b"xchunked", b"identity")
    ],
    ("a long body", CREATE + b"Content-Length: 70000\r\n\r\n" + b"a" * 70_000, 413),
    ("a body of 10 MB", CREATE + b"Content-Length: 10000000\r\n\r\n" + b"a" * 10 * MEGABYTE, 413),
    ("10 MB in chunks", CHUNKED + b"2710\r\n%s\r\n" % (b"a" * 10_000) * 1_000, 413),
    ("10 MB in one chunk", CHUNKED + b"989680\r\n" + b"a" * 10 * MEGABYTE, 413),
    ("10 MB in small chunks", CHUNKED + b"1\r\na\r\n" * (10 * MEGABYTE // 6), 413),
    ("an endless extension", CHUNKED + b"5;" + b"a" * MEGABYTE, 413),
    ("10 MB without a length", CREATE + b"\r\n" + b"a" * 10 * MEGABYTE, 400),
    (
        "a body announced too long",
        CREATE + b"Content-Length: 1073741824\r\n\r\n" + FORM * 3_000,
        413,
    ),
    (
        "a body that is gzip",
        SIZED + b"Content-Encoding: gzip\r\n\r\n" + b"\x1f\x8b\x08\xff" * 6,
        400,
    ),
    (
        "a compression bomb",
        CREATE + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB,
        400,
    ),
    ("broken UTF-8 in a body", SIZED + b"\r\namount=\xff\xfe12&currency=eur", 400),
    (
        "an upgrade that has a body",
        SIZED + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + FORM,
        400,
    ),
    (
        "a websocket of a foreign page",
        HEAD + b"Origin: http://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        403,
    ),
]


SOCKET_BYTES: Final = 65_536
"""Who sends more than this and does not listen may find the connection reset."""


async def last_word(client: Wire, sent: bytes) -> int | None:
    """The status of the answer that comes while these octets are being sent; None is a reset."""
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(client.try_to_send(sent))
        try:
            return await client.status()
        except (ConnectionError, asyncio.IncompleteReadError):
            return None
        finally:
            sending.cancel()


def says_why(client: Wire) -> bool:
    error = json.loads(client.body)["error"]
    assert b"stripe-should-retry: false" in client.head.lower()
    return bool(error["type"] == "invalid_request_error" and error["message"])


@pytest.mark.parametrize(
    ("sent", "status"), [pytest.param(sent, status, id=what) for what, sent, status in HOSTILE]
)
async def test_hostile_requests_end_in_the_envelope(sent: bytes, status: int) -> None:
    bench = Bench()
    async with served(bench) as listener, wire(listener) as other:
        async with wire(listener) as client:
            told = await last_word(client, sent)
            assert told == status or (told is None and len(sent) > SOCKET_BYTES)
            assert told is None or says_why(client)
        await other.send(GET)
        assert await other.status() == 200
    assert bench.store.commits == 0


@pytest.mark.parametrize(
    "after",
    [
        b"garbage\r\n\r\n",
        b"\0",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"a" * 10_000,
        b"GET / HTTP/1.1\r\n",
    ],
    ids=["garbage", "NUL", "a bad request", "a long line", "half a head"],
)
async def test_what_follows_a_request_does_not_answer_for_it(after: bytes) -> None:
    """A refusal in its place would say that nothing had happened, and the till pay again."""
    bench = Bench()
    bench.payments.hold.clear()
    async with served(bench, patience=SHORT) as listener, wire(listener) as client:
        await client.send(SIZED + b"\r\n" + FORM + after)
        await bench.payments.entered.wait()
        await asyncio.sleep(2 * SHORT.request_s)
        bench.payments.hold.set()
        assert await client.status() == 200
        assert json.loads(client.body)["amount"] == 1250
        assert await client.closed()
    assert bench.store.commits == 1


@pytest.mark.parametrize("after", [CHUNKED + b"ZZ\r\n", SIZED + b"\r\namou"], ids=["bad", "slow"])
async def test_a_half_request_behind_a_whole_one_ends_both_without_a_word(after: bytes) -> None:
    bench = Bench()
    bench.payments.hold.clear()
    async with served(bench, patience=SHORT) as listener, wire(listener) as client:
        await client.send(SIZED + b"\r\n" + FORM + after)
        await bench.payments.entered.wait()
        assert await client.closed()
        bench.payments.hold.set()


async def test_requests_in_a_row_are_answered_in_a_row() -> None:
    async with served() as listener, wire(listener) as client:
        await client.send(GET * 3 + CREATE.replace(AUTHORIZATION, b"") + b"\r\n" + GET)
        assert [await client.status() for _ in range(5)] == [200, 200, 200, 401, 200]


async def test_an_upgrade_is_not_taken_up() -> None:
    """A client that speaks HTTP/2 too asks for it on its first request, and goes on without."""
    asks = (
        HEAD + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n"
    )
    async with served() as listener, wire(listener) as client:
        for sent in (asks, GET, asks):
            await client.send(sent)
            assert await client.status() == 200


@pytest.mark.parametrize("name", ["HTTP/2", "another's target", "an upgrade that has a body"])
async def test_a_kept_connection_is_told_too(name: str) -> None:
    sent = next(sent for what, sent, _ in HOSTILE if what == name)
    async with served() as listener, wire(listener) as client:
        await client.send(GET)
        assert await client.status() == 200
        await client.send(sent)
        assert await client.status() == 400
        assert says_why(client)
        assert await client.closed()


@pytest.mark.parametrize(
    "target", [b"http://localhost/posd/v1/live", b"HTTP://LOCALHOST/posd/v1/live"]
)
async def test_a_target_may_name_this_host(target: bytes) -> None:
    async with served() as listener, wire(listener) as client:
        await client.send(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % target)
        assert await client.status() == 200


async def test_a_body_that_goes_on_after_its_refusal_is_cut() -> None:
    flood = b"a" * protocol.MESSAGE_BYTES_MAX
    async with served() as listener, wire(listener) as client:
        await client.send(CREATE.replace(AUTHORIZATION, b"") + b"Content-Length: 99999999\r\n\r\n")
        assert await client.status() == 401
        assert await client.is_cut_while_sending(flood, pause_s=0.01)


async def test_a_refused_request_is_refused_once() -> None:
    """A second refusal would be read as the answer to the next request."""
    async with served(patience=SHORT) as listener, wire(listener) as client:
        await client.send(CREATE.replace(AUTHORIZATION, b"") + b"Content-Length: 24\r\n\r\namou")
        assert await client.status() == 401
        assert await client.closed()


DRIPS: Final = [
    # what, sent at once, then again and again
    ("nothing", b"", b""),
    ("half a head", LIVE + b"Host: loc", b""),
    ("half a body", SIZED + b"\r\namount=", b""),
    ("a dripping target", b"GET /", b"a"),
    ("dripping headers", HEAD, b"A: b\r\n"),
    ("dripping empty lines", b"", b"\r\n"),
    ("a dripping body", CREATE + b"Content-Length: 60000\r\n\r\namount=", b"1"),
    ("dripping chunks", CHUNKED, b"1\r\na\r\n"),
]


@pytest.mark.parametrize(
    ("sent", "drip"), [pytest.param(sent, drip, id=what) for what, sent, drip in DRIPS]
)
async def test_a_slow_request_is_told_so_and_closed(sent: bytes, drip: bytes) -> None:
    bench = Bench()
    async with served(bench, patience=SHORT) as listener, wire(listener) as client:
        await client.send(sent)
        async with asyncio.TaskGroup() as group:
            dripping = group.create_task(client.keep_sending(drip, pause_s=0.02))
            assert await client.status() == 408
            assert says_why(client)
            assert await client.closed()
            dripping.cancel()
    assert bench.store.commits == 0


async def test_slow_requests_do_not_hold_up_a_quick_one() -> None:
    async with served(patience=SHORT) as listener, asyncio.TaskGroup() as group:

        async def slow() -> None:
            async with wire(listener) as client:
                await client.send(HEAD)
                assert await client.status() == 408

        for _ in range(protocol.CONNECTIONS_MAX - 1):
            group.create_task(slow())
        await asyncio.sleep(SHORT.request_s / 4)
        async with wire(listener) as till:
            await till.send(GET)
            assert await till.status() == 200


def test_a_body_at_its_limit_fits_in_a_message() -> None:
    """Even in chunks of a few octets, as a client that streams may send it."""
    assert 5 * BODY_BYTES_MAX + protocol.HEAD_BYTES_MAX < protocol.MESSAGE_BYTES_MAX
