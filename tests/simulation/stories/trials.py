"""A move of money that is asked for while something goes wrong, and the books that must agree.

The till, the terminal's own book and Stripe say the same in the end, whatever was met on the way.
What posd cannot prove is with a person within minutes (M6), who decides by what the book says.
"""

import asyncio
from contextlib import suppress
from typing import Final

import httpx2

from posd_simulator.terminal.faults import Fault
from tests.simulation.stories.moves import LANE, Move, done

LOOK_S: Final = 4.0
OPEN_S_MAX: Final = 500.0
"""A dialogue may be silent for T4, 180 s; five minutes later a person has its outcome (M6)."""
COMPLETION: Final = ["06", "0f"]


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


async def broken(move: Move, fault: Fault) -> bool:
    """Ask with that fault, wait for the end of it, and compare; whether it was done."""
    await move.prepare()
    await move.store.terminals[LANE].arm(fault)
    with suppress(httpx2.ReadTimeout):  # whoever asked has no patience left, and looks instead
        await move.ask()
    return await compared(move, fault)


async def compared(move: Move, met: object) -> bool:
    """Wait for the end of what was asked, and compare the books; whether it was done."""
    told = await ended(move)
    if told is None:
        assert await move.with_a_person(), met
        await move.rule(done=bool(move.booked()))
        told = await move.told()
    await done()
    assert told is not None, met
    assert move.booked() == told, met
    assert move.reported() == (told and move.tells_stripe), met
    assert not move.store.posd.journal.queries.unproven_attempts(), met
    return told


async def ended(move: Move) -> bool | None:
    """Whether it was done; None if that is with a person."""
    for _look in range(round(OPEN_S_MAX / LOOK_S)):
        await asyncio.sleep(LOOK_S)
        if (told := await move.told()) is not None and not await _in_progress(move):
            return told
        if told is None and await move.with_a_person():
            return None
    return None


async def _in_progress(move: Move) -> bool:
    """Whether its reader is still at it: a payment that waits for a card is as payable as ever."""
    action = await move.manager.action(LANE)
    return action is not None and action["status"] == "in_progress"
