"""A terminal restarts in the middle of what it was asked for, and stays away for minutes (F7).

Its update, its memory that is full, its plug: it forgets the dialogue and keeps its book.
"""

import asyncio
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Final

import pytest

from posd_drivers.catalogue import Prints
from posd_simulator.terminal.deeds import Reboot
from posd_simulator.terminal.faults import At, Moment
from posd_simulator.terminal.settings import Settings, StorageRule, Wire
from tests.simulation.stories.moves import LANE, MOVES, Move
from tests.simulation.stories.stage import opened
from tests.simulation.stories.trials import broken, messages_of
from tests.unit.posd.virtual import virtual

AWAY_S: Final = (5.0, 60.0, 240.0, 900.0)
AMOUNT: Final = 10_000


@pytest.mark.timeout(90)
@pytest.mark.parametrize("rule", StorageRule, ids=lambda rule: f"{rule.value}-rule")
@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.__name__.lower())
@virtual
async def test_f7_a_terminal_that_restarts_is_waited_for_and_never_asked_for_money_again(
    tmp_path: Path, move: type[Move], rule: StorageRule
) -> None:
    wire = Wire.SERIAL if rule is StorageRule.OLD else Wire.TCP
    settings = Settings(wire=wire, storage_rule=rule)
    async with opened(tmp_path, settings=settings, prints=Prints.TILL) as store:
        messages = await messages_of(move(store, AMOUNT))
        terminal, endings = store.terminals[LANE], set()
        for number, (at, away_s) in enumerate(reboots(messages, move.control), 1):
            terminal.messages.clear()
            endings.add(await broken(move(store, AMOUNT + 1_000 * number), at))
            begun = f"{move.control >> 8:02x} {move.control & 0xFF:02x}"
            assert [it.line[5:10] for it in terminal.messages].count(begun) == 1, at
            await asyncio.sleep(away_s)
        assert endings == {True, False}, "it is met undone and done"


def reboots(messages: int, command: int) -> Iterator[tuple[At, float]]:
    """One behind each message of a dialogue, and how long it lasts."""
    for message, away_s in zip(range(1, messages + 1), cycle(AWAY_S), strict=False):
        yield At(message, Moment.AFTER, Reboot(away_s), command), away_s
