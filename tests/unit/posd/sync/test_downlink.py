"""What Stripe knows of the fleet comes down whole, page by page, or stays as it was."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest

from posd.errors import UpstreamUnavailable
from posd.ids import chance
from posd.journal.executor import LoopExecutor
from posd.mirror import Mirror
from posd.model.upstream_facts import MirrorKind
from posd.sync.downlink import EVERY_S, PAGES_MAX, Downlink
from posd.upstream.account import AccountCheck
from posd.upstream.client import StripeClient
from posd.upstream.limiter import Limiter
from posd.upstream.uplink import PROBE_MAX_S, Uplink
from tests.unit.posd.journal.scenario import open_journal
from tests.unit.posd.virtual import JumpingClock, virtual

LOCATION, READER = MirrorKind.LOCATION, MirrorKind.READER
PATHS = {
    "/v1/terminal/locations": LOCATION,
    "/v1/terminal/readers": READER,
    "/v1/terminal/configurations": MirrorKind.CONFIGURATION,
    "/v1/terminal/hardware_orders": MirrorKind.HARDWARE_ORDER,
}


class Stripe:
    """Lists of objects, newest first, in pages; refuses, lies or is away as it is told."""

    def __init__(self) -> None:
        self.lists: dict[MirrorKind, list[dict[str, Any]]] = {kind: [] for kind in PATHS.values()}
        self.refuses: dict[MirrorKind, int] = {}
        self.locked_out = False
        self.endless = False
        self.away = False
        self.asked: list[str] = []

    def add(self, kind: MirrorKind, *ids: str, **more: Any) -> None:
        for id_ in ids:
            self.lists[kind].insert(0, {"id": id_, "object": kind.value, **more})

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request.url.path)
        if self.away:
            raise httpx2.ConnectError("away", request=request)
        if request.url.path == "/v1/account" and self.locked_out:
            refusal = {"type": "invalid_request_error", "message": "Invalid API Key"}
            return httpx2.Response(401, json={"error": refusal})
        if request.url.path == "/v1/account":
            return httpx2.Response(200, json={"id": "acct_1", "object": "account"})
        kind = PATHS[request.url.path]
        if kind in self.refuses:
            refusal = {"type": "invalid_request_error", "message": "no permission"}
            return httpx2.Response(self.refuses[kind], json={"error": refusal})
        return httpx2.Response(200, json=self._page(kind, parse_qs(request.url.query.decode())))

    def _page(self, kind: MirrorKind, query: dict[str, list[str]]) -> dict[str, Any]:
        rows = self.lists[kind]
        ids = [row["id"] for row in rows]
        start = ids.index(query["starting_after"][0]) + 1 if "starting_after" in query else 0
        end = start + int(query["limit"][0])
        data = rows[:1] if self.endless else rows[start:end]
        return {"object": "list", "data": data, "has_more": self.endless or end < len(rows)}


class Stage:
    """A mirror, the downlink that feeds it, and what it is told."""

    def __init__(self, stripe: Stripe, mirror: Mirror, uplink: Uplink, downlink: Downlink) -> None:
        self.stripe = stripe
        self.mirror = mirror
        self.uplink = uplink
        self.downlink = downlink

    def ids(self, kind: MirrorKind = LOCATION) -> list[str]:
        return [one.id for one in self.mirror.objects(kind)]


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    journal = open_journal(folder, executor=LoopExecutor(lambda: 0.001))
    clock, dice, stripe = JumpingClock(), chance(1), Stripe()
    answer: Callable[[httpx2.Request], httpx2.Response] = stripe.answer
    client = StripeClient("http://stripe", "rk_test_1", transport=httpx2.MockTransport(answer))
    account = AccountCheck(journal, client, livemode=False)
    uplink = Uplink(client, account, clock=clock, chance=dice)
    mirror = Mirror(journal, clock)
    downlink = Downlink(uplink, Limiter(100, chance=dice), mirror, chance=dice)
    yield Stage(stripe, mirror, uplink, downlink)
    journal.close()


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Stage]:
    """The same, with the tasks of uplink and downlink."""
    async with stage(folder) as on, asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(), name="task") for run in (on.uplink.run, on.downlink.run)]
        yield on
        for task in tasks:
            task.cancel()


@virtual
async def test_every_page_of_every_kind_comes_down_in_stripes_order(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        on.stripe.add(LOCATION, *(f"tml_{number}" for number in range(250)))
        on.stripe.add(READER, "tmr_1", status="online")
        await on.downlink.bring_down()
        assert on.ids() == [f"tml_{number}" for number in reversed(range(250))]
        assert on.ids(READER) == ["tmr_1"]
        assert on.mirror.passing("tmr_1") == {"status": "online"}
        assert on.mirror.heard_ms() is not None


@virtual
async def test_what_is_gone_at_stripe_is_gone_here(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        on.stripe.add(LOCATION, "tml_1", "tml_2")
        await on.downlink.bring_down()
        del on.stripe.lists[LOCATION][0]
        await on.downlink.bring_down()
        assert on.ids() == ["tml_1"]


@virtual
async def test_a_kind_that_stripe_does_not_tell_is_kept_and_the_others_come_down(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as on:
        on.stripe.add(LOCATION, "tml_1")
        await on.downlink.bring_down()
        heard_ms = on.mirror.heard_ms()
        on.stripe.refuses[LOCATION] = 403
        on.stripe.add(READER, "tmr_1")
        await asyncio.sleep(60)
        await on.downlink.bring_down()
        assert (on.ids(), on.ids(READER)) == (["tml_1"], ["tmr_1"])
        assert list(on.downlink.refused) == [LOCATION.value]
        assert on.mirror.heard_ms() == heard_ms
        on.stripe.refuses.clear()
        await on.downlink.bring_down()
        assert on.downlink.refused == {}


@virtual
async def test_an_outage_and_a_list_without_an_end_change_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        on.stripe.add(LOCATION, "tml_1")
        await on.downlink.bring_down()
        on.stripe.add(LOCATION, "tml_2")
        on.stripe.endless = True
        with pytest.raises(UpstreamUnavailable, match="without an end"):
            await on.downlink.bring_down()
        assert on.stripe.asked.count("/v1/terminal/locations") == PAGES_MAX + 1
        on.stripe.away = True
        with pytest.raises(UpstreamUnavailable):
            await on.downlink.bring_down()
        assert on.ids() == ["tml_1"]


@virtual
async def test_a_refusal_is_told_with_stripes_reason_and_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "posd.sync.downlink")
    async with stage(tmp_path) as on:
        on.stripe.refuses[READER] = 403
        for _round in range(3):
            await on.downlink.bring_down()
        assert on.downlink.refused[READER.value].endswith(
            "403: invalid_request_error: no permission"
        )
        on.stripe.refuses.clear()
        await on.downlink.bring_down()
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


@virtual
@pytest.mark.parametrize("status", [409, 429, 500, 503])
async def test_what_passes_by_itself_is_no_refusal(tmp_path: Path, status: int) -> None:
    async with stage(tmp_path) as on:
        on.stripe.refuses[LOCATION] = status
        with pytest.raises(UpstreamUnavailable):
            await on.downlink.bring_down()
        assert on.downlink.refused == {}
        assert on.mirror.heard_ms() is None


@virtual
async def test_a_credential_that_stripe_does_not_take_is_told_until_it_does(tmp_path: Path) -> None:
    async with running(tmp_path) as on:
        on.stripe.locked_out = True
        await asyncio.sleep(EVERY_S)
        assert list(on.downlink.refused) == ["account"]
        on.stripe.locked_out = False
        await asyncio.sleep(2 * EVERY_S)
        assert on.downlink.refused == {}
        assert on.mirror.heard_ms() is not None


@virtual
async def test_hardware_orders_come_down_while_one_is_under_way(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        order = MirrorKind.HARDWARE_ORDER
        on.stripe.add(order, "thor_1", status="pending")
        await on.downlink.bring_down()
        assert "/v1/terminal/hardware_orders" not in on.stripe.asked
        await on.mirror.take(order, on.stripe.lists[order][0], actor="office")
        on.stripe.lists[order][0] = {**on.stripe.lists[order][0], "status": "shipped"}
        await on.downlink.bring_down()
        known = on.mirror.object(order, "thor_1")
        assert known is not None
        assert known.body["status"] == "shipped"
        on.stripe.lists[order][0] = {**on.stripe.lists[order][0], "status": "delivered"}
        await on.downlink.bring_down()
        asked = on.stripe.asked.count("/v1/terminal/hardware_orders")
        await on.downlink.bring_down()
        assert on.stripe.asked.count("/v1/terminal/hardware_orders") == asked


@virtual
async def test_an_account_that_lost_the_preview_has_a_young_mirror_all_the_same(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as on:
        order = MirrorKind.HARDWARE_ORDER
        await on.mirror.take(order, {"id": "thor_1", "status": "pending"}, actor="office")
        on.stripe.refuses[order] = 404
        await on.downlink.bring_down()
        assert list(on.downlink.refused) == [order.value]
        assert on.ids(order) == ["thor_1"]
        assert on.mirror.heard_ms() is not None


@virtual
async def test_readers_are_asked_for_each_minute_and_the_rest_every_ten(tmp_path: Path) -> None:
    async with running(tmp_path) as on:
        on.stripe.add(READER, "tmr_1")
        await asyncio.sleep(9 * EVERY_S)
        assert on.stripe.asked.count("/v1/terminal/locations") == 1
        assert 8 <= on.stripe.asked.count("/v1/terminal/readers") <= 11
        await asyncio.sleep(3 * EVERY_S)
        assert on.stripe.asked.count("/v1/terminal/locations") == 2


@virtual
async def test_after_an_outage_everything_is_asked_for_at_once(tmp_path: Path) -> None:
    async with running(tmp_path) as on:
        await asyncio.sleep(EVERY_S)
        on.stripe.away = True
        await asyncio.sleep(3600)
        on.stripe.away = False
        on.stripe.add(LOCATION, "tml_1")
        await asyncio.sleep(PROBE_MAX_S + 1.1 * EVERY_S)
        assert on.ids() == ["tml_1"]
