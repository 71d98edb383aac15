"""The link dies at every message of every move of money, and three ledgers agree in the end.

Before, inside and after each message, by both storage rules (zvt.md 7.4), on both kinds of line.
What is not proven within minutes is with a person, who decides by what the terminal's book says.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from posd_drivers.catalogue import Prints
from posd_simulator.terminal.faults import At, Cut, Moment
from posd_simulator.terminal.settings import Settings, StorageRule, Wire
from tests.simulation.stories.moves import LANE, MOVES, Move, done
from tests.simulation.stories.stage import opened
from tests.unit.posd.virtual import virtual

CABLE_OUT_S: Final = 6.0
"""Longer than a terminal waits for an answer, T3."""
INSIDE_BYTE: Final = 5
LOOK_S: Final = 2.0
OPEN_S_MAX: Final = 420.0
"""Longer than posd may take to hand an unknown outcome to a person (M6)."""
COMPLETION: Final = ["06", "0f"]
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


async def messages_of(move: Move) -> int:
    """How many messages its dialogue has when nothing goes wrong, the last answer included."""
    await move.prepare()
    terminal = move.store.terminals[LANE]
    terminal.messages.clear()
    await move.ask()
    await done()
    assert await move.told() is True
    assert (move.booked(), move.reported()) == (1, int(move.tells_stripe))
    said = [message.line.split()[1:3] for message in terminal.messages]
    command = [f"{octet:02x}" for octet in move.control.to_bytes(2, "big")]
    begins = said.index(command)
    return said.index(COMPLETION, begins) - begins + 2


async def broken(move: Move, cut: At) -> bool:
    """Ask with that fault, wait for the end of it, and compare; whether it was done."""
    store = move.store
    await move.prepare()
    store.terminals[LANE].faults.arm(cut)
    await move.ask()
    told = await ended(move)
    if told is None:
        assert await move.with_a_person(), cut
        await move.rule(done=bool(move.booked()))
        told = await move.told()
    await done()
    assert told is not None, cut
    assert move.booked() == told, cut
    assert move.reported() == (told and move.tells_stripe), cut
    assert not store.posd.journal.queries.unproven_attempts(), cut
    return told


async def ended(move: Move) -> bool | None:
    """Whether it was done; None if that is with a person."""
    for _look in range(round(OPEN_S_MAX / LOOK_S)):
        await asyncio.sleep(LOOK_S)
        if (told := await move.told()) is not None:
            return told
    return None
