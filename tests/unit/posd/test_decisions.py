"""A person decides, with a reason; what is proven later stands beside it and never over it (M6)."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from posd.decisions import Decisions, Matter, Ruling
from posd.intents import Change
from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import (
    AttemptApproved,
    AttemptDeclined,
    AttemptNotCharged,
    AttemptSetAside,
    Fact,
    OutcomeUnknown,
    PaymentIntentCreated,
    PersonNeeded,
    Proof,
    StatusReported,
)
from posd.outcome import NO_REPORTS
from posd.upstream.payment_records import PaymentRecordReports
from posd_drivers.errors import DriverError, NoAnswer, Refused
from tests.unit.posd.journal.scenario import ATTEMPT, INTENT, claim, started
from tests.unit.posd.stage import READER, ScriptedTerminal, Stage, booked, played
from tests.unit.posd.test_payments import Play, refused

MANAGER = "key_posd_manager"
REASON = "the customer's receipt says approved"
BACK_S = 10.0
UNKNOWN: tuple[Fact, ...] = (
    PaymentIntentCreated(INTENT, 1250, "eur", order="A-17", business_day="2026-10-31"),
    started(),
    OutcomeUnknown(ATTEMPT, "link_lost"),
)
WITH_A_PERSON = (*UNKNOWN, PersonNeeded(ATTEMPT, "not_resolved_in_time"))


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Plays a scene on a stage, in virtual time."""
    return partial(played, tmp_path)


def matter(reason: str = REASON, reader: str = READER, intent: str = INTENT) -> Matter:
    return Matter(reader, intent, reason, MANAGER, None)


def decisions(on: Stage) -> Decisions:
    return Decisions(on.journal, NO_REPORTS)


def attempt(on: Stage) -> Attempt:
    found = on.journal.queries.attempt(ATTEMPT)
    assert found is not None
    return found


def absent(stored: int = 16) -> ScriptedTerminal:
    return ScriptedTerminal(plugged=False, stored=booked(stored))


async def back(on: Stage) -> None:
    on.terminal.plugged = True
    await asyncio.sleep(BACK_S)


def test_charged_on_a_persons_word_is_paid_and_owed(play: Play) -> None:
    reports = PaymentRecordReports()

    async def scene(on: Stage) -> None:
        decided = await Decisions(on.journal, reports).resolve(matter(), Ruling.CHARGED)
        assert decided.record.amount_received == 1250
        (entry,) = (
            one for one in on.journal.queries.entries(ATTEMPT) if one.kind == "AttemptApproved"
        )
        assert entry.fact == AttemptApproved(
            ATTEMPT, "ch_posd_1", 1250, Proof.PERSON, None, (), REASON
        )
        assert entry.actor == MANAGER
        assert on.journal.outbox.waiting_count() == 1

    play(scene, absent(), *WITH_A_PERSON)


def test_not_charged_on_a_persons_word_may_be_paid_again(play: Play) -> None:
    async def scene(on: Stage) -> None:
        await decisions(on).resolve(matter(), Ruling.NOT_CHARGED)
        (entry,) = (
            one for one in on.journal.queries.entries(ATTEMPT) if one.kind == "AttemptNotCharged"
        )
        assert entry.fact == AttemptNotCharged(ATTEMPT, Proof.PERSON, None, REASON)
        assert on.journal.outbox.waiting_count() == 0
        await back(on)
        intent = on.journal.queries.payment_intent(INTENT)
        assert intent is not None
        await on.process(intent)
        assert on.attempt_of(intent).state is AttemptState.APPROVED

    play(scene, absent(), *WITH_A_PERSON)


def test_a_reader_that_is_held_takes_the_next_payment_at_once(play: Play) -> None:
    async def scene(on: Stage) -> None:
        assert attempt(on).state is AttemptState.PERSON
        next_one = await on.order()
        assert (await refused(on.process(next_one))).code == "terminal_reader_busy"
        await decisions(on).resolve(matter(), Ruling.NOT_CHARGED)
        await on.process(next_one)
        assert on.attempt_of(next_one).state is AttemptState.APPROVED

    play(scene, ScriptedTerminal(stored=booked(18)), *UNKNOWN)


REFUSED_REPORT = StatusReported(ATTEMPT, booked(17, 1750), accepted=False)


