"""What is held is neither taken nor given back where that could not be proven, or not be done."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from posd.model.facts import (
    AttemptApproved,
    AttemptKind,
    AttemptStarted,
    Baseline,
    DiscrepancyFound,
    Fact,
    OutcomeUnknown,
    PersonNeeded,
    Proof,
    StatusReported,
)
from posd.model.payment_intent import IntentState, PaymentIntent
from posd.model.quarantine_facts import BreakCause, ReaderQuarantined
from posd.model.reader_facts import ManualCapture, OperationUnsupported, ReaderDeleted
from posd_drivers.ability import Operation
from posd_drivers.card_reader import Kind, Totals, Transaction
from tests.unit.posd.holding import (
    Play,
    breaks,
    cancel,
    capture,
    held,
    now,
    owed,
    play_holding,
    says_nothing,
    to_hold,
)
from tests.unit.posd.journal.scenario import claim
from tests.unit.posd.stage import READER, TILL, Booking, ScriptedTerminal, Stage, hangs, registered
from tests.unit.posd.test_payments import refused

UNEXPECTED = "payment_intent_unexpected_state"
Doing: TypeAlias = Callable[[Stage, PaymentIntent], Awaitable[PaymentIntent]]
BOTH = pytest.mark.parametrize("doing", [capture, cancel])


@pytest.fixture
def reserving(tmp_path: Path) -> Play:
    """Plays a scene at a reader whose terminal reserves."""
    return play_holding(tmp_path, ManualCapture.PREAUTH)


@pytest.fixture
def selling(tmp_path: Path) -> Play:
    """Plays a scene at a reader whose terminal sells at once."""
    return play_holding(tmp_path, ManualCapture.SALE_THEN_REVERSE)


def closed(attempt: str = "att_posd_close") -> tuple[Fact, ...]:
    """The reader's day is closed."""
    told = Transaction(Kind.END_OF_DAY, "52523535", 1250, "eur", 0, None, None, totals=Totals(1250))
    started = AttemptStarted(
        attempt, AttemptKind.END_OF_DAY, "", READER, 0, "eur", Baseline("52523535", asked=True)
    )
    return (
        started,
        StatusReported(attempt, told, accepted=True),
        AttemptApproved(attempt, None, 1250, Proof.DIALOGUE, told),
    )


