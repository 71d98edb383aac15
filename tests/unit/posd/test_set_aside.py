"""A payment that was set aside: its reader sells again, and proves nothing by that (M5, M6)."""

import asyncio
from pathlib import Path

from posd.model.attempt import AttemptState
from posd.model.facts import AttemptSetAside, PersonNeeded
from posd_drivers.errors import Unsupported
from tests.unit.posd.house import LANE_1, House, attempt_of, paid
from tests.unit.posd.journal.scenario import Facts
from tests.unit.posd.stage import ScriptedTerminal, approves, booked, hangs
from tests.unit.posd.virtual import virtual

BACK_S = 10.0


@virtual
async def test_a_later_sale_is_no_proof_of_one_that_was_set_aside(tmp_path: Path) -> None:
    terminal = ScriptedTerminal(hangs)
    house = House(tmp_path, {LANE_1: terminal.open})
    async with house.living() as posd:
        aside = await paid(posd)
    terminal.dialogue = approves
    terminal.plugged = False
    async with house.living() as posd:
        attempt = attempt_of(posd, aside).id
        reasoned = (PersonNeeded(attempt, "test"), AttemptSetAside(attempt, "customer left"))
        await posd.journal.commit(Facts(reasoned))
        terminal.faults["last_transaction"] = [Unsupported("not now")]
        terminal.plugged = True
        await asyncio.sleep(BACK_S)
        later = await paid(posd)
        assert attempt_of(posd, later).baseline.receipt == 16
        assert terminal.stored == booked(17)
        terminal.unplug()
        terminal.plugged = True
        await asyncio.sleep(BACK_S)
        assert posd.fleet.live(LANE_1).online
        assert attempt_of(posd, later).state is AttemptState.APPROVED
        assert attempt_of(posd, aside).state is AttemptState.SET_ASIDE


@virtual
async def test_the_terminal_may_still_prove_it_while_nothing_was_sold_since(tmp_path: Path) -> None:
    terminal = ScriptedTerminal(hangs)
    house = House(tmp_path, {LANE_1: terminal.open})
    async with house.living() as posd:
        aside = await paid(posd)
    terminal.plugged = False
    terminal.stored = booked(17)
    async with house.living() as posd:
        attempt = attempt_of(posd, aside).id
        reasoned = (PersonNeeded(attempt, "test"), AttemptSetAside(attempt, "customer left"))
        await posd.journal.commit(Facts(reasoned))
        terminal.plugged = True
        await asyncio.sleep(BACK_S)
        assert attempt_of(posd, aside).state is AttemptState.APPROVED
