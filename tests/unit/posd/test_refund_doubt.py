"""A refund whose outcome is open: nobody gives twice, and a person says which way it went (M6)."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from posd.decisions import Decisions, Matter, Ruling
from posd.intents import Change
from posd.model.attempt import AttemptState
from posd.model.facts import DiscrepancyFound, PersonNeeded
from posd.model.refund import RefundState
from posd.outcome import NO_REPORTS
from posd.upstream.payment_records import PaymentRecordReports
from posd_drivers.card_reader import Answer, Attendant
from posd_drivers.errors import OutcomeUnknown
from tests.unit.posd.giving_back import (
    OFFICE,
    given_back,
    latest,
    paid,
    shows_0119,
    shows_4242,
    standing,
    wish,
)
from tests.unit.posd.stage import READER, ScriptedTerminal, Stage, booked, played
from tests.unit.posd.test_payments import Play, refused

BACK_S = 10.0


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Plays a scene on a stage, in virtual time."""
    return partial(played, tmp_path)


async def goes_away(
    terminal: ScriptedTerminal, _amount: int, _currency: str, attendant: Attendant
) -> Answer:
    attendant.acknowledged()
    terminal.unplug()
    raise OutcomeUnknown("link_lost")


def matter(intent: str, reason: str = "the terminal's journal", reader: str = READER) -> Matter:
    return Matter(reader, intent, reason, OFFICE, None)


async def with_a_person(on: Stage) -> str:
    """A refund of 4.00 that a person has to judge about; the id of its payment."""
    intent = await paid(on)
    await given_back(on, wish(intent, 400))
    attempt = latest(on, intent)
    assert attempt.state is AttemptState.UNKNOWN
    await on.know(PersonNeeded(attempt.id, "not_resolved_in_time"))
    return intent.id


@pytest.mark.parametrize(
    ("ruling", "state", "left"),
    [
        (Ruling.GIVEN_BACK, RefundState.SUCCEEDED, 850),
        (Ruling.NOT_GIVEN_BACK, RefundState.FAILED, 1250),
    ],
)
def test_a_person_says_whether_the_money_went_back(
    play: Play, ruling: Ruling, state: RefundState, left: int
) -> None:
    async def scene(on: Stage) -> None:
        intent = await with_a_person(on)
        decided = await Decisions(on.journal, NO_REPORTS).resolve(matter(intent), ruling)
        (refund,) = on.journal.queries.refunds_of(intent)
        assert (refund.state, decided.record.amount_left) == (state, left)

    play(scene, ScriptedTerminal(refunding=goes_away))


@pytest.mark.parametrize("ruling", [Ruling.CHARGED, Ruling.NOT_CHARGED])
def test_of_a_refund_nobody_says_charged(play: Play, ruling: Ruling) -> None:
    async def scene(on: Stage) -> None:
        intent = await with_a_person(on)
        before = on.journal.head
        refusal = await refused(Decisions(on.journal, NO_REPORTS).resolve(matter(intent), ruling))
        assert (refusal.code, refusal.param) == ("parameter_invalid", "decision")
        assert "given_back" in refusal.message
        assert on.journal.head == before

    play(scene, ScriptedTerminal(refunding=goes_away))


def test_what_a_person_calls_given_back_is_owed_to_stripe(play: Play) -> None:
    reports = PaymentRecordReports()

    async def scene(on: Stage) -> None:
        intent = await with_a_person(on)
        (report,) = on.journal.outbox.due(2**62, 9)
        await Decisions(on.journal, reports).resolve(matter(intent), Ruling.GIVEN_BACK)
        assert on.journal.outbox.waiting_count() == 1, "the payment's report has no id yet"
        assert report.effect.id.endswith("-report")

    play(scene, ScriptedTerminal(refunding=goes_away), reports=reports)


def test_set_aside_frees_the_reader_and_leaves_nothing_to_give_back(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await with_a_person(on)
        await Decisions(on.journal, NO_REPORTS).set_aside(matter(intent))
        on.terminal.stored = booked(25)
        on.terminal.plugged = True
        await asyncio.sleep(BACK_S)
        on.terminal.refunding = shows_0119
        known = on.journal.queries.payment_intent(intent)
        assert known is not None
        refusal = await refused(on.refunds.at_reader(READER, wish(known, 400)))
        assert refusal.code == "payment_intent_unexpected_state"
        other = await paid(on)
        assert standing(on, other).amount_received == 1250

    play(scene, ScriptedTerminal(refunding=goes_away))


def test_what_the_terminal_has_not_stored_was_not_given_back(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        await given_back(on, wish(intent, 400))
        on.terminal.plugged = True
        await asyncio.sleep(BACK_S)
        assert latest(on, intent).state is AttemptState.NOT_CHARGED
        (refund,) = on.journal.queries.refunds_of(intent.id)
        assert refund.state is RefundState.FAILED

    play(scene, ScriptedTerminal(shows_0119, refunding=goes_away))


def test_another_card_that_the_terminal_stored_is_a_persons(play: Play) -> None:
    async def stores_all_the_same(
        terminal: ScriptedTerminal, amount: int, currency: str, attendant: Attendant
    ) -> Answer:
        try:
            return await shows_4242(terminal, amount, currency, attendant)
        finally:
            reported = on_stage[0].journal.queries.unended_attempts()[0].reported
            terminal.stored = reported

    on_stage: list[Stage] = []

    async def scene(on: Stage) -> None:
        on_stage.append(on)
        intent = await paid(on)
        await given_back(on, wish(intent, 400))
        await asyncio.sleep(BACK_S)
        attempt = latest(on, intent)
        assert attempt.state is AttemptState.PERSON
        assert attempt.reason == "other_card"
        assert standing(on, intent).amount_refunded == 0

    play(scene, ScriptedTerminal(shows_0119, refunding=stores_all_the_same))


def test_a_contradicted_sale_is_decided_on_behind_its_refund(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        sale = latest(on, intent)
        await given_back(on, wish(intent, 400))
        await on.know(DiscrepancyFound(sale.id, "terminal_says_not_charged"))
        refusal = await refused(on.refunds.at_reader(READER, wish(intent, 400)))
        assert refusal.code == "payment_intent_unexpected_state"
        await Decisions(on.journal, NO_REPORTS).resolve(matter(intent.id), Ruling.CHARGED)
        again = await given_back(on, wish(intent, 400))
        assert again.state is RefundState.SUCCEEDED

    play(scene)


def test_a_payment_with_a_refund_in_hand_is_neither_changed_nor_canceled(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await with_a_person(on)
        change = Change(description="two coffees")
        refusal = await refused(on.payments.update(intent, change, actor=OFFICE, claim=None))
        assert (refusal.code, refusal.payment_intent) == ("payment_intent_unexpected_state", intent)
        await Decisions(on.journal, NO_REPORTS).resolve(matter(intent), Ruling.NOT_GIVEN_BACK)
        changed = await on.payments.update(intent, change, actor=OFFICE, claim=None)
        assert changed.record.description == "two coffees"

    play(scene, ScriptedTerminal(refunding=goes_away))