@pytest.mark.parametrize(
    "evidence",
    [
        (OutcomeUnknown(ATTEMPT, "link_lost"), PersonNeeded(ATTEMPT, "x", booked(17, 1750))),
        (OutcomeUnknown(ATTEMPT, "link_lost"), PersonNeeded(ATTEMPT, "x", booked(17, 1250, "usd"))),
        (REFUSED_REPORT, PersonNeeded(ATTEMPT, "not_resolved_in_time")),
        (REFUSED_REPORT, PersonNeeded(ATTEMPT, "x", booked(18))),
        (REFUSED_REPORT, PersonNeeded(ATTEMPT, "x"), AttemptSetAside(ATTEMPT, "queue")),
    ],
)
def test_nobody_can_say_charged_where_the_terminal_says_another_amount(
    play: Play, evidence: tuple[Fact, ...]
) -> None:
    async def scene(on: Stage) -> None:
        before = on.journal.head
        refusal = await refused(decisions(on).resolve(matter(), Ruling.CHARGED))
        assert (refusal.code, refusal.param) == ("payment_intent_unexpected_state", "decision")
        assert on.journal.head == before
        await decisions(on).resolve(matter("reversed by hand"), Ruling.NOT_CHARGED)
        assert attempt(on).state is AttemptState.NOT_CHARGED

    play(scene, absent(), *UNKNOWN[:2], *evidence)


def test_what_another_sale_took_is_no_evidence_against_charged(play: Play) -> None:
    async def scene(on: Stage) -> None:
        await decisions(on).resolve(matter(), Ruling.CHARGED)
        assert attempt(on).state is AttemptState.APPROVED

    out_of_step = PersonNeeded(ATTEMPT, "receipt_out_of_step", booked(18, 1750))
    play(scene, absent(), *UNKNOWN, out_of_step)


def test_set_aside_frees_the_reader_and_guards_the_order(play: Play) -> None:
    async def scene(on: Stage) -> None:
        await decisions(on).set_aside(matter("the queue is long"))
        assert attempt(on).state is AttemptState.SET_ASIDE
        before = on.journal.head
        await decisions(on).set_aside(matter("again"))
        assert on.journal.head == before
        other = await on.order()
        await on.process(other)
        assert on.attempt_of(other).state is AttemptState.APPROVED

    play(scene, ScriptedTerminal(stored=booked(18)), *UNKNOWN)


