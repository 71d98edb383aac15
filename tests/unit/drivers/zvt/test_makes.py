"""What a make of terminals does not take is not said to it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from posd_drivers import catalogue
from posd_drivers.card_reader import Aborted, Answer, Approved, CardReader
from posd_drivers.catalogue import ReaderSettings
from posd_drivers.makes import ANY_MAKE, MAKES, Make
from posd_drivers.transport.memory import pair
from posd_drivers.zvt.settings import Framing
from posd_simulator.terminal.ledger import MemoryLedger
from posd_simulator.terminal.profiles import BY_NAME
from posd_simulator.terminal.settings import Settings, Wire
from posd_simulator.terminal.terminal import Terminal
from tests.simulation.loop import virtually
from tests.unit.drivers.zvt.scripted import SETTINGS, TillFake, outcome_of
from tests.unit.drivers.zvt.test_reader_money import RESERVED, SALE

NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
NAMELESS = replace(SETTINGS, takes_currency=False)
REFUSED = "84 83 00"
SAID: dict[str, Callable[[CardReader, TillFake], Awaitable[Answer]]] = {
    "06 01 07 04 00 00 00 00 12 50": lambda reader, till: reader.authorize(1250, "eur", till),
    "06 22 07 04 00 00 00 00 50 00": lambda reader, till: reader.preauthorize(5000, "eur", till),
    "06 24 0a 87 00 23 04 00 00 00 00 31 50": (
        lambda reader, till: reader.capture(RESERVED, 3150, till)
    ),
    "06 25 0a 87 00 23 04 00 00 00 00 50 00": lambda reader, till: reader.release(RESERVED, till),
    "06 30 0d 00 00 00 87 00 12 04 00 00 00 00 12 50": (
        lambda reader, till: reader.reverse(SALE, till)
    ),
    "06 31 0a 00 00 00 04 00 00 00 00 05 00": lambda reader, till: reader.refund(500, "eur", till),
}
"""Typed from zvt.md 6.1, without BMP 49."""


@pytest.mark.parametrize("octets", SAID)
def test_a_currency_that_is_not_taken_is_not_named(octets: str) -> None:
    answer = outcome_of(
        [(octets, REFUSED)], lambda reader: SAID[octets](reader, TillFake()), settings=NAMELESS
    )
    assert isinstance(answer, Aborted)


@pytest.mark.parametrize(("make", "sells"), [(MAKES["a920"], True), (ANY_MAKE, False)])
def test_an_a920_sells_once_it_is_known_as_one(make: Make, sells: bool) -> None:  # noqa: FBT001
    answer = virtually(sale_at("a920", make))
    assert isinstance(answer, Approved) is sells


async def sale_at(profile: str, make: Make) -> Answer:
    """A sale at a simulated terminal with the habits of that profile."""
    habits = BY_NAME[profile].habits
    terminal = Terminal(Settings(wire=Wire.TCP, habits=habits), MemoryLedger(), now=lambda: NOON)
    link = pair()
    reader = catalogue.reader_over(link.ecr, Framing.STREAM, ReaderSettings("eur", make=make))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(terminal.run()), group.create_task(terminal.connect(link.pt))]
        await reader.register()
        answer = await reader.authorize(1250, "eur", TillFake())
        await reader.close()
        for task in tasks:
            task.cancel()
    return answer
