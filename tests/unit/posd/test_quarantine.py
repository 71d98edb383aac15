"""A reader that breaks posd twice in a row waits for a person; the others take payments (M18)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typing_extensions import override

from posd.composition import Posd
from posd.decisions import Matter, Ruling
from posd.errors import Refused
from posd.journal.command import Claim
from posd.live import Trouble
from posd.model.attempt import AttemptState
from posd.model.facts import Fact
from posd.model.quarantine_facts import (
    AttachmentBroken,
    BreakCause,
    ReaderAccepted,
    ReaderQuarantined,
)
from posd.model.reader import Reader
from posd.resolver import NOT_IN_TIME, PERSON_AFTER_S
from posd.snapshot.views import ReaderStatus
from posd_drivers.card_reader import AbortCause, Aborted, Answer, Attendant, CardReader, Declined
from tests.unit.posd.house import LANE_1, LANE_2, TILL, TWO_LANES, House, attempt_of, ordered, paid
from tests.unit.posd.stage import OTHER_ID, Dialogue, ScriptedTerminal, approves, booked, hangs
from tests.unit.posd.virtual import virtual

MANAGER = "key_posd_manager"
RESTARTED_S = 5.0
"""Longer than the supervisor waits after a second bug."""
SECRET = "4111 1111 1111 1111"


async def breaks(_on: ScriptedTerminal, _amount: int, _currency: str, sale: Attendant) -> Answer:
    """Answers with what an assertion of ours did not expect."""
    sale.acknowledged()
    raise AssertionError(SECRET)


async def declines(_on: ScriptedTerminal, _amount: int, _currency: str, sale: Attendant) -> Answer:
    sale.acknowledged()
    return Declined(0x05)


async def aborts(_on: ScriptedTerminal, _amount: int, _currency: str, sale: Attendant) -> Answer:
    sale.acknowledged()
    return Aborted(0x6C, AbortCause.CUSTOMER)


def two_lanes(folder: Path, first: ScriptedTerminal) -> House:
    """A store whose first lane has this terminal, and whose second is well."""
    second = ScriptedTerminal(terminal_id=OTHER_ID)
    return House(folder, {LANE_1: first.open, LANE_2: second.open}, TWO_LANES)


async def dies_at(house: House, times: int = 2) -> None:
    """So many posds end in the middle of a payment at the first lane."""
    for _ in range(times):
        async with house.living() as posd:
            await paid(posd, LANE_1)


def lane_1(posd: Posd) -> Reader:
    known = posd.journal.queries.reader(LANE_1)
    assert known is not None
    return known


def verdicts(posd: Posd) -> list[Fact]:
    """What is journaled about posd's hold on the first lane."""
    about = (AttachmentBroken, ReaderQuarantined, ReaderAccepted)
    told = (entry.fact for entry in posd.journal.queries.entries(LANE_1))
    return [fact for fact in told if isinstance(fact, about)]


async def accept(posd: Posd, claim: Claim | None = None) -> Reader:
    answered = await posd.fleet.accept(LANE_1, "terminal replaced", actor=MANAGER, claim=claim)
    return answered.record


@virtual
async def test_two_deaths_in_the_middle_of_a_payment_quarantine_their_reader_alone(
    tmp_path: Path,
) -> None:
    terminal = ScriptedTerminal(hangs)
    house = two_lanes(tmp_path, terminal)
    await dies_at(house)
    asked = list(terminal.asked)
    for _ in range(2):
        async with house.living() as posd:
            assert posd.fleet.live(LANE_1).trouble is Trouble.QUARANTINED
            assert attempt_of(posd, await paid(posd, LANE_2)).state is AttemptState.APPROVED
            await asyncio.sleep(PERSON_AFTER_S)
    assert terminal.asked == asked, "not one octet, over any restart"


@virtual
async def test_a_power_cut_in_the_same_lane_twice_is_written_down_with_its_evidence(
    tmp_path: Path,
) -> None:
    house = two_lanes(tmp_path, ScriptedTerminal(hangs))
    await dies_at(house)
    async with house.living() as posd:
        first, second, quarantined = verdicts(posd)
        assert isinstance(first, AttachmentBroken)
        assert isinstance(second, AttachmentBroken)
        assert second.attempt not in (None, first.attempt)
        assert second.cause is BreakCause.INTERRUPTED
        assert quarantined == ReaderQuarantined(LANE_1, BreakCause.INTERRUPTED, second.attempt)
        assert second.attempt is not None
        kinds = [entry.kind for entry in posd.journal.queries.entries(second.attempt)]
        assert kinds == ["AttemptStarted", "OutcomeUnknown"]


@virtual
async def test_one_death_quarantines_nothing(tmp_path: Path) -> None:
    house = two_lanes(tmp_path, ScriptedTerminal(hangs))
    await dies_at(house, times=1)
    for _ in range(3):
        async with house.living() as posd:
            assert posd.fleet.live(LANE_1).online
            assert lane_1(posd).breaks == 1


