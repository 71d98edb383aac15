"""What a reader holds is taken by a capture or given back by a cancel, proven at its terminal."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from posd.captures import LAST_WORD_S
from posd.fleet import DeleteReader
from posd.hearing import deliveries
from posd.model.attempt import AttemptState
from posd.model.facts import AttemptKind
from posd.model.payment_intent import IntentState
from posd.model.reader_facts import ManualCapture, OperationUnsupported
from posd_drivers.ability import Operation
from posd_drivers.card_reader import Answer, Attendant, Original
from posd_drivers.errors import NotSent
from tests.unit.posd.holding import (
    Play,
    booking,
    breaks,
    cancel,
    capture,
    held,
    holding,
    no,
    now,
    owed,
    play_holding,
    says_nothing,
    stops,
    to_hold,
)
from tests.unit.posd.stage import HELD_S, READER, TILL, Booking, ScriptedTerminal, Stage, played
from tests.unit.posd.test_payments import refused

INCOMPATIBLE = "payment_intent_incompatible_payment_method"
UNEXPECTED = "payment_intent_unexpected_state"


@pytest.fixture
def reserving(tmp_path: Path) -> Play:
    """Plays a scene at a reader whose terminal reserves."""
    return play_holding(tmp_path, ManualCapture.PREAUTH)


@pytest.fixture
def selling(tmp_path: Path) -> Play:
    """Plays a scene at a reader whose terminal sells at once."""
    return play_holding(tmp_path, ManualCapture.SALE_THEN_REVERSE)


def test_a_reservation_is_captured_in_full_at_the_terminal_that_made_it(reserving: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        assert (intent.state, intent.amount_capturable) == (IntentState.CAPTURABLE, 1250)
        assert on.attempt_of(intent).kind is AttemptKind.PREAUTHORISATION
        assert on.terminal.asked.count("authorize") == 0
        captured = await capture(on, intent)
        assert captured.state is IntentState.APPROVED
        assert (captured.amount_received, captured.amount_capturable) == (1250, 0)
        taken = booking(on, intent)
        assert (taken.kind, taken.amount) == (AttemptKind.CAPTURE, 1250)
        assert taken.original == on.attempt_of(intent).id

    reserving(scene)


def test_a_part_is_captured_with_the_used_amount(reserving: Play) -> None:
    used: list[tuple[Original, int]] = []

    async def notes(on: ScriptedTerminal, of: Original, amount: int, hand: Attendant) -> Answer:
        used.append((of, amount))
        return await no(on, of, amount, hand)

    async def scene(on: Stage) -> None:
        intent = await held(on)
        await refused(capture(on, intent, 900))
        assert used == [(Original(17, 1250, "eur", 117), 900)]

    reserving(scene, ScriptedTerminal(booking=notes))


def test_only_the_captured_part_was_received_and_is_reported(reserving: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        assert owed(on) == []
        captured = await capture(on, intent, 900)
        assert (captured.amount, captured.amount_received) == (1250, 900)
        (report,) = owed(on)
        assert b"amount_requested[value]=900&" in report
        assert f"payment_reference]={intent.charge}".encode() in report

    reserving(scene)


def test_a_sale_is_captured_whole_and_no_terminal_hears_of_it(selling: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        assert on.attempt_of(intent).kind is AttemptKind.SALE
        assert (intent.state, owed(on)) == (IntentState.CAPTURABLE, [])
        on.terminal.unplug()
        on.terminal.asked.clear()
        refusal = await refused(capture(on, intent, 900))
        assert (refusal.code, refusal.param) == ("parameter_invalid", "amount_to_capture")
        assert now(on, intent) == intent
        captured = await capture(on, intent)
        assert (captured.state, captured.amount_received) == (IntentState.APPROVED, 1250)
        (report,) = owed(on)
        assert b"amount_requested[value]=1250&" in report
        assert {"capture", "reverse"}.isdisjoint(on.terminal.asked)

    selling(scene)


def test_what_is_reserved_is_released_by_a_cancel(reserving: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        canceled = await cancel(on, intent, "abandoned")
        assert (canceled.state, canceled.amount_capturable) == (IntentState.CANCELED, 0)
        assert (canceled.cancellation_reason, canceled.amount_received) == ("abandoned", 0)
        given = booking(on, intent)
        assert (given.kind, given.amount) == (AttemptKind.RELEASE, 1250)
        assert (on.terminal.asked.count("release"), owed(on)) == (1, [])

    reserving(scene)


def test_what_is_sold_is_reversed_by_a_cancel(selling: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        canceled = await cancel(on, intent)
        assert canceled.state is IntentState.CANCELED
        given = booking(on, intent)
        assert (given.kind, given.refund) == (AttemptKind.REVERSAL, None)
        assert (on.terminal.asked.count("reverse"), owed(on)) == (1, [])

    selling(scene)


def test_what_no_reader_holds_is_canceled_without_one(reserving: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await to_hold(on)
        assert (await cancel(on, intent)).state is IntentState.CANCELED

    reserving(scene, ScriptedTerminal(plugged=False))


def test_a_reader_that_refuses_manual_capture_hears_of_no_payment(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        intent = await to_hold(on)
        before = on.journal.head
        assert (await refused(on.process(intent))).code == INCOMPATIBLE
        assert on.journal.head == before

    played(tmp_path, scene)


@pytest.mark.parametrize(
    ("how", "lacks"),
    [
        (ManualCapture.PREAUTH, Operation.PREAUTHORISATION),
        (ManualCapture.PREAUTH, Operation.CAPTURE),
        (ManualCapture.SALE_THEN_REVERSE, Operation.REVERSAL),
    ],
)
def test_a_terminal_that_could_not_finish_it_does_not_begin(
    tmp_path: Path, how: ManualCapture, lacks: Operation
) -> None:
    async def scene(on: Stage) -> None:
        intent = await to_hold(on)
        await on.know(OperationUnsupported(READER, lacks))
        before = on.journal.head
        assert lacks.value in (await refused(on.process(intent))).message
        assert on.journal.head == before

    played(tmp_path, scene, None, holding(how))


@pytest.mark.parametrize("says", [no, stops])
def test_what_the_terminal_refuses_is_held_as_before(reserving: Play, says: Booking) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        refusal = await refused(capture(on, intent))
        assert (refusal.code, refusal.payment_intent) == ("processing_error", intent.id)
        assert (now(on, intent).state, owed(on)) == (IntentState.CAPTURABLE, [])
        assert (await refused(cancel(on, intent))).code == "processing_error"
        assert now(on, intent).state is IntentState.CAPTURABLE

    reserving(scene, ScriptedTerminal(booking=says))


def test_an_absent_terminal_captures_nothing_and_nothing_is_journaled(reserving: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        on.terminal.unplug()
        await asyncio.sleep(HELD_S)
        before = on.journal.head
        for doing in (capture(on, intent), cancel(on, intent)):
            assert (await refused(doing)).code == "terminal_reader_offline"
        assert (on.journal.head, now(on, intent)) == (before, intent)

    reserving(scene)


def test_a_terminal_that_took_no_octet_holds_it_as_before(reserving: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        assert (await refused(capture(on, intent))).code == "terminal_reader_offline"
        assert booking(on, intent).state is AttemptState.NOT_SENT
        assert now(on, intent).state is IntentState.CAPTURABLE

    reserving(scene, ScriptedTerminal(faults={"capture": [NotSent("no such device")]}))


def test_a_capture_that_breaks_is_told_as_it_stands_and_blocks_the_payment(
    reserving: Play,
) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        on.terminal.faults["last_transaction"] = []
        on.terminal.plugged = False
        told = await capture(on, intent)
        assert told.state is IntentState.UNPROVEN
        assert (told.amount_received, told.amount_capturable, owed(on)) == (0, 1250, [])
        for doing in (capture(on, intent), cancel(on, intent), on.process(intent)):
            assert (await refused(doing)).code == UNEXPECTED

    reserving(scene, ScriptedTerminal(booking=breaks))


def test_a_capture_without_a_last_word_is_told_as_it_stands_after_a_minute(
    reserving: Play,
) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        began = asyncio.get_running_loop().time()
        told = await capture(on, intent)
        assert asyncio.get_running_loop().time() - began == pytest.approx(LAST_WORD_S, abs=0.1)
        assert (told.state, booking(on, intent).unended) == (IntentState.IN_HAND, True)

    reserving(scene, ScriptedTerminal(booking=says_nothing))


def test_a_capture_that_the_terminal_does_not_take_in_time_goes_on(reserving: Play) -> None:
    async def ignores(_on: ScriptedTerminal, _of: Original, _amount: int, _: Attendant) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async def scene(on: Stage) -> None:
        intent = await held(on)
        refusal = await refused(capture(on, intent))
        assert (refusal.code, refusal.payment_intent) == ("terminal_reader_timeout", intent.id)
        assert (now(on, intent).state, booking(on, intent).unended) == (IntentState.IN_HAND, True)

    reserving(scene, ScriptedTerminal(booking=ignores))


def test_its_till_hears_once_that_it_is_held(reserving: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await held(on)
        assert [one.id for one in on.journal.queries.unheard_payment_intents()] == [intent.id]
        (heard,) = deliveries([intent], TILL)
        await on.journal.commit(heard)
        assert on.journal.queries.unheard_payment_intents() == []
        assert deliveries([now(on, intent)], TILL) == ()

    reserving(scene)


def test_a_reader_is_not_deleted_while_its_terminal_holds_a_payment(reserving: Play) -> None:
    async def scene(on: Stage) -> None:
        await on.know(replace(holding(ManualCapture.PREAUTH), declared=False))
        intent = await held(on)
        refusal = await refused(on.journal.commit(DeleteReader(READER, "key_posd_manager")))
        assert (refusal.code, refusal.payment_intent) == ("terminal_reader_busy", intent.id)
        await capture(on, intent)
        await on.journal.commit(DeleteReader(READER, "key_posd_manager"))

    reserving(scene)
