"""Another terminal on a reader's cable sells nothing until a person accepts it; then it sells, and
what the old one left unproven stays with the old one (M5, M6, M7)."""

import asyncio
from pathlib import Path

import pytest

from posd.composition import Posd
from posd.decisions import Matter, Ruling
from posd.errors import Refused
from posd.journal.command import Claim
from posd.live import Trouble
from posd.model.attempt import AttemptState
from posd.model.facts import AttemptSetAside, OutcomeUnknown, PersonNeeded
from posd.model.payment_intent import PaymentIntent
from posd.model.reader import AcceptAs
from posd.model.reader_facts import (
    ReaderDisplaced,
    ReaderIdentified,
    ReaderRegistered,
    ReaderReplaced,
    StrangerFound,
)
from posd.replacement import REPLACED
from posd.resolver import PERSON_AFTER_S
from tests.unit.posd.counter import (
    FIRST,
    MANAGER,
    SECOND,
    TRIED_S,
    Counter,
    accepted,
    history,
    known,
    loses_its_word,
    one_lane,
    other_terminal,
    registered,
)
from tests.unit.posd.house import LANE_1, TILL, attempt_of, ordered, paid
from tests.unit.posd.stage import OTHER_ID, TERMINAL_ID, ScriptedTerminal, approves, booked
from tests.unit.posd.virtual import virtual

ORDER = "A-17"


async def left_unproven(house: Counter, posd: Posd) -> PaymentIntent:
    """A payment that broke at the lane's terminal, which is exchanged before it can be asked."""
    house.cables[FIRST].dialogue = loses_its_word
    intent = await ordered(posd, order_id=ORDER)
    await posd.payments.process(LANE_1, intent.id, actor=TILL, claim=None)
    house.plug({FIRST: other_terminal()})
    await asyncio.sleep(TRIED_S)
    return intent


@virtual
async def test_a_stranger_takes_no_payment_and_is_journaled_once(tmp_path: Path) -> None:
    house = one_lane(tmp_path, ScriptedTerminal())
    async with house.living() as posd:
        house.plug({FIRST: other_terminal()})
        await asyncio.sleep(3 * TRIED_S)
        with pytest.raises(Refused) as refused:
            await paid(posd)
        assert refused.value.code == "terminal_reader_offline"
        assert posd.fleet.live(LANE_1).trouble is Trouble.OTHER_TERMINAL
        assert set(house.cables[FIRST].asked) == {"open", "register", "close"}
        met = [fact for fact in history(posd, LANE_1) if isinstance(fact, StrangerFound)]
        assert met == [StrangerFound(LANE_1, OTHER_ID)]
    async with house.living() as posd:
        assert posd.fleet.live(LANE_1).trouble is Trouble.OTHER_TERMINAL
        assert history(posd, LANE_1)[-1] == StrangerFound(LANE_1, OTHER_ID)


@virtual
async def test_the_old_terminal_is_plugged_in_again_and_nothing_is_to_be_accepted(
    tmp_path: Path,
) -> None:
    old = ScriptedTerminal()
    house = one_lane(tmp_path, old)
    async with house.living() as posd:
        house.plug({FIRST: other_terminal()})
        await asyncio.sleep(TRIED_S)
        house.plug({FIRST: old})
        await asyncio.sleep(TRIED_S)
        assert known(posd, LANE_1).stranger is None
        with pytest.raises(Refused, match="No other terminal") as refused:
            await accepted(posd, LANE_1, AcceptAs.REPLACEMENT)
        assert refused.value.param == "as"
        assert attempt_of(posd, await paid(posd)).state is AttemptState.APPROVED


