"""Limits to what Stripe has not been told: kept exactly, and held before the card (I15)."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import apsw
import httpx2
import pytest

from posd.composition import Posd
from posd.config.sections import OfflineConfig
from posd.errors import Refused
from posd.model.backlog import HOUR_MS, Backlog
from posd.offline_limits import WATCH_EVERY_S
from tests.simulation.asgi import Link
from tests.unit.posd.branch import READERS, Branch, Street, street
from tests.unit.posd.giving_back import declines
from tests.unit.posd.house import LANE_1, LANE_2, config, declared, ordered, paid
from tests.unit.posd.stage import ScriptedTerminal, approves, hangs
from tests.unit.posd.virtual import virtual

DRAINED_S: Final = 600.0
NOTHING: Final = Backlog()
SCAN: Final = """
    SELECT currency, count(*), sum(amount) FROM (
        SELECT currency, in_hand AS amount FROM untold WHERE in_hand IS NOT NULL
        UNION ALL
        SELECT currency, received FROM outbox JOIN untold ON untold.id = payment_intent
            WHERE state = 'waiting' AND path NOT LIKE '%/report_refund'
    ) GROUP BY currency"""


def limit(there: Street, offline: OfflineConfig, *names: str) -> None:
    """The store's file has this section, and a lane for each of these names."""
    lanes = config(*(declared(name, port) for port, name in enumerate(names, start=1)))
    there.house.file = replace(
        there.house.file, offline=offline, reader=lanes.reader, lane=lanes.lane
    )


@asynccontextmanager
async def offline_street(folder: Path, *names: str, **limits: int) -> AsyncIterator[Street]:
    """A store that refuses beyond these limits, and whose line to Stripe is down."""
    async with street(folder) as there:
        limit(there, OfflineConfig(**limits, beyond="refuse"), *(names or ("lane-1",)))
        there.line.link = Link.DOWN
        yield there


def backlog(posd: Posd, folder: Path) -> Backlog:
    """What posd knows, which is what a scan finds."""
    told = posd.journal.queries.backlog()
    db = apsw.Connection(str(folder / "journal.sqlite"))
    found = list(db.execute(SCAN))
    db.close()
    assert told.payments == sum(payments for _, payments, _ in found)
    assert dict(told.amounts) == {currency: amount for currency, _, amount in found}
    return told


@virtual
async def test_it_counts_from_the_hand_to_the_guarantee(tmp_path: Path) -> None:
    async with offline_street(tmp_path) as there, there.open() as store:
        there.terminal.dialogue = declines
        await paid(store.posd)
        assert backlog(store.posd, tmp_path) == NOTHING
        there.terminal.dialogue = approves
        await paid(store.posd, amount=1000)
        there.terminal.dialogue = hangs
        await paid(store.posd, amount=500)
        counted = backlog(store.posd, tmp_path)
        assert (counted.payments, counted.amounts) == (2, {"eur": 1500})
        there.terminal.unplug()
        await asyncio.sleep(DRAINED_S)
        assert backlog(store.posd, tmp_path).amounts == {"eur": 1500}
        there.line.link = Link.UP
        await asyncio.sleep(DRAINED_S)
        assert store.arrived("/v1/payment_records/report_payment")
        assert backlog(store.posd, tmp_path).amounts == {"eur": 500}


@virtual
async def test_what_is_held_counts_and_what_stripe_refused_does_not(tmp_path: Path) -> None:
    async with offline_street(tmp_path) as there:
        (lane,) = there.house.file.reader
        holding = replace(lane, manual_capture="sale_then_reverse")
        there.house.file = replace(there.house.file, reader=(holding,))
        async with there.open() as store:
            held = await sold(store, 900, capture_method="manual")
            assert backlog(store.posd, tmp_path).amounts == {"eur": 900}
            await store.ask("POST", f"/v1/payment_intents/{held}/capture", who="till")
            assert backlog(store.posd, tmp_path).amounts == {"eur": 900}
            there.meddled.meddle = takes_no_report
            there.line.link = Link.UP
            await asyncio.sleep(DRAINED_S)
            assert store.posd.journal.outbox.parked()
            assert backlog(store.posd, tmp_path) == NOTHING


@virtual
async def test_the_refusal_names_the_limit_and_nothing_is_journaled(tmp_path: Path) -> None:
    async with offline_street(tmp_path, amount_max=2000) as there, there.open() as store:
        await sold(store, 1200)
        intent = await created(store, 801)
        before = store.posd.journal.head
        refused = await process(store, intent)
        assert refused.status_code == 400, refused.text
        error = refused.json()["error"]
        assert error["type"] == "invalid_request_error"
        assert (error["code"], error["param"]) == ("offline_limit_reached", "payment_intent")
        assert "1 payments, 1200 eur" in error["message"]
        assert "offline.amount_max = 2000" in error["message"]
        assert refused.headers["stripe-should-retry"] == "false"
        assert store.posd.journal.head == before
        assert there.terminal.asked.count("authorize") == 1
        await sold(store, 800)


