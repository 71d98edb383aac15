"""How often one address is told no or shown a page; and that no till is ever shut out by it."""

import asyncio
import logging
from collections.abc import Sequence

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from posd.api import pace
from posd.api.lan import subscriber
from posd.api.pace import AtMost
from tests.unit.posd.api.fakes import TILL, Bench
from tests.unit.posd.virtual import virtual

INTENTS = "/v1/payment_intents"
WRONG = "posd_test_" + "w" * 43


def at(bench: Bench, address: str, key: str | None) -> httpx2.AsyncClient:
    """A client whose connection comes from that address."""
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=bench.api, client=(address, 40_000)),
        base_url="http://127.0.0.1:8719",
        headers={"Authorization": f"Bearer {key}"} if key else {},
    )


async def statuses(caller: httpx2.AsyncClient, path: str, count: int) -> list[int]:
    return [(await caller.get(path)).status_code for _ in range(count)]


@virtual
async def test_five_wrong_keys_in_a_minute_are_told_so_and_no_sixth() -> None:
    bench = Bench()
    async with at(bench, "10.0.0.7", WRONG) as stranger:
        assert await statuses(stranger, INTENTS, 8) == [401] * 5 + [429] * 3
        refused = await stranger.get(INTENTS)
        assert refused.headers["retry-after"] == "60"
        assert refused.headers["stripe-should-retry"] == "false"
        assert refused.json()["error"]["code"] == "rate_limit"
        await asyncio.sleep(59.0)
        assert await statuses(stranger, INTENTS, 1) == [429]
        await asyncio.sleep(1.0)
        assert await statuses(stranger, INTENTS, 6) == [401] * 5 + [429]


@virtual
async def test_a_right_key_is_taken_however_many_wrong_ones_came_from_its_machine() -> None:
    bench = Bench()
    async with at(bench, "10.0.0.7", WRONG) as neighbour, at(bench, "10.0.0.7", TILL) as till:
        assert 429 in await statuses(neighbour, INTENTS, 20)
        assert await statuses(till, INTENTS, 20) == [200] * 20


@virtual
async def test_another_address_has_a_count_of_its_own() -> None:
    bench = Bench()
    async with at(bench, "10.0.0.7", WRONG) as one, at(bench, "10.0.0.8", WRONG) as other:
        await statuses(one, INTENTS, 6)
        assert await statuses(other, INTENTS, 6) == [401] * 5 + [429]


@virtual
async def test_what_counts_as_a_wrong_key_is_whatever_opens_nothing() -> None:
    bench = Bench()
    async with at(bench, "10.0.0.7", None) as caller:
        for header in ("Bearer ", "Digest x", "Bearer posd_live_x", f"Bearer {TILL}x", "Basic !"):
            told = await caller.get(INTENTS, headers={"Authorization": header})
            assert told.status_code == 401
        assert (await caller.get(INTENTS, headers={"Authorization": "x"})).status_code == 429
        assert await statuses(caller, INTENTS, 10) == [401] * 10  # no key is none that is wrong
        assert await statuses(caller, "/posd/v1/live", 10) == [200] * 10


@virtual
async def test_the_log_is_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    async with at(bench, "10.0.0.7", WRONG) as stranger:
        await statuses(stranger, INTENTS, 50)
        await asyncio.sleep(61)
        await statuses(stranger, INTENTS, 50)
    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage() for record in told] == [
        "more than 5 wrong keys in a minute address=10.0.0.7"
    ] * 2


@virtual
async def test_pages_are_shown_as_often_as_anybody_looks() -> None:
    async def show(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("shown")

    bench = Bench(pages=(Route("/", show),))
    async with at(bench, "10.0.0.7", None) as one, at(bench, "10.0.0.8", None) as other:
        assert await statuses(one, "/", 61) == [200] * 60 + [429]
        assert await statuses(one, "/nowhere", 1) == [429]
        assert await statuses(other, "/", 1) == [200]
        await asyncio.sleep(pace.PAGES_S)
        assert await statuses(one, "/", 1) == [200]
    async with at(bench, "10.0.0.7", TILL) as till:
        await statuses(till, "/", 60)
        assert await statuses(till, INTENTS, 1) == [200]  # a till is not a page


@virtual
async def test_memory_is_bounded_however_many_addresses_there_are() -> None:
    limit = AtMost(1, 60.0)
    for number in range(3 * pace.CALLERS_MAX):
        limit.wait_s(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(limit._seen) == pace.CALLERS_MAX


@pytest.mark.parametrize(
    ("addresses", "counted"),
    [
        (["10.0.0.7"], "10.0.0.7"),
        (["::ffff:10.0.0.7"], "10.0.0.7"),
        (["fd00::1", "fd00::2", "fd00::ffff:ffff:ffff:ffff"], "fd00::"),
        (["fd00:0:0:1::1"], "fd00:0:0:1::"),
        (["fe80::1%eth0"], "fe80::"),
    ],
)
def test_what_one_machine_may_call_itself_is_one_caller(
    addresses: Sequence[str], counted: str
) -> None:
    assert {subscriber(address) for address in addresses} == {counted}
