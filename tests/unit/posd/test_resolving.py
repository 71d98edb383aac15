"""Only what an idle terminal says is believed, and only if there is something to compare (M5)."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import override

from posd.attachments import IDLE_PROBE_S
from posd.model.attempt import AttemptState
from posd.model.facts import Baseline, PersonNeeded
from posd.model.matching import Doubt
from posd.resolver import NOT_IN_TIME, PERSON_AFTER_S, POLL_S
from posd_drivers.ability import Readiness
from posd_drivers.card_reader import Transaction
from posd_drivers.errors import Unsupported
from tests.unit.posd.house import LANE_1, TILL, House, attempt_of, ordered, paid
from tests.unit.posd.stage import ScriptedTerminal, booked, hangs
from tests.unit.posd.virtual import virtual


@dataclass
class BusyTerminal(ScriptedTerminal):
    """Says at each question whether it is idle; idle once nothing is left to say."""

    idle_answers: list[bool] = field(default_factory=list)
    told: list[Transaction | None] = field(default_factory=list)

    @override
    async def readiness(self) -> Readiness:
        await super().readiness()
        return Readiness(ready=self.idle_answers.pop(0) if self.idle_answers else True)

    @override
    async def last_transaction(self) -> Transaction | None:
        self.told.append(await super().last_transaction())
        return self.told[-1]


@virtual
async def test_what_a_terminal_tells_in_the_middle_of_a_payment_is_not_believed(
    tmp_path: Path,
) -> None:
    terminal = BusyTerminal(hangs)
    house = House(tmp_path, {LANE_1: terminal.open})
    async with house.living() as posd:
        intent = await paid(posd)
    terminal.idle_answers = [False, True, False]
    terminal.told.clear()
    async with house.living() as posd:
        assert not terminal.told
        await asyncio.sleep(POLL_S)
        assert terminal.told == [booked(16)], "told between an idle and a busy moment"
        assert attempt_of(posd, intent).state is AttemptState.UNKNOWN
        terminal.stored = booked(17)
        await asyncio.sleep(POLL_S)
        assert attempt_of(posd, intent).state is AttemptState.APPROVED


@virtual
async def test_a_terminal_that_stays_busy_is_a_persons_after_five_minutes_and_asked_on(
    tmp_path: Path,
) -> None:
    terminal = BusyTerminal(hangs)
    house = House(tmp_path, {LANE_1: terminal.open})
    async with house.living() as posd:
        intent = await paid(posd)
    terminal.idle_answers = [False] * 1000
    async with house.living() as posd:
        await asyncio.sleep(PERSON_AFTER_S)
        attempt = attempt_of(posd, intent)
        assert (attempt.state, attempt.reason) == (AttemptState.PERSON, NOT_IN_TIME)
        terminal.idle_answers.clear()
        await asyncio.sleep(2 * POLL_S)
        assert attempt_of(posd, intent).state is AttemptState.NOT_CHARGED


@virtual
async def test_without_a_baseline_it_is_a_persons_at_once(tmp_path: Path) -> None:
    terminal = ScriptedTerminal(hangs, faults={"last_transaction": [Unsupported("06 20")]})
    house = House(tmp_path, {LANE_1: terminal.open})
    async with house.living() as posd:
        intent = await paid(posd)
        assert attempt_of(posd, intent).baseline == Baseline(
            "52523535", asked=False, closing_count=0
        )
    terminal.stored = booked(17)
    async with house.living() as posd:
        attempt = attempt_of(posd, intent)
        assert (attempt.state, attempt.reason) == (
            AttemptState.PERSON,
            Doubt.NO_BASELINE.value,
        )


@virtual
async def test_the_evidence_is_kept_with_the_doubt(tmp_path: Path) -> None:
    terminal = ScriptedTerminal(hangs)
    house = House(tmp_path, {LANE_1: terminal.open})
    async with house.living() as posd:
        intent = await paid(posd)
    terminal.stored = booked(18)
    async with house.living() as posd:
        fact = posd.journal.queries.entries(attempt_of(posd, intent).id)[-1].fact
        assert isinstance(fact, PersonNeeded)
        assert (fact.reason, fact.last) == (Doubt.RECEIPT_OUT_OF_STEP.value, booked(18))


@virtual
async def test_an_attempt_whose_till_went_away_before_it_was_handed_over_is_cleaned_up(
    tmp_path: Path,
) -> None:
    terminal = ScriptedTerminal()
    house = House(tmp_path, {LANE_1: terminal.open})
    async with house.living() as posd:
        intent = await ordered(posd)
        house.disk_s = 1.0
        async with asyncio.TaskGroup() as group:
            call = posd.payments.process(LANE_1, intent.id, actor=TILL, claim=None)
            asked = group.create_task(call)
            await asyncio.sleep(0.5)
            asked.cancel()
        house.disk_s = 0.001
        await asyncio.sleep(1)
        assert attempt_of(posd, intent).state is AttemptState.STARTED
        await asyncio.sleep(IDLE_PROBE_S + 5)
        assert attempt_of(posd, intent).state is AttemptState.NOT_CHARGED
        assert "authorize" not in terminal.asked
        assert attempt_of(posd, await paid(posd)).state is AttemptState.APPROVED
