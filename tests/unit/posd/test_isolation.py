"""A bug at one reader takes nothing else with it, and its payment is resolved (M18)."""

import asyncio
import logging
from pathlib import Path

import pytest
from typing_extensions import override

from posd.attachments import IDLE_PROBE_S
from posd.errors import Refused
from posd.model.attempt import AttemptState
from posd.supervise import RESTART_MIN_S
from posd_drivers.ability import Readiness
from posd_drivers.card_reader import Answer, Approved, Attendant, Reported
from posd_drivers.errors import OutcomeUnknown
from tests.unit.posd.house import LANE_1, LANE_2, TWO_LANES, House, attempt_of, paid
from tests.unit.posd.stage import OTHER_ID, ScriptedTerminal, booked
from tests.unit.posd.virtual import virtual


async def stumbles(_on: ScriptedTerminal, _amount: int, _currency: str, sale: Attendant) -> Answer:
    """Takes the command; then the driver meets what it cannot read."""
    sale.acknowledged()
    raise ValueError("a bug in the driver")


async def stumbles_late(
    on: ScriptedTerminal, amount: int, _currency: str, sale: Attendant
) -> Answer:
    """Reports, books, and fails over the completion."""
    sale.acknowledged()
    on.stored = booked(on.next_receipt, amount)
    await sale.reported(Reported(on.stored))
    raise ValueError("a bug in the driver")


async def forgets(on: ScriptedTerminal, amount: int, _currency: str, sale: Attendant) -> Answer:
    """Says approved without ever having made that durable."""
    sale.acknowledged()
    on.stored = booked(on.next_receipt, amount)
    return Approved(on.stored)


@virtual
async def test_a_bug_at_one_reader_leaves_the_others_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = ScriptedTerminal(stumbles), ScriptedTerminal(terminal_id=OTHER_ID)
    house = House(tmp_path, {LANE_1: bad.open, LANE_2: good.open}, TWO_LANES)
    async with house.living() as posd:
        with caplog.at_level(logging.CRITICAL):
            lost = await paid(posd, LANE_1)
            well = await paid(posd, LANE_2)
            await asyncio.sleep(RESTART_MIN_S / 2)
            assert attempt_of(posd, well).state is AttemptState.APPROVED
            assert attempt_of(posd, lost).unproven
            assert not posd.fleet.live(LANE_1).online
            with pytest.raises(Refused, match="in hand"):
                await paid(posd, LANE_1)
            assert posd.fleet.live(LANE_2).online
            await asyncio.sleep(10)
        assert attempt_of(posd, lost).state is AttemptState.NOT_CHARGED
        assert posd.fleet.live(LANE_1).online


@pytest.mark.parametrize("dialogue", [stumbles_late, forgets])
@virtual
async def test_a_payment_behind_a_bug_is_asked_for(tmp_path: Path, dialogue: object) -> None:
    terminal = ScriptedTerminal(dialogue)  # type: ignore[arg-type]
    async with House(tmp_path, {LANE_1: terminal.open}).living() as posd:
        intent = await paid(posd)
        await asyncio.sleep(10)
        attempt = attempt_of(posd, intent)
        assert attempt.state is AttemptState.APPROVED
        assert [entry.kind for entry in posd.journal.queries.entries(attempt.id)][-2:] == [
            "OutcomeUnknown",
            "AttemptApproved",
        ]
        assert terminal.asked.count("authorize") == 1


@virtual
async def test_a_bug_in_the_greeting_keeps_only_its_reader_away(tmp_path: Path) -> None:
    bad, good = ScriptedTerminal(), ScriptedTerminal(terminal_id=OTHER_ID)
    bad.faults["register"] = [ValueError("a bug")]  # type: ignore[list-item]
    house = House(tmp_path, {LANE_1: bad.open, LANE_2: good.open}, TWO_LANES)
    async with house.living() as posd:
        assert not posd.fleet.live(LANE_1).online
        assert attempt_of(posd, await paid(posd, LANE_2)).state is AttemptState.APPROVED
        await asyncio.sleep(30)
        assert attempt_of(posd, await paid(posd, LANE_1)).state is AttemptState.APPROVED
        assert bad.asked.count("close") == 1


class StumblingTerminal(ScriptedTerminal):
    """Meets a bug when it is asked whether it is idle, a second after the question."""

    @override
    async def readiness(self) -> Readiness:
        bugs = self.faults.pop("bug", None)
        if bugs:
            await asyncio.sleep(1)
            raise ValueError("a bug in the driver")
        return await super().readiness()


@virtual
async def test_what_waited_behind_a_bug_is_told_as_not_sent(tmp_path: Path) -> None:
    terminal = StumblingTerminal()
    async with House(tmp_path, {LANE_1: terminal.open}).living() as posd:
        terminal.faults["bug"] = [OutcomeUnknown("stands for a bug")]
        await asyncio.sleep(IDLE_PROBE_S - 0.5)
        with pytest.raises(Refused, match="nothing was sent"):
            await paid(posd)
        waited = posd.journal.queries.latest_payment_intents(1)[0]
        assert attempt_of(posd, waited).state is AttemptState.NOT_SENT
        await asyncio.sleep(10)
        assert "authorize" not in terminal.asked
        assert attempt_of(posd, await paid(posd)).state is AttemptState.APPROVED