@virtual
async def test_two_tills_at_once_do_not_pass_it_together(tmp_path: Path) -> None:
    async with offline_street(tmp_path, "lane-1", "lane-2", count_max=1) as there:
        other = ScriptedTerminal(terminal_id="52523999")
        async with there.open() as store:
            store.house.devices = {LANE_1: there.terminal.open, LANE_2: other.open}
            await asyncio.sleep(60)
            intents = [await ordered(store.posd) for _ in range(2)]
            answers = await asyncio.gather(
                *(
                    store.posd.payments.process(lane, intent.id, actor="key_1", claim=None)
                    for lane, intent in zip((LANE_1, LANE_2), intents, strict=True)
                ),
                return_exceptions=True,
            )
            assert [type(answer) for answer in answers].count(Refused) == 1
            assert backlog(store.posd, tmp_path).payments == 1


@virtual
async def test_it_stands_over_a_restart_and_ends_with_the_backlog(tmp_path: Path) -> None:
    async with offline_street(tmp_path, count_max=2) as there:
        async with there.open() as store:
            await sold(store, 100)
            await sold(store, 100)
        async with there.open() as store:
            assert backlog(store.posd, tmp_path).payments == 2
            refused = await process(store, await created(store, 100))
            assert "offline.count_max = 2" in refused.text
            there.line.link = Link.UP
            await asyncio.sleep(DRAINED_S)
            assert backlog(store.posd, tmp_path) == NOTHING
            await sold(store, 100)


@virtual
async def test_a_report_may_get_too_old(tmp_path: Path) -> None:
    async with offline_street(tmp_path, age_max_h=2) as there, there.open() as store:
        await sold(store, 100)
        there.house.clock.now_ms += 2 * HOUR_MS - 60_000
        await sold(store, 100)
        await asyncio.sleep(120)
        assert "offline.age_max_h = 2" in (await process(store, await created(store, 1))).text


@virtual
async def test_the_payment_that_is_in_hand_is_answered_as_ever(tmp_path: Path) -> None:
    async with offline_street(tmp_path, count_max=1) as there, there.open() as store:
        there.terminal.dialogue = hangs
        intent = await sold(store, 100)
        assert (await process(store, intent)).status_code == 200


@virtual
async def test_to_warn_is_not_to_refuse(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with street(tmp_path) as there:
        limit(there, OfflineConfig(count_max=1), "lane-1")
        there.line.link = Link.DOWN
        async with there.open() as store:
            for _ in range(3):
                await sold(store, 100)
            await asyncio.sleep(WATCH_EVERY_S)
            assert told(caplog) == ["offline limit reached limit=count_max payments=3"]
            assert store.posd.snapshot().upstream.limits_reached == ("count_max",)


@virtual
async def test_alarms_after_4_24_and_72_hours_are_told_once_each(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with offline_street(tmp_path) as there, there.open() as store:
        await sold(store, 100)
        seen: list[int | None] = []
        for hours in (3, 2, 20, 49, 100):
            there.house.clock.now_ms += hours * HOUR_MS
            await asyncio.sleep(WATCH_EVERY_S)
            seen.append(store.posd.snapshot().upstream.alarm_h)
        assert seen == [None, 4, 24, 72, 72]
        assert told(caplog) == [f"reports wait hours={hours} payments=1" for hours in (4, 24, 72)]
        there.line.link = Link.UP
        await asyncio.sleep(DRAINED_S)
        assert told(caplog)[3:] == ["reports wait less payments=0"]
        assert store.posd.snapshot().upstream.alarm_h is None


@virtual
async def test_where_nothing_is_reported_there_is_no_limit(tmp_path: Path) -> None:
    async with offline_street(tmp_path, count_max=1) as there:
        there.house.file = replace(
            there.house.file, upstream=replace(there.house.file.upstream, report="off")
        )
        async with there.open() as store:
            for _ in range(3):
                await sold(store, 100)
            assert backlog(store.posd, tmp_path) == NOTHING


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log says about the backlog."""
    return [one.message for one in caplog.records if one.name == "posd.offline_limits"]


def takes_no_report(request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
    """Stripe refuses every report for good."""
    if not request.url.path.startswith("/v1/payment_records"):
        return answer
    error = {"type": "invalid_request_error", "code": "parameter_invalid", "message": "No."}
    return httpx2.Response(400, json={"error": error}, request=request)


async def created(store: Branch, amount: int, **more: str) -> str:
    """A new PaymentIntent; its id."""
    form = {"amount": str(amount), "currency": "eur", **more}
    made = await store.ask("POST", "/v1/payment_intents", who="till", **form)
    id_: str = made.json()["id"]
    return id_


async def process(store: Branch, intent: str) -> httpx2.Response:
    """What posd answers to the till that wants it taken."""
    path = f"{READERS}/{LANE_1}/process_payment_intent"
    return await store.ask("POST", path, who="till", payment_intent=intent)


async def sold(store: Branch, amount: int, **more: str) -> str:
    """A payment that posd let through, and that had time to end; its id."""
    intent = await created(store, amount, **more)
    answer = await process(store, intent)
    assert answer.status_code == 200, answer.text
    await asyncio.sleep(1)
    return intent