def test_the_order_of_a_payment_that_was_set_aside_is_not_charged_again(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order(order_id="A-17")
        await on.know(
            started("att_posd_9", intent.id),
            OutcomeUnknown("att_posd_9", "link_lost"),
            PersonNeeded("att_posd_9", "no_baseline"),
            AttemptSetAside("att_posd_9", "the queue is long"),
        )
        again = await on.order(order_id="A-17")
        refusal = await refused(on.process(again))
        assert (refusal.code, refusal.payment_intent) == (
            "payment_intent_unexpected_state",
            intent.id,
        )

    play(scene)


def test_what_was_set_aside_is_decided_later(play: Play) -> None:
    async def scene(on: Stage) -> None:
        await decisions(on).set_aside(matter())
        await decisions(on).resolve(matter(), Ruling.CHARGED)
        assert attempt(on).state is AttemptState.APPROVED

    play(scene, absent(), *WITH_A_PERSON)


def test_nothing_is_decided_before_it_is_a_persons(play: Play) -> None:
    async def scene(on: Stage) -> None:
        for call in (
            decisions(on).resolve(matter(), Ruling.CHARGED),
            decisions(on).set_aside(matter()),
        ):
            refusal = await refused(call)
            assert (refusal.code, refusal.payment_intent) == (
                "payment_intent_unexpected_state",
                INTENT,
            )

    play(scene, absent(), *UNKNOWN)


@pytest.mark.parametrize("ruling", Ruling)
def test_what_is_decided_is_not_decided_again(play: Play, ruling: Ruling) -> None:
    async def scene(on: Stage) -> None:
        await decisions(on).resolve(matter(), Ruling.NOT_CHARGED)
        before = on.journal.head
        refusal = await refused(decisions(on).resolve(matter("changed my mind"), ruling))
        assert refusal.code == "payment_intent_unexpected_state"
        assert on.journal.head == before

    play(scene, absent(), *WITH_A_PERSON)


def test_the_same_call_again_is_answered_from_the_records(play: Play) -> None:
    async def scene(on: Stage) -> None:
        asked = Matter(READER, INTENT, REASON, MANAGER, claim("resolve-1"))
        await decisions(on).resolve(asked, Ruling.CHARGED)
        assert (await decisions(on).resolve(asked, Ruling.CHARGED)).replayed

    play(scene, absent(), *WITH_A_PERSON)


@pytest.mark.parametrize(("reader", "intent"), [("tmr_posd_2", INTENT), (READER, "pi_posd_9")])
def test_a_payment_is_decided_at_its_own_reader(play: Play, reader: str, intent: str) -> None:
    async def scene(on: Stage) -> None:
        call = decisions(on).resolve(matter(reader=reader, intent=intent), Ruling.CHARGED)
        assert (await refused(call)).code == "resource_missing"

    play(scene, absent(), *WITH_A_PERSON)


@pytest.mark.parametrize(
    ("ruling", "stored", "found"),
    [
        (Ruling.NOT_CHARGED, 17, "terminal_says_charged"),
        (Ruling.CHARGED, 16, "terminal_says_not_charged"),
        (Ruling.CHARGED, 17, None),
        (Ruling.NOT_CHARGED, 16, None),
        (Ruling.NOT_CHARGED, 18, None),
    ],
)
def test_later_proof_alarms_and_never_rewrites(
    play: Play, ruling: Ruling, stored: int, found: str | None
) -> None:
    async def scene(on: Stage) -> None:
        await decisions(on).resolve(matter(), ruling)
        decided = attempt(on).state
        await back(on)
        assert (attempt(on).state, attempt(on).discrepancy) == (decided, found)
        alarmed = [one.id for one in on.journal.queries.contradicted_attempts()]
        assert alarmed == ([ATTEMPT] if found else [])
        on.terminal.unplug()
        await asyncio.sleep(1)
        await back(on)
        assert on.kinds(ATTEMPT).count("DiscrepancyFound") == (1 if found else 0)

    play(scene, absent(stored), *WITH_A_PERSON)


def test_another_amount_that_the_terminal_tells_later_contradicts_charged(play: Play) -> None:
    async def scene(on: Stage) -> None:
        await decisions(on).resolve(matter(), Ruling.CHARGED)
        await back(on)
        assert attempt(on).state is AttemptState.APPROVED
        assert attempt(on).discrepancy == "terminal_says_other_amount"

    play(scene, ScriptedTerminal(plugged=False, stored=booked(17, 1750)), *WITH_A_PERSON)


def test_the_same_ruling_again_closes_the_discrepancy_and_another_is_refused(play: Play) -> None:
    async def scene(on: Stage) -> None:
        await decisions(on).resolve(matter(), Ruling.NOT_CHARGED)
        await back(on)
        assert attempt(on).contradicted
        assert (await refused(decisions(on).resolve(matter(), Ruling.CHARGED))).code == (
            "payment_intent_unexpected_state"
        )
        await decisions(on).resolve(matter("paid back in cash"), Ruling.NOT_CHARGED)
        assert not attempt(on).contradicted
        assert attempt(on).state is AttemptState.NOT_CHARGED

    play(scene, absent(17), *WITH_A_PERSON)


def test_neither_payment_nor_order_is_taken_again_while_proof_contradicts(play: Play) -> None:
    async def scene(on: Stage) -> None:
        await decisions(on).resolve(matter(), Ruling.NOT_CHARGED)
        await back(on)
        intent, other = on.journal.queries.payment_intent(INTENT), await on.order(order_id="A-17")
        assert intent is not None
        for change in (Change(amount=1), Change(metadata={"order_id": "A-18"})):
            elsewhere = on.payments.update(INTENT, change, actor=MANAGER, claim=None)
            assert (await refused(elsewhere)).code == "payment_intent_unexpected_state"
        for one in (intent, other):
            refusal = await refused(on.process(one))
            assert (refusal.code, refusal.payment_intent) == (
                "payment_intent_unexpected_state",
                INTENT,
            )
        await decisions(on).resolve(matter("paid back in cash"), Ruling.NOT_CHARGED)
        await on.process(other)
        assert on.attempt_of(other).state is AttemptState.APPROVED

    play(scene, absent(17), *WITH_A_PERSON)


def test_only_a_persons_word_is_asked_about_again(play: Play) -> None:
    async def scene(on: Stage) -> None:
        await on.know(*UNKNOWN[:2], AttemptDeclined(ATTEMPT, 5))
        on.terminal.stored = booked(17)
        on.terminal.unplug()
        await asyncio.sleep(1)
        await back(on)
        assert attempt(on).discrepancy is None

    play(scene)


def test_a_decided_payment_does_not_hold_a_terminal_that_cannot_tell(play: Play) -> None:
    async def scene(on: Stage) -> None:
        await decisions(on).resolve(matter(), Ruling.CHARGED)
        await back(on)
        next_one = await on.order()
        await on.process(next_one)
        assert on.attempt_of(next_one).state is AttemptState.APPROVED

    faults: dict[str, list[DriverError]] = {"last_transaction": [Refused(0x83), NoAnswer("why")]}
    terminal = absent()
    terminal.faults = faults
    play(scene, terminal, *WITH_A_PERSON)


def test_a_decision_ends_the_asking_of_a_terminal_that_is_never_idle(play: Play) -> None:
    async def scene(on: Stage) -> None:
        await on.know(PersonNeeded(ATTEMPT, "not_resolved_in_time"))
        await decisions(on).resolve(matter(), Ruling.CHARGED)
        await asyncio.sleep(BACK_S)
        assert on.attachment.live.online

    faults: dict[str, list[DriverError]] = {"last_transaction": [Refused(0x83)] * 4}
    play(scene, ScriptedTerminal(stored=booked(17), faults=faults), *UNKNOWN)