@virtual
async def test_a_replacement_sells_at_once_and_the_reader_stays_what_it_is(tmp_path: Path) -> None:
    house = one_lane(tmp_path, ScriptedTerminal())
    async with house.living() as posd:
        await paid(posd)
        before = known(posd, LANE_1)
        house.plug({FIRST: other_terminal()})
        await asyncio.sleep(TRIED_S)
        for as_ in AcceptAs:
            with pytest.raises(Refused, match="has changed since"):
                await posd.fleet.accept(
                    LANE_1, "why", as_, actor=MANAGER, claim=None, seen="52500099"
                )
        after = await accepted(posd, LANE_1, AcceptAs.REPLACEMENT)
        assert (after.id, after.label, after.address) == (LANE_1, before.label, before.address)
        assert (after.terminal_id, after.attempt, after.takings.count) == (OTHER_ID, None, 0)
        await asyncio.sleep(1)
        attempt = attempt_of(posd, await paid(posd))
        assert (attempt.state, attempt.baseline.terminal_id) == (AttemptState.APPROVED, OTHER_ID)
        assert attempt.baseline.receipt == 700
    async with house.living() as posd:
        assert posd.fleet.live(LANE_1).online


@virtual
async def test_what_the_old_terminal_left_unproven_stays_unproven_and_guarded(
    tmp_path: Path,
) -> None:
    house = one_lane(tmp_path, ScriptedTerminal())
    async with house.living() as posd:
        intent = await left_unproven(house, posd)
        lost = attempt_of(posd, intent)
        assert lost.state is AttemptState.UNKNOWN
        await accepted(posd, LANE_1, AcceptAs.REPLACEMENT)
        house.cables[FIRST].stored = booked(17)  # the very number and amount that would prove it
        await asyncio.sleep(TRIED_S)
        assert attempt_of(posd, await paid(posd)).state is AttemptState.APPROVED
        assert history(posd, lost.id)[-3:] == [
            OutcomeUnknown(lost.id, "link_lost"),
            PersonNeeded(lost.id, REPLACED),
            AttemptSetAside(lost.id, "the old one fell"),
        ]
        for again in (intent, await ordered(posd, order_id=ORDER)):
            with pytest.raises(Refused) as refused:
                await posd.payments.process(LANE_1, again.id, actor=TILL, claim=None)
            assert refused.value.code == "payment_intent_unexpected_state"
    async with house.living() as posd:
        await asyncio.sleep(PERSON_AFTER_S)
        assert attempt_of(posd, intent).state is AttemptState.SET_ASIDE


@virtual
async def test_a_person_rules_on_what_the_old_terminal_left(tmp_path: Path) -> None:
    house = one_lane(tmp_path, ScriptedTerminal())
    async with house.living() as posd:
        intent = await left_unproven(house, posd)
        await accepted(posd, LANE_1, AcceptAs.REPLACEMENT)
        matter = Matter(LANE_1, intent.id, "its last receipt", MANAGER, None)
        await posd.decisions.resolve(matter, Ruling.CHARGED)
        assert attempt_of(posd, intent).state is AttemptState.APPROVED
        assert known(posd, LANE_1).takings.count == 0


@virtual
async def test_without_acceptance_a_person_has_it_in_five_minutes(tmp_path: Path) -> None:
    house = one_lane(tmp_path, ScriptedTerminal())
    async with house.living() as posd:
        intent = await left_unproven(house, posd)
        await asyncio.sleep(PERSON_AFTER_S)
        assert attempt_of(posd, intent).state is AttemptState.PERSON
        await accepted(posd, LANE_1, AcceptAs.REPLACEMENT)
        assert attempt_of(posd, intent).state is AttemptState.SET_ASIDE
        await asyncio.sleep(1)
        assert attempt_of(posd, await paid(posd)).state is AttemptState.APPROVED


@virtual
async def test_the_old_terminal_proves_what_it_left_as_another_reader(tmp_path: Path) -> None:
    old = ScriptedTerminal()
    house = one_lane(tmp_path, old)
    async with house.living() as posd:
        intent = await left_unproven(house, posd)
        await accepted(posd, LANE_1, AcceptAs.REPLACEMENT)
        await asyncio.sleep(1)
        house.plug({**house.cables, SECOND: old})
        spare = await registered(posd, SECOND)
        await asyncio.sleep(TRIED_S)
        assert attempt_of(posd, intent).state is AttemptState.APPROVED
        assert known(posd, spare.id).terminal_id == TERMINAL_ID
        assert known(posd, LANE_1).takings.count == 0
        old.dialogue = approves
        assert attempt_of(posd, await paid(posd, spare.id)).state is AttemptState.APPROVED


