"""No outcome stays unknown for longer than five minutes without a person (M6)."""

import asyncio
from pathlib import Path

import pytest

from posd.model.attempt import AttemptState
from posd.model.facts import Fact, OutcomeUnknown, PaymentIntentCreated
from posd.outcome import NO_REPORTS
from posd.resolver import NOT_IN_TIME, PERSON_AFTER_S, PersonDeadline, Resolver
from tests.unit.posd.journal.scenario import ATTEMPT, INTENT, started
from tests.unit.posd.stage import READER, ScriptedTerminal, Stage, booked, played

UNKNOWN: tuple[Fact, ...] = (
    PaymentIntentCreated(INTENT, 1250, "eur"),
    started(),
    OutcomeUnknown(ATTEMPT, "link_lost"),
)
SHORTLY_S = 5.0


def state(on: Stage) -> AttemptState:
    attempt = on.journal.queries.attempt(ATTEMPT)
    assert attempt is not None
    return attempt.state


async def with_deadline(on: Stage, *waits_s: float) -> list[AttemptState]:
    """The attempt's state after each of the waits, while the deadline is watched."""
    states = []
    async with asyncio.TaskGroup() as group:
        deadline = PersonDeadline(on.journal, on.clock)
        watching = group.create_task(deadline.run(), name="person-deadline")
        for wait_s in waits_s:
            await asyncio.sleep(wait_s)
            states.append(state(on))
        watching.cancel()
    return states


def test_an_unknown_outcome_at_an_absent_reader_gets_a_person_in_five_minutes(
    tmp_path: Path,
) -> None:
    async def scene(on: Stage) -> None:
        states = await with_deadline(on, PERSON_AFTER_S - SHORTLY_S, 2 * SHORTLY_S)
        assert states == [AttemptState.UNKNOWN, AttemptState.PERSON]
        attempt = on.journal.queries.attempt(ATTEMPT)
        assert attempt is not None
        assert attempt.reason == NOT_IN_TIME

    played(tmp_path, scene, ScriptedTerminal(plugged=False), *UNKNOWN)


def test_time_spent_unknown_before_a_restart_counts(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms += round(PERSON_AFTER_S * 1000)
        assert await with_deadline(on, SHORTLY_S) == [AttemptState.PERSON]

    played(tmp_path, scene, ScriptedTerminal(plugged=False), *UNKNOWN)


def test_a_doubt_from_before_a_start_whose_age_the_clock_denies_is_a_persons_at_once(
    tmp_path: Path,
) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms -= round(10 * PERSON_AFTER_S * 1000)
        assert await with_deadline(on, SHORTLY_S) == [AttemptState.PERSON]

    played(tmp_path, scene, ScriptedTerminal(plugged=False), *UNKNOWN)


@pytest.mark.parametrize("jump_s", [-10 * PERSON_AFTER_S, 10 * PERSON_AFTER_S])
def test_a_clock_that_jumps_neither_shortens_nor_lengthens_the_five_minutes(
    tmp_path: Path, jump_s: float
) -> None:
    async def scene(on: Stage) -> None:
        async with asyncio.TaskGroup() as group:
            deadline = PersonDeadline(on.journal, on.clock)
            watching = group.create_task(deadline.run(), name="person-deadline")
            await asyncio.sleep(SHORTLY_S)
            on.clock.now_ms += round(jump_s * 1000)
            await asyncio.sleep(PERSON_AFTER_S - 2 * SHORTLY_S)
            states = [state(on)]
            await asyncio.sleep(2 * SHORTLY_S)
            assert [*states, state(on)] == [AttemptState.UNKNOWN, AttemptState.PERSON]
            watching.cancel()

    played(tmp_path, scene, ScriptedTerminal(plugged=False), *UNKNOWN)


def test_an_outcome_that_is_proven_in_time_needs_nobody(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.terminal.plugged = True
        states = await with_deadline(on, 2 * SHORTLY_S, PERSON_AFTER_S)
        assert states == [AttemptState.APPROVED] * 2

    terminal = ScriptedTerminal(stored=booked(17), plugged=False)
    played(tmp_path, scene, terminal, *UNKNOWN)


def test_a_later_proof_relieves_the_person(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        states = await with_deadline(on, PERSON_AFTER_S + SHORTLY_S)
        on.terminal.plugged = True
        await asyncio.sleep(2 * SHORTLY_S)
        assert [*states, state(on)] == [AttemptState.PERSON, AttemptState.APPROVED]

    terminal = ScriptedTerminal(stored=booked(17), plugged=False)
    played(tmp_path, scene, terminal, *UNKNOWN)


def test_dialogues_that_nobody_runs_are_admitted_to_be_unknown_once(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        resolver = Resolver(on.journal, NO_REPORTS)
        await resolver.admit_unknown("tmr_posd_elsewhere")
        await resolver.admit_unknown(READER)
        await resolver.admit_unknown(READER)
        assert on.kinds(ATTEMPT) == ["AttemptStarted", "OutcomeUnknown"]

    played(tmp_path, scene, ScriptedTerminal(plugged=False), *UNKNOWN[:2])
