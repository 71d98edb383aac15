"""Two entries of the configuration that lead to one terminal, and two that answer alike.

What `twin-readers` is before USB: there is no device path that would tell them apart.
"""

import asyncio
import logging
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from posd_simulator.terminal.settings import Settings, StorageRule, Wire
from tests.simulation.stories.stage import Store, lane, opened
from tests.unit.posd.virtual import virtual

ONE, TWIN = lane(1), lane(2)
AMOUNTS: Final = range(1_000, 4_000, 100)
BETWEEN_S: Final = 5.3
"""No divisor of what posd or the terminal waits for: the twins meet at every moment."""
SETTLED_S: Final = 400.0
HEARD_S: Final = 1.0
ALONE_S: Final = 120.0


async def rung_up(store: Store) -> list[str]:
    """Payments at both entries in turn, whatever becomes of them."""
    intents = []
    for number, amount in enumerate(AMOUNTS):
        till = store.till()
        intent = await till.ring_up(amount)
        await till.hand_over((ONE, TWIN)[number % 2], intent)
        await asyncio.sleep(BETWEEN_S)
        intents.append(intent)
    return intents


@pytest.mark.parametrize("rule", StorageRule, ids=lambda rule: f"{rule.value}-rule")
@virtual
async def test_twin_readers_at_one_terminal_cost_sales_and_never_money(
    tmp_path: Path, rule: StorageRule
) -> None:
    settings = Settings(wire=Wire.TCP, storage_rule=rule)
    async with opened(tmp_path, lanes=2, settings=settings) as store:
        store.terminals[TWIN] = store.terminals[ONE]
        await store.power_off()
        await store.power_on()
        intents = await rung_up(store)
        await asyncio.sleep(SETTLED_S)
        del store.terminals[TWIN]
        await asyncio.sleep(ALONE_S)
        told = [await store.till().status(intent) for intent in intents]
        await asyncio.sleep(HEARD_S)
        with_a_person = dict(await store.manager().errands())
        booked = Counter(row.amount for row in store.terminals[ONE].ledger.book.stored[1:])
        assert set(booked.values()) == {1}
        assert set(told) >= {"succeeded", "requires_payment_method"}, "the twins do meet"
        for amount, intent, status in zip(AMOUNTS, intents, told, strict=True):
            assert (status == "processing") == (intent in with_a_person)
            if status != "processing":
                assert (status == "succeeded") == bool(booked[amount]), amount
        assert Counter(store.guaranteed()) <= booked
        assert len(store.guaranteed()) == told.count("succeeded")


@virtual
async def test_twin_readers_that_answer_alike_are_two_readers_with_two_books(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with opened(tmp_path, lanes=2) as store:
        intents = await rung_up(store)
        await asyncio.sleep(ALONE_S)
        till = store.till()
        assert {await till.status(intent) for intent in intents} == {"succeeded"}
        for reader, amounts in ((ONE, AMOUNTS[::2]), (TWIN, AMOUNTS[1::2])):
            book = store.terminals[reader].ledger.book.stored[1:]
            assert [row.amount for row in book] == list(amounts)