@virtual
async def test_the_old_terminal_is_accepted_back_and_proves_what_it_left(tmp_path: Path) -> None:
    old = ScriptedTerminal()
    house = one_lane(tmp_path, old)
    async with house.living() as posd:
        intent = await left_unproven(house, posd)
        await accepted(posd, LANE_1, AcceptAs.REPLACEMENT)
        await asyncio.sleep(1)
        await paid(posd)
        house.plug({FIRST: old})
        await asyncio.sleep(TRIED_S)
        assert attempt_of(posd, intent).state is AttemptState.SET_ASIDE
        await accepted(posd, LANE_1, AcceptAs.REPLACEMENT)
        await asyncio.sleep(TRIED_S)
        assert attempt_of(posd, intent).state is AttemptState.APPROVED


@virtual
async def test_a_stranger_that_is_new_is_a_reader_of_its_own(tmp_path: Path) -> None:
    house = Counter(tmp_path, cables={FIRST: ScriptedTerminal(), SECOND: ScriptedTerminal()})
    async with house.living() as posd:
        old = await registered(posd, FIRST)
        await asyncio.sleep(1)
        house.plug({FIRST: other_terminal()})
        await asyncio.sleep(TRIED_S)
        claim = Claim(MANAGER, f"POST /posd/v1/readers/{old.id}/accept", "k1", "d1")
        new = await accepted(posd, old.id, AcceptAs.NEW, claim)
        await asyncio.sleep(1)
        assert attempt_of(posd, await paid(posd, new.id)).state is AttemptState.APPROVED
        assert (new.address, known(posd, new.id).terminal_id) == (FIRST, OTHER_ID)
        assert (known(posd, old.id).address, known(posd, old.id).terminal_id) == ("", TERMINAL_ID)
        assert history(posd, old.id)[-1] == ReaderDisplaced(old.id, new.id, "the old one fell")
        assert (await accepted(posd, old.id, AcceptAs.NEW, claim)).id == new.id
    async with house.living() as posd:
        assert posd.fleet.live(new.id).online
        assert posd.fleet.live(old.id).trouble is Trouble.CABLE


@virtual
async def test_what_the_file_declares_gets_no_new_reader_at_its_address(tmp_path: Path) -> None:
    house = one_lane(tmp_path, ScriptedTerminal())
    async with house.living() as posd:
        house.plug({FIRST: other_terminal()})
        await asyncio.sleep(TRIED_S)
        head = posd.journal.head
        with pytest.raises(Refused, match="configuration file"):
            await accepted(posd, LANE_1, AcceptAs.NEW)
        with pytest.raises(Refused, match="'replacement' or 'new'"):
            await accepted(posd, LANE_1, None)
        assert posd.journal.head == head


@virtual
async def test_a_replacement_is_accepted_once_for_each_key(tmp_path: Path) -> None:
    house = one_lane(tmp_path, ScriptedTerminal())
    claim = Claim(MANAGER, f"POST /posd/v1/readers/{LANE_1}/accept", "k1", "d1")
    async with house.living() as posd:
        house.plug({FIRST: other_terminal()})
        await asyncio.sleep(TRIED_S)
        for _ in range(2):
            await accepted(posd, LANE_1, AcceptAs.REPLACEMENT, claim)
        await asyncio.sleep(1)
        kinds = [type(fact) for fact in history(posd, LANE_1)]
        assert kinds == [
            ReaderRegistered,
            ReaderIdentified,
            StrangerFound,
            ReaderReplaced,
            ReaderIdentified,
        ]
