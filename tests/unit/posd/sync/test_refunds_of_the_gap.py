"""What went back by facts that the journal has lost goes back no second time (M11)."""

import asyncio
from pathlib import Path

import pytest

from posd.composition import Posd
from posd.decisions import Matter, Ruling
from posd.errors import Refused
from posd.refund_commands import Allowance
from posd_simulator.cloud.rules.payment_records import refunded_value
from tests.unit.posd.house import LANE_1
from tests.unit.posd.restored_store import (
    REPORTED_S,
    books_and_hangs,
    no_line,
    sold,
    store,
    wish,
)
from tests.unit.posd.stage import approves
from tests.unit.posd.virtual import virtual

MANAGER = "key_posd_manager"
DAY_MS = 24 * 3600 * 1000
WHY = "Receipts compared with the terminal."
A_MANAGER = Allowance(any_payment=True)


@virtual
async def test_what_was_given_back_in_the_gap_is_not_given_back_again(tmp_path: Path) -> None:
    async with store(tmp_path) as on:
        async with on.house.living() as posd:
            before = await sold(posd, order="A-1")
            await asyncio.sleep(REPORTED_S)
        on.back_up()
        async with on.house.living() as posd:
            await posd.refunds.at_reader(LANE_1, wish(before, A_MANAGER, 500))
            await asyncio.sleep(REPORTED_S)
        on.put_back()
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            assert posd.journal.queries.refunded_in_gap(before) == 500
            with pytest.raises(Refused, match="750 eur"):
                await posd.refunds.at_reader(LANE_1, wish(before, A_MANAGER, 751))
            await posd.services().restores.accept(WHY, actor=MANAGER, claim=None)
            await posd.refunds.at_reader(LANE_1, wish(before, A_MANAGER, 250))
            await asyncio.sleep(REPORTED_S)
        on.put_back()
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            assert posd.journal.queries.refunded_in_gap(before) == 750
            await posd.refunds.at_reader(LANE_1, wish(before, A_MANAGER, None))
            await asyncio.sleep(REPORTED_S)
            with pytest.raises(Refused, match="refunded in full"):
                await posd.refunds.at_reader(LANE_1, wish(before, A_MANAGER, 1))
            await posd.services().restores.accept(WHY, actor=MANAGER, claim=None)
            await asyncio.sleep(REPORTED_S)
        (record,) = on.records()
        assert refunded_value(record) == 1250


@virtual
async def test_a_refund_that_waited_in_the_backup_is_no_lost_one(tmp_path: Path) -> None:
    async with store(tmp_path) as on:
        line, on.house.stripe = on.house.stripe, no_line()
        async with on.house.living() as posd:
            before = await sold(posd, order="A-1")
            await asyncio.sleep(REPORTED_S)
            await posd.refunds.at_reader(LANE_1, wish(before, A_MANAGER, 500))
            await asyncio.sleep(REPORTED_S)
        on.back_up()
        on.house.stripe = line
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            await posd.refunds.at_reader(LANE_1, wish(before, A_MANAGER, 250))
            await asyncio.sleep(REPORTED_S)
        on.put_back()
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            assert posd.journal.queries.refunded_in_gap(before) == 250
            await posd.services().restores.accept(WHY, actor=MANAGER, claim=None)
            await asyncio.sleep(600)
            assert posd.journal.outbox.waiting_count() == 0
            assert posd.journal.outbox.parked_count() == 0
            with pytest.raises(Refused, match="500 eur"):
                await posd.refunds.at_reader(LANE_1, wish(before, A_MANAGER, 501))
        (record,) = on.records()
        assert refunded_value(record) == 750


@virtual
async def test_what_a_person_finds_taken_was_given_back_in_the_gap(tmp_path: Path) -> None:
    """It was unproven in the backup; the lost facts proved it and gave a part of it back."""
    async with store(tmp_path) as on:
        on.terminal.dialogue = books_and_hangs
        async with on.house.living() as posd:
            unproven = await sold(posd, order="A-1")
        on.back_up()
        on.terminal.dialogue = approves
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            await posd.refunds.at_reader(LANE_1, wish(unproven, A_MANAGER, 500))
            await asyncio.sleep(REPORTED_S)
        on.put_back()
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            await charged(posd, unproven)
            with pytest.raises(Refused, match="750 eur"):
                await posd.refunds.at_reader(LANE_1, wish(unproven, A_MANAGER, 751))


@virtual
async def test_an_older_payment_is_asked_for_before_more_of_it_goes_back(tmp_path: Path) -> None:
    async with store(tmp_path) as on:
        async with on.house.living() as posd:
            old = await sold(posd, order="A-1")
            await asyncio.sleep(REPORTED_S)
        on.house.clock.now_ms += 3 * DAY_MS
        async with on.house.living() as posd:
            await sold(posd, order="A-2")
            await asyncio.sleep(REPORTED_S)
        on.back_up()
        async with on.house.living() as posd:
            await posd.refunds.at_reader(LANE_1, wish(old, A_MANAGER, 500))
            await asyncio.sleep(REPORTED_S)
        on.put_back()
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            assert posd.journal.queries.refunded_in_gap(old) == 0
            with pytest.raises(Refused, match="750 eur"):
                await posd.refunds.at_reader(LANE_1, wish(old, A_MANAGER, 751))
            await posd.services().restores.accept(WHY, actor=MANAGER, claim=None)
            for _ in range(3):
                await posd.refunds.at_reader(LANE_1, wish(old, A_MANAGER, 250))
                await asyncio.sleep(REPORTED_S)
            assert posd.journal.queries.refunded_in_gap(old) == 500


async def charged(posd: Posd, intent: str) -> None:
    """A person found that it was taken."""
    await posd.decisions.resolve(Matter(LANE_1, intent, WHY, MANAGER, None), Ruling.CHARGED)
