"""The link dies at every message of every move of money, and three ledgers agree in the end.

Before, inside and after each message, by both storage rules (zvt.md 7.4), on both kinds of line.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from posd_drivers.catalogue import Prints
from posd_simulator.terminal.faults import At, Cut, Moment
from posd_simulator.terminal.settings import Settings, StorageRule, Wire
from tests.simulation.stories.moves import MOVES, Move
from tests.simulation.stories.stage import opened
from tests.simulation.stories.trials import broken, messages_of
from tests.unit.posd.virtual import virtual

CABLE_OUT_S: Final = 6.0
"""Longer than a terminal waits for an answer, T3."""
INSIDE_BYTE: Final = 5
AMOUNT: Final = 10_000


@pytest.mark.timeout(90)
@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.__name__.lower())
@pytest.mark.parametrize("rule", StorageRule, ids=lambda rule: f"{rule.value}-rule")
@pytest.mark.parametrize("wire", Wire, ids=lambda wire: wire.value)
@virtual
async def test_the_ledgers_agree_wherever_the_link_dies(
    tmp_path: Path, wire: Wire, rule: StorageRule, move: type[Move]
) -> None:
    settings = Settings(wire=wire, storage_rule=rule)
    async with opened(tmp_path, settings=settings, prints=Prints.TILL) as store:
        messages = await messages_of(move(store, AMOUNT))
        endings = {
            await broken(move(store, AMOUNT + 1_000 * number), cut)
            for number, cut in enumerate(cuts(messages, move.control), 1)
        }
        assert endings == {True, False}, "it is met undone and done"


def cuts(messages: int, command: int) -> Iterator[At]:
    """A cable that is out at each message of a dialogue that `command` begins."""
    for message in range(1, messages + 1):
        for moment in Moment:
            yield At(message, moment, Cut(CABLE_OUT_S), command, INSIDE_BYTE)
