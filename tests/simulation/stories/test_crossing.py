"""The card and the cancel meet (M9): the cancel wins and nothing is booked, or the card does.

At no instant of a payment may a cancel be told "canceled" of what the terminal books, nor "too
late" of what it does not.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from posd_simulator.terminal.cardholder import Behaviour
from posd_simulator.terminal.settings import Settings, Wire
from tests.simulation.stories.stage import PAID, Books, Store, lane, opened
from tests.simulation.stories.tills import Till
from tests.unit.posd.virtual import virtual

TAP_AFTER_S = 0.05
HOST_S = 0.05
PAYMENT_S = TAP_AFTER_S + HOST_S + 0.02
STEP_S = 0.003
QUIET_S = 2.0
TURNS = 15
"""Turns of the loop: more than the cancel needs from the till to the terminal and back."""
ABORTED = Books("requires_payment_method", 0, 0, ("AttemptAborted",))
TOO_LATE = "terminal_reader_busy"
ALLOWED = {"canceled": ABORTED, TOO_LATE: PAID, "succeeded": PAID}
"""What the till is told of its cancel, in the order of a payment, and all books behind it."""
WIRES = pytest.mark.parametrize("wire", list(Wire), ids=lambda wire: wire.value)


@dataclass(frozen=True)
class Crossing:
    """A payment that met its cancel.

    Attributes:
        at: When the cancel was pressed; or how many turns after the tap.
        answer: What the till was told of it: an error's code, or what the reader does then.
    """

    at: float
    intent: str
    answer: str


@WIRES
@virtual
async def test_a_cancel_at_any_instant_of_a_payment_is_canceled_or_paid_and_never_both(
    tmp_path: Path, wire: Wire
) -> None:
    settings = Settings(wire=wire, host_delay_s=HOST_S)
    async with opened(tmp_path, settings=settings) as store:
        till = store.till()
        store.terminals[lane(1)].cardholder.tap_after_s = TAP_AFTER_S
        crossings = []
        for number in range(round(PAYMENT_S / STEP_S)):
            intent = await till.ring_up(1000 + 100 * number)
            handed_over = store.world.create_task(till.hand_over(lane(1), intent), name="till")
            await asyncio.sleep(number * STEP_S)
            crossings.append(await crossing(till, intent, number * STEP_S))
            assert (await handed_over).is_success
        await assert_allowed(store, till, crossings)
        answers = [crossed.answer for crossed in crossings]
        assert list(dict.fromkeys(answers)) == list(ALLOWED), "what is told only ever gets later"


@WIRES
@virtual
async def test_a_tap_and_a_cancel_in_the_same_instant_are_one_or_the_other_in_any_order(
    tmp_path: Path, wire: Wire
) -> None:
    async with opened(tmp_path, settings=Settings(wire=wire)) as store:
        till, terminal = store.till(), store.terminals[lane(1)]
        store.disk_s = 0.0
        terminal.cardholder.auto = False
        crossings = []
        for number, lead in enumerate(range(-TURNS, TURNS + 1)):
            intent = await till.ring_up(1000 + 100 * number)
            assert (await till.hand_over(lane(1), intent)).is_success
            tapped = store.world.create_task(tap(store, max(0, -lead)), name="tap")
            await turns(max(0, lead))
            crossings.append(await crossing(till, intent, lead))
            await tapped
        await assert_allowed(store, till, crossings)
        assert {crossed.answer for crossed in crossings} == {"canceled", TOO_LATE}


async def crossing(till: Till, intent: str, at: float) -> Crossing:
    """Press cancel now, and let everything come to its end."""
    answer = await till.cancel(lane(1))
    await asyncio.sleep(QUIET_S)
    told = answer.json()
    if not answer.is_success:
        return Crossing(at, intent, told["error"]["code"])
    return Crossing(at, intent, told["action"]["status"] if told["action"] else "canceled")


async def assert_allowed(store: Store, till: Till, crossings: list[Crossing]) -> None:
    """Every cancel was told the truth."""
    for crossed in crossings:
        assert await store.books(till, crossed.intent) == ALLOWED.get(crossed.answer), crossed


async def tap(store: Store, after: int) -> None:
    """Hold a card to the terminal, so many turns of the loop from now."""
    await turns(after)
    await store.terminals[lane(1)].tell_cardholder(Behaviour.TAP)


async def turns(count: int) -> None:
    """Let the loop go round, in no time."""
    for _turn in range(count):
        await asyncio.sleep(0)