@pytest.mark.parametrize("dialogue", [approves, declines, aborts])
@virtual
async def test_a_dialogue_that_came_to_its_end_in_between_starts_the_count_anew(
    tmp_path: Path, dialogue: Dialogue
) -> None:
    terminal = ScriptedTerminal(hangs)
    house = two_lanes(tmp_path, terminal)
    await dies_at(house, times=1)
    async with house.living() as posd:
        terminal.dialogue = dialogue
        await paid(posd, LANE_1)
        assert lane_1(posd).breaks == 0
        terminal.dialogue = hangs
        await paid(posd, LANE_1)
    async with house.living() as posd:
        assert posd.fleet.live(LANE_1).online
        assert lane_1(posd).breaks == 1


@virtual
async def test_two_bugs_in_one_life_quarantine_the_reader_and_the_others_go_on(
    tmp_path: Path,
) -> None:
    terminal = ScriptedTerminal(breaks)
    house = two_lanes(tmp_path, terminal)
    async with house.living() as posd:
        await paid(posd, LANE_1)
        await asyncio.sleep(RESTARTED_S)
        assert posd.fleet.live(LANE_1).online
        lost = await paid(posd, LANE_1)
        assert attempt_of(posd, await paid(posd, LANE_2)).state is AttemptState.APPROVED
        await asyncio.sleep(RESTARTED_S)
        asked = len(terminal.asked)
        await asyncio.sleep(PERSON_AFTER_S)
        assert len(terminal.asked) == asked
        attempt = attempt_of(posd, lost)
        quarantined = ReaderQuarantined(LANE_1, BreakCause.BUG, attempt.id, "AssertionError")
        assert verdicts(posd)[-1] == quarantined
        assert (attempt.state, attempt.reason) == (AttemptState.PERSON, NOT_IN_TIME)
        assert attempt_of(posd, await paid(posd, LANE_2)).state is AttemptState.APPROVED
        bodies = b"".join(entry.body for entry in posd.journal.queries.entries(LANE_1))
        assert SECRET.encode() not in bodies


@pytest.mark.parametrize("question", ["open", "register", "last_transaction"])
@virtual
async def test_an_answer_that_breaks_posd_without_a_payment_does_not_break_it_for_ever(
    tmp_path: Path, question: str
) -> None:
    terminal = ScriptedTerminal()
    terminal.faults[question] = [ValueError("a bug")] * 99  # type: ignore[list-item]
    async with two_lanes(tmp_path, terminal).living() as posd:
        await asyncio.sleep(600)
        assert terminal.asked.count("open") == 2
        assert verdicts(posd)[-1] == ReaderQuarantined(
            LANE_1, BreakCause.BUG, attempt=None, error="ValueError"
        )
        assert attempt_of(posd, await paid(posd, LANE_2)).state is AttemptState.APPROVED


class DroppingTerminal(ScriptedTerminal):
    """Its driver fails while nothing runs."""

    @override
    async def idle(self) -> None:
        raise LookupError(SECRET)


@virtual
async def test_a_bug_among_several_tasks_is_told_by_its_own_type(tmp_path: Path) -> None:
    async with two_lanes(tmp_path, DroppingTerminal()).living() as posd:
        await asyncio.sleep(RESTARTED_S)
        errors = [getattr(fact, "error", None) for fact in verdicts(posd)]
        assert errors == ["LookupError"] * 3


@virtual
async def test_a_quarantined_reader_is_refused_before_anything_is_journaled(
    tmp_path: Path,
) -> None:
    house = two_lanes(tmp_path, ScriptedTerminal(hangs))
    async with house.living() as posd:
        await paid(posd, LANE_1)
    async with house.living() as posd:
        lost = await paid(posd, LANE_1)
    async with house.living() as posd:
        intent = await ordered(posd)
        before = posd.journal.head
        with pytest.raises(Refused, match=r"quarantined since 2026-11-01T00:0.*/accept") as refused:
            await posd.payments.process(LANE_1, intent.id, actor=TILL, claim=None)
        assert refused.value.code == "terminal_reader_offline"
        assert refused.value.payment_intent == lost.id
        assert posd.journal.head == before
        await posd.payments.process(LANE_2, intent.id, actor=TILL, claim=None)


@virtual
async def test_the_store_is_told(tmp_path: Path) -> None:
    house = two_lanes(tmp_path, ScriptedTerminal(hangs))
    await dies_at(house)
    async with house.living() as posd:
        quarantine = lane_1(posd).quarantine
        assert quarantine is not None
        lane, other = posd.snapshot().lanes
        assert lane.reader is not None
        assert other.reader is not None
        assert (lane.reader.status, lane.reader.trouble, lane.reader.since_ms) == (
            ReaderStatus.QUARANTINED,
            "quarantined",
            quarantine.since_ms,
        )
        assert other.reader.status is ReaderStatus.ONLINE
        assert not posd.fleet.live(LANE_1).online


async def resolved(posd: Posd, matter: Matter) -> None:
    await posd.decisions.resolve(matter, Ruling.NOT_CHARGED)


