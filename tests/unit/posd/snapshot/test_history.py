"""The last day in memory: of the store that this posd runs, and of the posds before it."""

import asyncio
from pathlib import Path

from posd.attachments import IDLE_PROBE_S
from posd.composition import Posd
from posd.snapshot.history import MARK_EVERY_S
from posd.snapshot.money_views import Tally
from posd.snapshot.outages import SHORTEST_MS
from posd.snapshot.overview import LOOK_EVERY_S
from posd.snapshot.plot_views import Outage, Part
from posd_drivers.card_reader import Answer, Attendant, Declined
from tests.unit.posd.house import LANE_1, House, paid
from tests.unit.posd.stage import ScriptedTerminal
from tests.unit.posd.virtual import virtual

DAY_MS = 24 * 3600 * 1000


def store(folder: Path, terminal: ScriptedTerminal | None = None) -> House:
    return House(folder, {LANE_1: (terminal or ScriptedTerminal()).open})


async def declines(_terminal: object, _amount: int, _currency: str, sale: Attendant) -> Answer:
    sale.acknowledged()
    return Declined(0x05)


def outages(posd: Posd) -> list[Outage]:
    return list(posd.snapshot().plot.outages)


@virtual
async def test_a_sale_is_counted_as_soon_as_it_is_approved(tmp_path: Path) -> None:
    async with store(tmp_path).living() as posd:
        assert posd.snapshot().money.counted
        intent = await paid(posd)
        told = posd.snapshot()
        assert told.money.paid == Tally(1, {"eur": 1250})
        assert told.plot.buckets[-1].paid == 1
        reader = told.lanes[0].reader
        assert reader is not None
        assert reader.last_sale is not None
        assert reader.last_sale.payment_intent == intent.id


@virtual
async def test_a_decline_is_counted_and_no_money(tmp_path: Path) -> None:
    async with store(tmp_path, ScriptedTerminal(dialogue=declines)).living() as posd:
        await paid(posd)
        money = posd.snapshot().money
        assert (money.paid, money.declined) == (Tally(), Tally(1, {"eur": 1250}))


@virtual
async def test_a_posd_that_starts_counts_what_those_before_it_took(tmp_path: Path) -> None:
    house, terminal = store(tmp_path, ScriptedTerminal()), ScriptedTerminal()
    house.devices = {LANE_1: terminal.open}
    for _ in range(3):
        async with house.living() as posd:
            await paid(posd)
    async with house.living() as posd:
        assert posd.snapshot().money.paid == Tally(3, {"eur": 3750})


@virtual
async def test_what_was_taken_days_ago_is_not_counted_again(tmp_path: Path) -> None:
    house = store(tmp_path)
    async with house.living() as posd:
        await paid(posd)
    house.clock.now_ms += 3 * DAY_MS
    async with house.living() as posd:
        told = posd.snapshot()
        assert told.money.counted
        assert told.money.paid == Tally()
        assert not any(bucket.paid for bucket in told.plot.buckets)


@virtual
async def test_the_time_in_which_posd_did_not_run_is_told_as_such(tmp_path: Path) -> None:
    house = store(tmp_path)
    async with house.living() as posd:
        await asyncio.sleep(600)
        await posd.drain()
        ended_ms = house.clock.wall_ms()
    house.clock.now_ms += 10 * SHORTEST_MS
    async with house.living() as posd:
        (silence,) = outages(posd)
        assert silence.part is Part.POSD
        assert abs(silence.from_ms - ended_ms) <= 1000
        assert silence.until_ms is not None
        assert abs(silence.until_ms - silence.from_ms - 10 * SHORTEST_MS) <= 1000


@virtual
async def test_a_store_that_sold_nothing_was_not_closed_down(tmp_path: Path) -> None:
    house = store(tmp_path)
    async with house.living() as posd:
        await asyncio.sleep(1800)
        await posd.drain()
    async with house.living() as posd:
        assert outages(posd) == []


@virtual
async def test_of_a_posd_that_was_killed_the_last_minute_is_not_known(tmp_path: Path) -> None:
    house = store(tmp_path)
    async with house.living() as posd:
        await asyncio.sleep(600)
        alive = posd.journal.marks.at("alive.1")
        assert alive is not None
        assert house.clock.wall_ms() - alive <= (MARK_EVERY_S + 1) * 1000


@virtual
async def test_a_reader_that_is_lost_for_a_while_is_an_outage(tmp_path: Path) -> None:
    terminal = ScriptedTerminal()
    async with store(tmp_path, terminal).living() as posd:
        terminal.unplug()
        await asyncio.sleep(120)
        (outage,) = outages(posd)
        assert (outage.part, outage.until_ms) == (Part.READER, None)
        terminal.plugged = True
        await asyncio.sleep(60)
        (outage,) = outages(posd)
        assert outage.until_ms is not None
        assert 100_000 <= outage.until_ms - outage.from_ms <= 120_000 + LOOK_EVERY_S * 1000


@virtual
async def test_a_store_in_which_nothing_happens_has_nothing_new_to_show(tmp_path: Path) -> None:
    async with store(tmp_path).living() as posd:
        await asyncio.sleep(120)
        shown = set()
        for _ in range(round(IDLE_PROBE_S)):
            snapshot = await posd.overview.looks.now()
            shown.add(snapshot.revision)
            await asyncio.sleep(1)
        assert len(shown) <= 2  # its reader answered once
