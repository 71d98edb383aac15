"""A terminal that demands its end of day says so while it is idle, and no more once it has it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from posd.attachments import IDLE_PROBE_S
from posd_drivers.ability import Need, Readiness
from posd_drivers.card_reader import Answer, Attendant
from tests.unit.posd.closings import closed
from tests.unit.posd.stage import ScriptedTerminal, Stage, hangs, played

CLOSING_PENDING = 0xF0


@dataclass
class DemandingTerminal(ScriptedTerminal):
    """Takes no card until its day is closed."""

    demands: bool = True

    @override
    async def readiness(self) -> Readiness:
        await super().readiness()
        if self.demands:
            return Readiness(ready=False, status=CLOSING_PENDING, need=Need.END_OF_DAY)
        return Readiness(ready=True, status=0)

    @override
    async def end_of_day(self, attendant: Attendant) -> Answer:
        self.demands = False
        return await super().end_of_day(attendant)


def wanted(on: Stage) -> Need | None:
    """What posd knows that the terminal, which is on the line, wants."""
    assert on.attachment.live.online
    return on.attachment.live.need


def test_what_an_idle_terminal_wants_is_known_within_a_minute(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await asyncio.sleep(IDLE_PROBE_S)
        assert wanted(on) is Need.END_OF_DAY
        await closed(on)
        assert wanted(on) is None
        await asyncio.sleep(2 * IDLE_PROBE_S)
        assert wanted(on) is None

    played(tmp_path, scene, DemandingTerminal())


def test_what_it_wants_stays_known_while_a_till_tries_all_the_same(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await asyncio.sleep(IDLE_PROBE_S)
        await on.process(await on.order())
        assert wanted(on) is Need.END_OF_DAY

    played(tmp_path, scene, DemandingTerminal(hangs))