def test_what_lies_before_an_end_of_day_is_not_reversed(selling: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        await on.know(*closed())
        refusal = await refused(cancel(on, intent))
        assert (refusal.code, refusal.payment_intent) == (UNEXPECTED, intent.id)
        assert "refund" in refusal.message
        assert (now(on, intent), on.terminal.asked.count("reverse")) == (intent, 0)
        assert (await capture(on, intent)).state is IntentState.APPROVED

    selling(scene)


def test_an_end_of_day_before_the_sale_keeps_nothing_from_being_reversed(selling: Play) -> None:
    async def scene(on: Stage) -> None:
        await on.know(*closed())
        assert (await cancel(on, await held(on))).state is IntentState.CANCELED

    selling(scene)


def test_a_store_that_the_terminal_has_emptied_was_closed_by_hand(selling: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        on.attachment.baseline = Baseline("52523535", asked=True)
        assert (await refused(cancel(on, intent))).code == UNEXPECTED

    selling(scene)


@BOTH
def test_another_terminal_at_the_same_place_is_asked_nothing(reserving: Play, doing: Doing) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        on.attachment.baseline = Baseline("99999999", asked=True, receipt=17)
        before = on.journal.head
        refusal = await refused(doing(on, intent))
        assert (refusal.code, on.journal.head) == (UNEXPECTED, before)
        assert "another terminal" in refusal.message

    reserving(scene)


@BOTH
def test_without_its_receipt_number_a_reservation_is_not_found(
    reserving: Play, doing: Doing
) -> None:
    async def scene(on: Stage) -> None:
        intent = await to_hold(on)
        await on.know(*charged_by_a_person(intent, AttemptKind.PREAUTHORISATION))
        refusal = await refused(doing(on, intent))
        assert refusal.code == UNEXPECTED
        assert "at the terminal" in refusal.message

    reserving(scene)


def test_what_a_person_found_sold_is_captured_and_not_reversed(selling: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await to_hold(on)
        await on.know(*charged_by_a_person(intent, AttemptKind.SALE))
        assert (await refused(cancel(on, intent))).code == UNEXPECTED
        assert (await capture(on, intent)).state is IntentState.APPROVED

    selling(scene)


def charged_by_a_person(intent: PaymentIntent, kind: AttemptKind) -> tuple[Fact, ...]:
    """The terminal fell silent, and a person found the slip."""
    id_ = "att_posd_person"
    return (
        AttemptStarted(
            id_, kind, intent.id, READER, 1250, "eur", Baseline("52523535", asked=True, receipt=16)
        ),
        OutcomeUnknown(id_, "link_lost"),
        PersonNeeded(id_, "not_resolved_in_time"),
        AttemptApproved(id_, "ch_posd_person", 1250, Proof.PERSON, None, reason="slip found"),
    )


@BOTH
def test_what_its_terminal_contradicts_is_a_persons(selling: Play, doing: Doing) -> None:
    async def scene(on: Stage) -> None:
        intent = await to_hold(on)
        await on.know(*charged_by_a_person(intent, AttemptKind.SALE))
        await on.know(DiscrepancyFound("att_posd_person", "terminal_says_not_charged"))
        refusal = await refused(doing(on, intent))
        assert (refusal.code, "person" in refusal.message) == (UNEXPECTED, True)
        assert owed(on) == []

    selling(scene)


@BOTH
def test_a_reader_that_is_gone_or_quarantined_is_asked_nothing(
    reserving: Play, doing: Doing
) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        await on.know(ReaderQuarantined(READER, BreakCause.BUG, None, "AssertionError"))
        assert (await refused(doing(on, intent))).code == "terminal_reader_offline"
        await on.know(ReaderDeleted(READER))
        assert (await refused(doing(on, intent))).status == 404

    reserving(scene)


@BOTH
def test_a_reader_that_has_another_payment_is_busy(reserving: Play, doing: Doing) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        on.terminal.dialogue = hangs
        other = await on.order()
        await on.process(other)
        refusal = await refused(doing(on, intent))
        assert (refusal.code, refusal.payment_intent) == ("terminal_reader_busy", other.id)

    reserving(scene)


@pytest.mark.parametrize(
    ("doing", "lacks"), [(capture, Operation.CAPTURE), (cancel, Operation.CAPTURE)]
)
def test_what_the_terminal_was_learned_not_to_do_is_not_asked_again(
    reserving: Play, doing: Doing, lacks: Operation
) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        await on.know(OperationUnsupported(READER, lacks))
        before = on.journal.head
        assert lacks.value in (await refused(doing(on, intent))).message
        assert on.journal.head == before

    reserving(scene)


@BOTH
def test_a_posd_about_to_stop_begins_nothing_at_a_reader(reserving: Play, doing: Doing) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        on.captures.close_doors()
        assert (await refused(doing(on, intent))).code == "terminal_reader_offline"
        assert now(on, intent) == intent

    reserving(scene)


def test_more_than_is_held_is_not_captured(reserving: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        refusal = await refused(capture(on, intent, 1251))
        assert (refusal.code, refusal.param) == ("amount_too_large", "amount_to_capture")
        assert on.terminal.asked.count("capture") == 0

    reserving(scene)


def test_what_is_not_held_is_not_captured(reserving: Play) -> None:
    async def scene(on: Stage) -> None:
        assert (await refused(capture(on, await to_hold(on)))).code == UNEXPECTED
        intent = await held(on)
        await capture(on, intent)
        assert "already" in (await refused(capture(on, intent))).message
        canceled = await cancel(on, await held(on))
        assert "canceled" in (await refused(capture(on, canceled))).message
        assert (await refused(cancel(on, intent))).code == UNEXPECTED

    reserving(scene)


def test_a_capture_that_is_repeated_under_its_key_is_one_capture(reserving: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        key = claim("k7", route=f"POST /v1/payment_intents/{intent.id}/capture")
        first = await on.captures.capture(intent.id, 900, actor=TILL, claim=key)
        again = await on.captures.capture(intent.id, 900, actor=TILL, claim=key)
        assert (first.replayed, again.replayed) == (False, True)
        assert first.record == again.record
        assert on.terminal.asked.count("capture") == 1

    reserving(scene)


@pytest.mark.parametrize("breaking", [breaks, says_nothing])
def test_an_order_is_guarded_while_it_is_held_and_while_that_is_unproven(
    reserving: Play, breaking: Booking
) -> None:
    async def scene(on: Stage) -> None:
        first = await held(on, order_id="A-17")
        second = await on.order(order_id="A-17")
        assert (await refused(on.process(second))).payment_intent == first.id
        await capture(on, first)
        await on.know(registered("tmr_posd_2"))
        assert (await refused(on.process(second, "tmr_posd_2"))).payment_intent == first.id

    reserving(scene, ScriptedTerminal(booking=breaking))
