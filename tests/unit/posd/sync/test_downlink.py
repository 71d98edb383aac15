"""What Stripe knows of the fleet comes down whole, page by page, or stays as it was."""

import asyncio
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
from posd.upstream.uplink import Uplink
from tests.unit.posd.journal.scenario import open_journal
from tests.unit.posd.virtual import JumpingClock, virtual

LOCATION, READER = MirrorKind.LOCATION, MirrorKind.READER
PATHS = {
    "/v1/terminal/locations": LOCATION,
    "/v1/terminal/readers": READER,
    "/v1/terminal/configurations": MirrorKind.CONFIGURATION,
}


class Stripe:
    """Lists of objects, newest first, in pages; refuses, lies or is away as it is told."""

    def __init__(self) -> None:
        self.lists: dict[MirrorKind, list[dict[str, Any]]] = {kind: [] for kind in PATHS.values()}
        self.refuses: set[MirrorKind] = set()
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
        if request.url.path == "/v1/account":
            return httpx2.Response(200, json={"id": "acct_1", "object": "account"})
        kind = PATHS[request.url.path]
        if kind in self.refuses:
            refusal = {"type": "invalid_request_error", "message": "no permission"}
            return httpx2.Response(403, json={"error": refusal})
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

    def __init__(self, stripe: Stripe, mirror: Mirror, downlink: Downlink) -> None:
        self.stripe = stripe
        self.mirror = mirror
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
    yield Stage(stripe, mirror, Downlink(uplink, Limiter(100, chance=dice), mirror, chance=dice))
    journal.close()


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
        on.stripe.refuses.add(LOCATION)
        on.stripe.add(READER, "tmr_1")
        await asyncio.sleep(60)
        await on.downlink.bring_down()
        assert (on.ids(), on.ids(READER)) == (["tml_1"], ["tmr_1"])
        assert list(on.downlink.refused) == [LOCATION]
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
async def test_readers_are_asked_for_each_minute_and_the_rest_every_ten(tmp_path: Path) -> None:
    async with stage(tmp_path) as on, asyncio.TaskGroup() as group:
        on.stripe.add(READER, "tmr_1")
        running = group.create_task(on.downlink.run(), name="downlink")
        await asyncio.sleep(9 * EVERY_S)
        running.cancel()
        asked = on.stripe.asked
    assert asked.count("/v1/terminal/locations") == 1
    assert 8 <= asked.count("/v1/terminal/readers") <= 11


@virtual
async def test_it_goes_on_through_an_outage(tmp_path: Path) -> None:
    async with stage(tmp_path) as on, asyncio.TaskGroup() as group:
        on.stripe.away = True
        probing = group.create_task(on.downlink._uplink.run(), name="uplink")
        running = group.create_task(on.downlink.run(), name="downlink")
        await asyncio.sleep(3600)
        on.stripe.away = False
        on.stripe.add(LOCATION, "tml_1")
        await asyncio.sleep(3 * EVERY_S)
        assert on.ids() == ["tml_1"]
        running.cancel()
        probing.cancel()
