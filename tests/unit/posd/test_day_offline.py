"""A store starts without internet, works through the day, and is whole again in the evening."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path

import httpx2
import pytest

from posd.model.attempt import AttemptState
from posd.sync.downlink import EVERY_S
from posd.upstream.uplink import CALL_S, CALLS_LOST_MAX, PROBE_MAX_S
from tests.simulation.asgi import Link
from tests.unit.posd.branch import HERE, LOCATIONS, READERS, Branch, Street, street
from tests.unit.posd.house import LANE_1, attempt_of, paid
from tests.unit.posd.virtual import virtual

HOUR_S = 3600.0
FIRST_USEFUL_BYTE_S = 2.0
HEARD_S = 10.0
ENTRANCE = {"registration_code": "simulated-wpe", "label": "Entrance", "location": HERE}


async def yesterday(there: Street) -> str:
    """A day with internet: the id of the reader of Stripe's that posd heard of."""
    async with there.open() as store:
        made = await store.ask("POST", READERS, **ENTRANCE)
        assert made.status_code == 200, made.text
        await asyncio.sleep(HEARD_S)
        reader: str = made.json()["id"]
        return reader


async def status(store: Branch) -> dict[str, object]:
    told: dict[str, object] = (await store.ask("GET", "/posd/v1/status")).json()["mirror"]
    return told


async def timed(call: Coroutine[None, None, httpx2.Response]) -> tuple[int, float]:
    """The answer's status, and how long it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    return (await call).status_code, loop.time() - began


@virtual
async def test_a_cold_start_without_internet_serves_both_kinds_of_readers(tmp_path: Path) -> None:
    async with street(tmp_path) as there:
        cloud_reader = await yesterday(there)
        there.line.link = Link.DOWN
        began = asyncio.get_running_loop().time()
        async with there.open() as store:
            assert await store.ids(LOCATIONS) == [HERE]
            assert await store.ids(READERS) == [LANE_1, cloud_reader]
            assert asyncio.get_running_loop().time() - began <= FIRST_USEFUL_BYTE_S
            entrance = (await store.ask("GET", f"{READERS}/{cloud_reader}")).json()
            assert (entrance["label"], entrance["status"]) == ("Entrance", None)
            assert "Entrance: not heard of yet" in store.page("readers.html")


@pytest.mark.no_cover
@virtual
async def test_a_day_without_internet(tmp_path: Path) -> None:
    async with street(tmp_path) as there:
        cloud_reader = await yesterday(there)
        there.line.link = Link.DOWN
        there.house.clock.now_ms += round(8 * HOUR_S * 1000)
        async with there.open() as store:
            heard_ms = (await status(store))["heard_ms"]
            assert isinstance(heard_ms, int)
            await asyncio.sleep(CALLS_LOST_MAX * (CALL_S + EVERY_S * 1.1))
            for _hour in range(24):
                await asyncio.sleep(HOUR_S)
                await _the_hour_goes_well(store, cloud_reader)
                assert (await status(store))["heard_ms"] == heard_ms
            assert "(32 h ago)" in store.page("readers.html")
            assert "There is no line to Stripe since" in store.page("readers.html")


async def _the_hour_goes_well(store: Branch, cloud_reader: str) -> None:
    """Everything is served, a sale works, and what only Stripe can do fails whole and at once."""
    assert await store.ids(LOCATIONS) == [HERE]
    assert await store.ids(READERS) == [LANE_1, cloud_reader]
    assert attempt_of(store.posd, await paid(store.posd)).state is AttemptState.APPROVED
    head, tried = store.posd.journal.head, store.meddled.tried.copy()
    one = f"{READERS}/{cloud_reader}"
    for asked in (
        store.create("K"),
        store.token(),
        store.ask("POST", READERS, key="K", **ENTRANCE),
        store.ask("POST", one, label="Exit"),
        store.ask("DELETE", one),
        store.ask("DELETE", f"{LOCATIONS}/{HERE}"),
    ):
        assert await timed(asked) == (503, 0)
    assert store.posd.journal.head == head
    assert store.meddled.tried == tried
    assert (await store.ask("GET", one)).json()["label"] == "Entrance"


@virtual
async def test_in_the_evening_the_line_comes_back(tmp_path: Path) -> None:
    async with street(tmp_path) as there:
        await yesterday(there)
        there.line.link = Link.DOWN
        async with there.open() as store:
            await asyncio.sleep(24 * HOUR_S)
            assert (await store.create("K")).status_code == 503
            there.line.link = Link.UP
            back_ms = store.house.clock.wall_ms()
            await asyncio.sleep(PROBE_MAX_S + 1)
            assert (await status(store))["down_since_ms"] is None
            assert (await store.create("K")).status_code == 200
            assert store.at_stripe() == ["Hamburg", "Old town"]
            assert (await store.token()).status_code == 200
            await asyncio.sleep(1.1 * EVERY_S)
            heard_ms = (await status(store))["heard_ms"]
            assert isinstance(heard_ms, int)
            assert heard_ms > back_ms
            assert "Entrance: online" in store.page("readers.html")
