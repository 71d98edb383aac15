"""A terminal that says what it wants is helped once, or shown with what to do (zvt.md 12.3)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from typing_extensions import override

from posd.attachments import IDLE_PROBE_S, NEED_PROBE_S
from posd.clock import utc
from posd.errors import Refused as PaymentRefused
from posd.model.attempt import AttemptState
from posd.model.facts import Fact, PaymentIntentCreated
from posd_drivers.ability import Need, Readiness
from posd_drivers.errors import Refused, Unsupported
from tests.unit.posd.journal.scenario import INTENT, started
from tests.unit.posd.stage import ScriptedTerminal, Stage, booked, played

BACK_S = 15.0
CURES = {
    Need.INITIALISATION: "initialise",
    Need.DIAGNOSIS: "diagnose",
    Need.CLOCK: "set_clock",
}
LEFT_OPEN: tuple[Fact, ...] = (PaymentIntentCreated(INTENT, 1250, "eur"), started())


@dataclass
class NeedyTerminal(ScriptedTerminal):
    """Wants something, and no longer once it got it; `stubborn`: wants it all the same."""

    need: Need | None = None
    stubborn: bool = False
    set_to: list[datetime] = field(default_factory=list)

    @override
    async def readiness(self) -> Readiness:
        await super().readiness()
        return Readiness(self.need is None, need=self.need)

    @override
    async def initialise(self) -> None:
        self._got("initialise", Need.INITIALISATION)

    @override
    async def diagnose(self) -> None:
        self._got("diagnose", Need.DIAGNOSIS, Need.CLOCK)

    @override
    async def set_clock(self, at: datetime) -> None:
        self._got("set_clock", Need.CLOCK)
        self.set_to.append(at)

    def _got(self, method: str, *needs: Need) -> None:
        self._fault(method)
        if self.need in needs and not self.stubborn:
            self.need = None

    def cures(self) -> list[str]:
        """What it was told to do for itself."""
        return [method for method in self.asked if method in CURES.values()]


async def sells(on: Stage) -> AttemptState:
    intent = await on.order()
    await on.process(intent)
    return on.attempt_of(intent).state


@pytest.mark.parametrize("need", list(CURES))
def test_what_a_command_cures_posd_cures_before_the_first_sale(tmp_path: Path, need: Need) -> None:
    terminal = NeedyTerminal(need=need)

    async def scene(on: Stage) -> None:
        assert terminal.cures() == [CURES[need]]
        assert on.attachment.live.need is None
        assert await sells(on) is AttemptState.APPROVED

    played(tmp_path, scene, terminal)


@pytest.mark.parametrize("need", list(CURES))
def test_what_does_not_help_once_is_shown_and_not_tried_again(tmp_path: Path, need: Need) -> None:
    terminal = NeedyTerminal(need=need, stubborn=True)

    async def scene(on: Stage) -> None:
        await asyncio.sleep(5 * NEED_PROBE_S)
        assert terminal.cures() == [CURES[need]]
        assert (on.attachment.live.online, on.attachment.live.need) == (True, need)
        with pytest.raises(PaymentRefused):
            await sells(on)
        assert "authorize" not in terminal.asked

    played(tmp_path, scene, terminal)


def test_a_loose_plug_does_not_try_it_again_either(tmp_path: Path) -> None:
    terminal = NeedyTerminal(need=Need.INITIALISATION, stubborn=True)

    async def scene(on: Stage) -> None:
        for _ in range(5):
            terminal.unplug()
            terminal.plugged = True
            await asyncio.sleep(BACK_S)
        assert on.attachment.live.need is Need.INITIALISATION
        assert terminal.cures() == ["initialise"]

    played(tmp_path, scene, terminal)


def test_the_clock_is_set_to_the_stores_time(tmp_path: Path) -> None:
    terminal = NeedyTerminal(need=Need.CLOCK)

    async def scene(on: Stage) -> None:
        assert terminal.set_to == [utc(on.clock.wall_ms()).replace(tzinfo=None)]

    played(tmp_path, scene, terminal)


@pytest.mark.parametrize("no", [Unsupported("06 91"), Refused(0x6B)], ids=["never", "not now"])
def test_a_diagnosis_sets_the_clock_where_the_till_cannot(
    tmp_path: Path, no: Unsupported | Refused
) -> None:
    terminal = NeedyTerminal(need=Need.CLOCK, faults={"set_clock": [no]})

    async def scene(on: Stage) -> None:
        assert terminal.cures() == ["set_clock", "diagnose"]
        assert on.attachment.live.need is None

    played(tmp_path, scene, terminal)


def test_a_cure_that_is_refused_keeps_nobody_from_seeing_the_reader(tmp_path: Path) -> None:
    terminal = NeedyTerminal(need=Need.DIAGNOSIS, faults={"diagnose": [Refused(0x6B)]})

    async def scene(on: Stage) -> None:
        assert (on.attachment.live.online, on.attachment.live.need) == (True, Need.DIAGNOSIS)

    played(tmp_path, scene, terminal)


@pytest.mark.parametrize("need", [Need.WAIT, Need.UPDATE, Need.TECHNICIAN])
def test_what_only_time_or_a_person_cures_takes_no_sale_and_is_asked_often(
    tmp_path: Path, need: Need
) -> None:
    terminal = NeedyTerminal(need=need)

    async def scene(on: Stage) -> None:
        assert terminal.cures() == []
        assert (on.attachment.live.online, on.attachment.baseline) == (True, None)
        with pytest.raises(PaymentRefused):
            await sells(on)
        terminal.need = None
        await asyncio.sleep(NEED_PROBE_S + BACK_S)
        assert await sells(on) is AttemptState.APPROVED

    played(tmp_path, scene, terminal)


@pytest.mark.parametrize("need", [Need.END_OF_DAY, Need.CARD_REMOVED])
def test_what_a_payment_meets_anyway_is_shown_and_left_to_the_terminal(
    tmp_path: Path, need: Need
) -> None:
    terminal = NeedyTerminal(need=need)

    async def scene(on: Stage) -> None:
        assert (on.attachment.live.need, on.attachment.baseline is None) == (need, False)

    played(tmp_path, scene, terminal)


def test_a_terminal_that_begins_to_want_something_is_noticed_while_idle(tmp_path: Path) -> None:
    terminal = NeedyTerminal()

    async def scene(on: Stage) -> None:
        terminal.need = Need.TECHNICIAN
        await asyncio.sleep(IDLE_PROBE_S + 1)
        assert (on.attachment.live.need, on.attachment.baseline) == (Need.TECHNICIAN, None)

    played(tmp_path, scene, terminal)


def locked(stored: int) -> Callable[[], NeedyTerminal]:
    return lambda: NeedyTerminal(need=Need.INITIALISATION, stored=booked(stored))


@pytest.mark.parametrize(
    ("terminal", "state"),
    [(locked(17), AttemptState.APPROVED), (locked(16), AttemptState.NOT_CHARGED)],
    ids=["ours", "nothing"],
)
def test_a_terminal_that_rebooted_in_a_payment_is_initialised_and_then_asked(
    tmp_path: Path, terminal: Callable[[], NeedyTerminal], state: AttemptState
) -> None:
    """Until it is, it answers no question (zvt.md 7.5)."""
    needy = terminal()

    async def scene(on: Stage) -> None:
        intent = on.journal.queries.payment_intent(INTENT)
        assert intent is not None
        assert on.attempt_of(intent).state is state
        asked = needy.asked
        assert asked.index("initialise") < asked.index("last_transaction")

    played(tmp_path, scene, needy, *LEFT_OPEN)
