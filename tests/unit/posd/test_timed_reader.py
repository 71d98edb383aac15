"""A driver past its deadline takes its own reader out and nothing else (M18)."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typing_extensions import override

from posd.composition import Posd
from posd.live import Trouble
from posd.model.attempt import Attempt, AttemptState
from posd.resolver import NOT_IN_TIME, PERSON_AFTER_S
from posd.snapshot.views import Level
from posd.timed_reader import CLOSE_S_MAX, DRIVER_S_MAX, OVERDUE
from posd_drivers.ability import Readiness
from posd_drivers.card_reader import Answer, Attendant, CardReader, Registered, Transaction
from tests.unit.posd.house import LANE_1, LANE_2, TWO_LANES, House, attempt_of, paid
from tests.unit.posd.stage import OTHER_ID, ScriptedTerminal, booked
from tests.unit.posd.virtual import virtual

SHORTLY_S = 6.0
"""Longer than any pause before a device is opened again."""


@dataclass
class HungTerminal(ScriptedTerminal):
    """Its driver never comes back from the methods in `hung`."""

    hung: set[str] = field(default_factory=set)

    async def _hang(self, method: str) -> None:
        if method in self.hung:
            self.asked.append(method)
            await asyncio.Event().wait()

    @override
    async def open(self) -> CardReader:
        await self._hang("open")
        return await super().open()

    @override
    async def register(self) -> Registered:
        await self._hang("register")
        return await super().register()

    @override
    async def readiness(self) -> Readiness:
        await self._hang("readiness")
        return await super().readiness()

    @override
    async def last_transaction(self) -> Transaction | None:
        await self._hang("last_transaction")
        return await super().last_transaction()

    @override
    async def authorize(self, amount: int, currency: str, sale: Attendant) -> Answer:
        if "authorize" in self.hung:
            sale.acknowledged()
        await self._hang("authorize")
        return await super().authorize(amount, currency, sale)

    @override
    async def close(self) -> None:
        await self._hang("close")
        await super().close()


def two_lanes(folder: Path, first: ScriptedTerminal) -> House:
    second = ScriptedTerminal(terminal_id=OTHER_ID)
    return House(folder, {LANE_1: first.open, LANE_2: second.open}, TWO_LANES)


async def paid_at_the_other(posd: Posd) -> Attempt:
    return attempt_of(posd, await paid(posd, LANE_2))


@virtual
async def test_a_payment_at_a_hung_driver_is_unknown_and_then_a_persons(tmp_path: Path) -> None:
    terminal = HungTerminal()
    async with two_lanes(tmp_path, terminal).living() as posd:
        terminal.hung = {"authorize", "register"}
        intent = await paid(posd, LANE_1)
        await asyncio.sleep(DRIVER_S_MAX - SHORTLY_S)
        assert attempt_of(posd, intent).state is AttemptState.STARTED
        await asyncio.sleep(2 * SHORTLY_S)
        attempt = attempt_of(posd, intent)
        assert (attempt.state, attempt.reason) == (AttemptState.UNKNOWN, OVERDUE)
        assert posd.fleet.live(LANE_1).trouble is Trouble.NO_ANSWER
        levels = [lane.level for lane in posd.snapshot().lanes]
        assert levels == [Level.STOP, Level.OK]
        assert (await paid_at_the_other(posd)).state is AttemptState.APPROVED
        await asyncio.sleep(PERSON_AFTER_S)
        attempt = attempt_of(posd, intent)
        assert (attempt.state, attempt.reason) == (AttemptState.PERSON, NOT_IN_TIME)


@virtual
async def test_a_terminal_that_comes_back_is_asked_what_became_of_it(tmp_path: Path) -> None:
    terminal = HungTerminal(hung={"authorize"})
    async with two_lanes(tmp_path, terminal).living() as posd:
        intent = await paid(posd, LANE_1)
        terminal.stored = booked(17)
        await asyncio.sleep(DRIVER_S_MAX + SHORTLY_S)
        assert attempt_of(posd, intent).state is AttemptState.APPROVED
        assert terminal.asked.count("authorize") == 1
        assert posd.fleet.live(LANE_1).online


@pytest.mark.parametrize("question", ["open", "register", "last_transaction"])
@virtual
async def test_a_question_without_an_end_takes_the_reader_out_and_is_asked_again(
    tmp_path: Path, question: str
) -> None:
    terminal = HungTerminal()
    async with two_lanes(tmp_path, terminal).living() as posd:
        terminal.hung = {question}
        terminal.unplug()
        terminal.plugged = True
        await asyncio.sleep(DRIVER_S_MAX + SHORTLY_S)
        live = posd.fleet.live(LANE_1)
        assert (live.online, live.trouble) == (False, Trouble.NO_ANSWER)
        assert (await paid_at_the_other(posd)).state is AttemptState.APPROVED
        terminal.hung.clear()
        await asyncio.sleep(DRIVER_S_MAX + SHORTLY_S)
        assert posd.fleet.live(LANE_1).online


@virtual
async def test_a_proof_of_life_without_an_end_opens_the_device_again(tmp_path: Path) -> None:
    terminal = HungTerminal(hung={"readiness"})
    async with two_lanes(tmp_path, terminal).living() as posd:
        await asyncio.sleep(DRIVER_S_MAX + SHORTLY_S)
        assert (terminal.asked.count("open"), posd.fleet.live(LANE_1).online) == (2, False)
        assert posd.fleet.live(LANE_1).trouble is Trouble.NO_ANSWER
        terminal.hung.clear()
        await asyncio.sleep(DRIVER_S_MAX + SHORTLY_S)
        assert (terminal.asked.count("open"), posd.fleet.live(LANE_1).online) == (3, True)


@virtual
async def test_a_device_that_is_not_let_go_is_opened_again_all_the_same(tmp_path: Path) -> None:
    terminal = HungTerminal(hung={"close"})
    async with two_lanes(tmp_path, terminal).living() as posd:
        terminal.unplug()
        terminal.plugged = True
        await asyncio.sleep(CLOSE_S_MAX + SHORTLY_S)
        assert posd.fleet.live(LANE_1).online
        assert terminal.asked.count("open") == 2
