"""What the latest requests say of the way to Stripe."""

import asyncio
from contextlib import suppress

import httpx2
import pytest

from posd.errors import UpstreamUnavailable
from posd.upstream.client import StripeClient
from posd.upstream.contact import Contact, ContactNow, Heard, Met
from tests.unit.posd.upstream.test_client import KEY, answering
from tests.unit.posd.virtual import virtual

NOW_MS = 1_785_499_320_000
ENVELOPE = {"error": {"type": "api_error", "message": "we are sorry"}}
ACCOUNT = {"id": "acct_1", "object": "account"}


async def heard(client: StripeClient) -> Heard:
    with suppress(UpstreamUnavailable):
        await client.get("/v1/account")
    return client.contact.now(NOW_MS).heard


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx2.Response(200, json=ACCOUNT), Heard.ANSWERED),
        (httpx2.Response(401, json=ENVELOPE), Heard.ANSWERED),
        (httpx2.Response(503, json=ENVELOPE), Heard.FAILING),
        (httpx2.Response(502, text="<html>"), Heard.FAILING),
        (httpx2.Response(200, text="<html>Welcome to our hotel"), Heard.NOT_STRIPE),
    ],
)
async def test_an_answer_says_who_answered(answer: httpx2.Response, expected: Heard) -> None:
    assert await heard(answering(lambda _request: answer)) is expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (httpx2.ConnectError("no route"), Heard.NOT_REACHED),
        (httpx2.ConnectTimeout("5 s"), Heard.NOT_REACHED),
        (httpx2.ReadError("reset"), Heard.SILENT),
        (httpx2.RemoteProtocolError("cut off"), Heard.SILENT),
    ],
)
async def test_no_answer_says_where_it_was_lost(error: httpx2.HTTPError, expected: Heard) -> None:
    def lost(_request: httpx2.Request) -> httpx2.Response:
        raise error

    assert await heard(answering(lost)) is expected


async def test_who_connects_and_says_nothing_is_silent() -> None:
    async def silent(_request: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(60)
        raise AssertionError

    transport = httpx2.MockTransport(silent)
    assert await heard(StripeClient("https://stripe", KEY, transport=transport, total_s=0.05)) is (
        Heard.SILENT
    )


@virtual
async def test_it_has_been_so_since_the_first_that_met_with_it() -> None:
    contact, loop = Contact(), asyncio.get_running_loop()
    assert contact.now(NOW_MS) == ContactNow()
    for _ in range(3):
        contact.missed(loop.time(), Heard.NOT_REACHED)
        await asyncio.sleep(10)
    assert contact.now(NOW_MS) == ContactNow(Heard.NOT_REACHED, NOW_MS - 30_000)


@virtual
async def test_a_request_that_left_before_an_answer_says_nothing_any_more() -> None:
    contact, loop = Contact(), asyncio.get_running_loop()
    left_at = loop.time()
    await asyncio.sleep(0.038)
    contact.answered(left_at, 200)
    contact.missed(left_at, Heard.SILENT)
    assert contact.now(NOW_MS) == ContactNow(Heard.ANSWERED, NOW_MS, 38)


async def test_requests_are_counted_by_what_they_met_with_however_late() -> None:
    contact, loop = Contact(), asyncio.get_running_loop()
    for status in (200, 200, 404, 401, 429, 503):
        contact.answered(loop.time(), status)
    contact.missed(loop.time() - 60, Heard.SILENT)
    contact.missed(loop.time(), Heard.NOT_REACHED)
    assert contact.met == {
        "ok": 2,
        "refused": 2,
        "limited": 1,
        "failing": 1,
        "silent": 1,
        "not_reached": 1,
    }
    assert contact.answer_times.buckets().count == 6


def test_everything_that_a_request_can_meet_with_is_counted_under_its_name() -> None:
    assert {heard.value for heard in Heard} - {"nothing", "answered"} <= {met.value for met in Met}