async def set_aside(posd: Posd, matter: Matter) -> None:
    await posd.decisions.set_aside(matter)


@pytest.mark.parametrize(
    ("decide", "state"),
    [(resolved, AttemptState.NOT_CHARGED), (set_aside, AttemptState.SET_ASIDE)],
)
@virtual
async def test_its_payment_is_a_persons_in_five_minutes_and_the_person_decides(
    tmp_path: Path, decide: Callable[[Posd, Matter], Awaitable[None]], state: AttemptState
) -> None:
    house = two_lanes(tmp_path, ScriptedTerminal(hangs))
    await dies_at(house, times=1)
    async with house.living() as posd:
        intent = await paid(posd, LANE_1)
    async with house.living() as posd:
        await asyncio.sleep(PERSON_AFTER_S)
        assert attempt_of(posd, intent).state is AttemptState.PERSON
        await decide(posd, Matter(LANE_1, intent.id, "no receipt", MANAGER, None))
        assert attempt_of(posd, intent).state is state
        with pytest.raises(Refused, match="quarantined"):
            await paid(posd, LANE_1)


@virtual
async def test_an_accepted_reader_is_asked_at_once_and_takes_payments(tmp_path: Path) -> None:
    terminal = ScriptedTerminal(hangs)
    house = two_lanes(tmp_path, terminal)
    await dies_at(house, times=1)
    async with house.living() as posd:
        lost = await paid(posd, LANE_1)
    terminal.stored = booked(17)
    terminal.dialogue = approves
    async with house.living() as posd:
        assert (await accept(posd)).quarantine is None
        await asyncio.sleep(0.5)
        assert attempt_of(posd, lost).state is AttemptState.APPROVED
        assert posd.fleet.live(LANE_1).online
        assert attempt_of(posd, await paid(posd, LANE_1)).state is AttemptState.APPROVED
        assert verdicts(posd)[-1] == ReaderAccepted(LANE_1, "terminal replaced")


@virtual
async def test_an_accepted_reader_is_no_longer_told_as_quarantined(tmp_path: Path) -> None:
    async def opens_late() -> CardReader:
        await asyncio.sleep(RESTARTED_S)
        return ScriptedTerminal()

    house = two_lanes(tmp_path, ScriptedTerminal(hangs))
    await dies_at(house)
    house.devices = {LANE_1: opens_late}
    async with house.living() as posd:
        seen = [posd.fleet.live(LANE_1).trouble]
        await accept(posd)
        await asyncio.sleep(0)
        seen.append(posd.fleet.live(LANE_1).trouble)
        assert seen == [Trouble.QUARANTINED, Trouble.ABSENT]


@virtual
async def test_an_accepted_reader_has_the_count_of_a_new_one(tmp_path: Path) -> None:
    house = two_lanes(tmp_path, ScriptedTerminal(hangs))
    await dies_at(house)
    async with house.living() as posd:
        await accept(posd)
        await asyncio.sleep(1)
        await paid(posd, LANE_1)
    async with house.living() as posd:
        assert posd.fleet.live(LANE_1).online
        await paid(posd, LANE_1)
    async with house.living() as posd:
        assert posd.fleet.live(LANE_1).trouble is Trouble.QUARANTINED


@virtual
async def test_only_a_quarantined_reader_is_accepted_and_once_for_each_key(tmp_path: Path) -> None:
    house = two_lanes(tmp_path, ScriptedTerminal(hangs))
    claim = Claim(MANAGER, f"POST /posd/v1/readers/{LANE_1}/accept", "k1", "d1")
    await dies_at(house)
    async with house.living() as posd:
        known = posd.journal.queries.reader(LANE_1)
        assert known is not None
        assert known.quarantine is not None
        before = str(known.quarantine.since_ms - 1)
        with pytest.raises(Refused, match="has changed since"):
            await posd.fleet.accept(LANE_1, "looked", actor=MANAGER, claim=None, seen=before)
        await accept(posd, claim)
        await asyncio.sleep(1)
        head = posd.journal.head
        again = await posd.fleet.accept(LANE_1, "terminal replaced", actor=MANAGER, claim=claim)
        assert again.replayed
        with pytest.raises(Refused, match="not quarantined") as refused:
            await accept(posd)
        assert (refused.value.code, refused.value.param) == ("parameter_invalid", "reader")
        with pytest.raises(Refused) as missing:
            await posd.fleet.accept("tmr_posd_none", "why not", actor=MANAGER, claim=None)
        assert missing.value.status == 404
        assert posd.journal.head == head


@virtual
async def test_a_reader_does_not_leave_quarantine_by_another_line_in_the_file(
    tmp_path: Path,
) -> None:
    house = two_lanes(tmp_path, ScriptedTerminal(hangs))
    await dies_at(house)
    first, second = TWO_LANES.reader
    house.file = replace(TWO_LANES, reader=(replace(first, label="Front"), second))
    async with house.living() as posd:
        assert lane_1(posd).label == "Front"
        assert posd.fleet.live(LANE_1).trouble is Trouble.QUARANTINED
