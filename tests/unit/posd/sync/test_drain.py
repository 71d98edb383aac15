"""Days offline are over: lanes beside each other, live sales first, and nobody holds up another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from posd.model.facts import PaymentIntentCreated
from posd.snapshot.views import UpstreamState
from posd.sync.choice import LIVE_MS
from posd.sync.forwarder import BUG
from posd.upstream.limiter import AWAY_MIN_S
from tests.simulation.asgi import Link
from tests.unit.posd.journal.scenario import Facts, effect
from tests.unit.posd.sync.far import FarStripe
from tests.unit.posd.sync.uplink import HOUR_MS, REPORT, Uplink, uplink
from tests.unit.posd.virtual import virtual

LATENCY_S = 0.1
OVER_IDEAL_MAX = 1.10


@asynccontextmanager
async def backlog(folder: Path, payments: int) -> AsyncIterator[Uplink]:
    """So many payments were approved three days ago, and none is reported."""
    async with uplink(folder, payments=0) as on:
        await on.owe(payments)
        on.clock.now_ms += 72 * HOUR_MS
        yield on


async def drained(on: Uplink, patience_s: float = 3600.0) -> float:
    """Seconds until nothing waits any more."""
    began = asyncio.get_running_loop().time()
    while on.journal.outbox.waiting_count():
        await asyncio.sleep(0.01)
        assert asyncio.get_running_loop().time() - began < patience_s, "it does not drain"
    return asyncio.get_running_loop().time() - began


@pytest.mark.no_cover
@pytest.mark.parametrize("connections", [1, 4, 16])
@virtual
async def test_a_backlog_drains_as_fast_as_its_connections_allow(
    tmp_path: Path, connections: int
) -> None:
    payments = 6 * connections + 14
    stripe = FarStripe(LATENCY_S)
    async with (
        backlog(tmp_path, payments) as on,
        on.forwarding(answer=stripe.answer, requests_per_s=1000.0, connections=connections),
    ):
        took_s = await drained(on)
    assert stripe.most == connections
    assert len(stripe.requests) == 1 + 2 * payments
    ideal_s = 2 * payments * LATENCY_S / connections + LATENCY_S
    assert took_s <= OVER_IDEAL_MAX * ideal_s + LATENCY_S


@virtual
async def test_a_backlog_drains_as_fast_as_its_pace_allows(tmp_path: Path) -> None:
    stripe = FarStripe(LATENCY_S)
    async with (
        backlog(tmp_path, 30) as on,
        on.forwarding(answer=stripe.answer, requests_per_s=10.0),
    ):
        took_s = await drained(on)
    assert took_s <= OVER_IDEAL_MAX * 6.0
    assert stripe.most <= 2


@virtual
async def test_each_payment_is_reported_before_it_is_guaranteed(tmp_path: Path) -> None:
    stripe = FarStripe(LATENCY_S)
    async with backlog(tmp_path, 20) as on, on.forwarding(answer=stripe.answer):
        await drained(on)
        order = stripe.reported()
    for number in range(1, 21):
        lane = f"att_posd_{number}"
        assert order.index(f"{lane}-report") < order.index(f"{lane}-guarantee")


@virtual
async def test_the_poisoned_and_the_slow_delay_no_other_by_a_second(tmp_path: Path) -> None:
    odd = {f"att_posd_{number}-report": 500 for number in (1, 5, 9)}
    stripe = FarStripe(LATENCY_S, odd | {"att_posd_2-report": None, "att_posd_6-report": None})
    async with backlog(tmp_path, 40) as on, on.forwarding(answer=stripe.answer) as forwarder:
        ideal_s = 2 * 35 * LATENCY_S / 2  # two of the four connections hang
        await asyncio.sleep(ideal_s + 1.0)
        assert on.journal.outbox.waiting_count() == 5
        await on.owe()
        await asyncio.sleep(1.0)
        assert on.facts("pi_posd_41").count("EffectDone") == 2
        await asyncio.sleep(30)  # the slow ones were given up
        assert forwarder.standing().state is UpstreamState.OK
        assert [one.call for one in stripe.requests].count("account") == 1


@virtual
async def test_what_a_till_just_did_overtakes_the_backlog(tmp_path: Path) -> None:
    stripe = FarStripe(LATENCY_S)
    async with (
        backlog(tmp_path, 100) as on,
        on.forwarding(answer=stripe.answer, requests_per_s=2.0),
    ):
        await asyncio.sleep(20)
        await on.owe()
        await asyncio.sleep(2.0)
        assert on.facts("pi_posd_101").count("EffectDone") == 2
        assert len(stripe.reported()) <= 46


@pytest.mark.no_cover
@virtual
async def test_no_stream_of_sales_starves_the_oldest(tmp_path: Path) -> None:
    stripe = FarStripe(LATENCY_S, {"att_posd_1-report": 409})
    async with backlog(tmp_path, 40) as on:
        async with on.forwarding(answer=stripe.answer, requests_per_s=1.0):
            for _ in range(130):
                await on.owe()
                await asyncio.sleep(1.5)
        tries = [0.0, *stripe.began("att_posd_1-report"), 195.0]
        old = {f"att_posd_{number}-report" for number in range(1, 41)}
        assert max(late - early for early, late in pairwise(tries)) <= 120
        assert len(old & set(stripe.reported())) >= 15


@virtual
async def test_an_old_try_does_not_wait_until_all_others_had_theirs(tmp_path: Path) -> None:
    stripe = FarStripe(LATENCY_S, {"att_posd_1-report": 409})
    async with backlog(tmp_path, 200) as on:
        async with on.forwarding(answer=stripe.answer, requests_per_s=2.0):
            await asyncio.sleep(15)
            stripe.odd.clear()
            await asyncio.sleep(20)
        assert on.facts("pi_posd_1").count("EffectDone") >= 1


@virtual
async def test_too_many_requests_slow_the_whole_store(tmp_path: Path) -> None:
    stripe = FarStripe(0.0, {"att_posd_3-report": 429})
    async with backlog(tmp_path, 60) as on:
        async with on.forwarding(answer=stripe.answer, requests_per_s=20.0) as forwarder:
            await asyncio.sleep(10)
        (refused_s, *_) = stripe.began("att_posd_3-report")
        after = [one.at_s - refused_s for one in stripe.requests if one.at_s > refused_s]
        assert min(after) >= AWAY_MIN_S
        gaps = [round(late - early, 3) for early, late in pairwise(after[:5])]
        assert min(gaps) >= 1 / 11
        assert forwarder.standing().parked == 0


@virtual
async def test_while_the_line_is_down_a_sale_is_tried_once_and_may_find_it_up(
    tmp_path: Path,
) -> None:
    async with uplink(tmp_path, payments=3) as on, on.forwarding() as forwarder:
        await asyncio.sleep(5)
        on.line.link = Link.DOWN
        await on.start(3)
        await asyncio.sleep(600)
        assert forwarder.standing().state is UpstreamState.OFFLINE
        assert max(owed.tries for owed in on.owed()) <= 1
        on.line.link = Link.UP
        sale = await on.approve()
        await asyncio.sleep(1)
        assert on.facts(sale).count("EffectDone") == 2


@virtual
async def test_a_line_that_is_back_is_found_within_ten_seconds(tmp_path: Path) -> None:
    async with uplink(tmp_path, payments=2) as on, on.forwarding() as forwarder:
        on.line.link = Link.DOWN
        await asyncio.sleep(3600)
        assert forwarder.standing().state is UpstreamState.OFFLINE
        on.line.link = Link.UP
        await asyncio.sleep(10)
        assert on.records() == [(1250, True)] * 2


@virtual
async def test_a_bug_at_one_effect_is_no_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stripe = FarStripe()
    async with uplink(tmp_path, 0) as on:
        nobodys = replace(effect("att_posd_9-report", "pi_posd_9"), path=REPORT)
        created = PaymentIntentCreated("pi_posd_9", 1250, "eur")
        await on.journal.commit(Facts((created,), effects=(nobodys,)))
        await on.owe(5)
        async with on.forwarding(answer=stripe.answer):
            await asyncio.sleep(1.0)
            assert on.journal.outbox.waiting_count() == 1
            (owed,) = on.owed()
        assert (owed.effect.id, owed.problem) == ("att_posd_9-report", BUG)
        assert owed.tries >= 1
        assert "task failed name=effect:att_posd_9-report" in caplog.text


@virtual
async def test_the_same_backlog_drains_in_the_same_order(tmp_path: Path) -> None:
    seen = []
    for life in ("one", "two"):
        stripe = FarStripe(LATENCY_S, {"att_posd_3-report": 500, "att_posd_4-report": 429})
        (tmp_path / life).mkdir()
        began = asyncio.get_running_loop().time()
        async with backlog(tmp_path / life, 12) as on, on.forwarding(answer=stripe.answer):
            await asyncio.sleep(20)
        seen.append([(round(one.at_s - began, 6), one.key) for one in stripe.requests])
    assert seen[0] == seen[1]


@virtual
async def test_a_sale_stays_live_for_a_minute_only(tmp_path: Path) -> None:
    async with uplink(tmp_path, 1) as on:
        outbox, now = on.journal.outbox, on.clock.wall_ms()
        assert len(outbox.owed_since(now - LIVE_MS, now, 9)) == 1
        on.clock.now_ms += LIVE_MS + 1
        now = on.clock.wall_ms()
        assert outbox.owed_since(now - LIVE_MS, now, 9) == []
