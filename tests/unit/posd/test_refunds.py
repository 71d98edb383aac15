"""Money goes back once, to whom it came from, and only as long as something is left (M7, M11)."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from posd.errors import Refused
from posd.model.attempt import AttemptState
from posd.model.facts import AttemptKind
from posd.model.payment_intent import IntentState
from posd.model.refund import RefundState
from posd_drivers.card_reader import (
    AbortCause,
    Answer,
    Attendant,
    Kind,
    Original,
)
from posd_drivers.errors import NotSent, OutcomeUnknown
from tests.unit.posd.giving_back import (
    OFFICE,
    declines,
    given_back,
    latest,
    paid,
    settles,
    shows_0119,
    shows_4242,
    standing,
    tills,
    waits_for_a_stop,
    wish,
)
from tests.unit.posd.journal.scenario import claim
from tests.unit.posd.stage import (
    HELD_S,
    READER,
    TILL,
    ScriptedTerminal,
    Stage,
    booked,
    hangs,
    played,
)
from tests.unit.posd.test_payments import Play, refused


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


async def reverses_another(
    terminal: ScriptedTerminal, original: Original, amount: int, attendant: Attendant
) -> Answer:
    """Says that it took back another sale than the one it was asked for."""
    assert original.trace is not None
    transaction = booked(terminal.next_receipt, amount)
    other = type(transaction)(
        Kind.REVERSAL,
        transaction.terminal_id,
        amount,
        "eur",
        0,
        transaction.receipt,
        transaction.trace,
        original_trace=original.trace - 1,
    )
    return await settles(terminal, other, attendant)


def test_a_whole_sale_is_taken_back_where_it_was_taken_without_its_card(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        refund = (await on.refunds.create(tills(intent))).record
        assert (refund.state, refund.amount, refund.owner) == (RefundState.PENDING, 1250, TILL)
        await asyncio.sleep(HELD_S)
        attempt, now = latest(on, intent), standing(on, intent)
        assert (attempt.kind, attempt.original) == (AttemptKind.REVERSAL, intent.attempt)
        assert attempt.state is AttemptState.APPROVED
        assert (now.state, now.amount_refunded) == (IntentState.APPROVED, 1250)
        (known,) = on.journal.queries.refunds_of(intent.id)
        assert (known.state, known.attempt) == (RefundState.SUCCEEDED, attempt.id)
        assert on.terminal.asked.count("reverse") == 1
        assert "refund" not in on.terminal.asked

    play(scene)


def test_request_and_attempt_become_durable_together_before_the_terminal_hears(
    play: Play,
) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        refund = await given_back(on, wish(intent, 400))
        (requested,) = on.journal.queries.entries(refund.id)
        started = on.journal.queries.entries(refund.attempt or "")[0]
        assert (requested.kind, started.kind) == ("RefundRequested", "AttemptStarted")
        assert started.seq == requested.seq + 1
        assert requested.actor == started.actor == OFFICE

    play(scene)


def test_parts_go_back_to_the_card_until_nothing_is_left(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        first = await given_back(on, wish(intent, 400))
        assert latest(on, intent).kind is AttemptKind.REFUND
        assert (first.state, standing(on, intent).amount_left) == (RefundState.SUCCEEDED, 850)
        refusal = await refused(on.refunds.at_reader(READER, wish(intent, 851)))
        assert (refusal.code, refusal.param) == ("amount_too_large", "amount")
        rest = await given_back(on, wish(intent))
        assert rest.amount == 850
        assert standing(on, intent).given_back
        refusal = await refused(on.refunds.at_reader(READER, wish(intent, 1)))
        assert (refusal.code, refusal.param) == ("charge_already_refunded", "payment_intent")
        assert on.terminal.asked.count("refund") == 2

    play(scene)


def test_a_charge_names_its_payment(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        refund = (await on.refunds.create(wish(None, charge=intent.charge))).record
        assert (refund.payment_intent, refund.charge) == (intent.id, intent.charge)

    play(scene)


@pytest.mark.parametrize("charge", ["ch_posd_1", "pi_posd_1", ""])
def test_a_charge_that_nobody_knows_is_missing(play: Play, charge: str) -> None:
    async def scene(on: Stage) -> None:
        refusal = await refused(on.refunds.create(wish(None, charge=charge)))
        assert (refusal.code, refusal.param, refusal.status) == ("resource_missing", "charge", 404)

    play(scene)


def test_a_declined_charge_took_nothing(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        charge = latest(on, intent).id.replace("att_", "ch_")
        refusal = await refused(on.refunds.create(wish(None, charge=charge)))
        assert (refusal.code, refusal.param) == ("charge_not_refundable", "charge")

    play(scene, ScriptedTerminal(declines))


def test_what_is_not_paid_is_not_given_back(play: Play) -> None:
    async def scene(on: Stage) -> None:
        new = await on.order()
        in_hand = await on.order()
        await on.process(in_hand)
        before = on.journal.head
        for intent in (new, in_hand):
            for call in (
                on.refunds.create(wish(intent)),
                on.refunds.at_reader(READER, wish(intent)),
            ):
                refusal = await refused(call)
                assert refusal.code == "payment_intent_unexpected_state"
                assert refusal.payment_intent == intent.id
        assert on.journal.head == before

    play(scene, ScriptedTerminal(hangs))


def test_without_a_card_only_a_whole_sale_goes_back(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        before = on.journal.head
        refusal = await refused(on.refunds.create(wish(intent, 400)))
        assert (refusal.code, refusal.param) == ("charge_not_refundable", "payment_intent")
        assert "refund_payment" in refusal.message
        assert on.journal.head == before

    play(scene)


def test_without_its_reader_a_sale_goes_back_to_its_card_elsewhere(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        on.terminal.unplug()
        await asyncio.sleep(HELD_S)
        refusal = await refused(on.refunds.create(wish(intent)))
        assert refusal.code == "charge_not_refundable"
        assert "refund_payment" in refusal.message
        refusal = await refused(on.refunds.at_reader(READER, wish(intent)))
        assert refusal.code == "terminal_reader_offline"

    play(scene)


def test_a_refund_whose_outcome_is_open_leaves_nothing_to_give_back(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        refund = await given_back(on, wish(intent, 100))
        assert refund.state is RefundState.PENDING
        assert standing(on, intent).amount_refunded == 0
        refusal = await refused(on.refunds.at_reader(READER, wish(intent, 100)))
        assert refusal.code == "payment_intent_unexpected_state"
        assert "refund of 100 eur" in refusal.message

    play(scene, ScriptedTerminal(refunding=goes_away))


def test_a_reader_that_is_busy_gives_nothing_back(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        on.terminal.dialogue = hangs
        taken = await on.order()
        await on.process(taken)
        for call in (on.refunds.create(wish(intent)), on.refunds.at_reader(READER, wish(intent))):
            refusal = await refused(call)
            assert (refusal.code, refusal.payment_intent) == ("terminal_reader_busy", taken.id)

    play(scene)


def test_a_refund_in_hand_is_no_payment_that_a_till_hands_over_again(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        await on.refunds.at_reader(READER, wish(intent, 100))
        refusal = await refused(on.process(intent))
        assert refusal.code == "intent_invalid_state"

    play(scene, ScriptedTerminal(refunding=hangs))


def test_a_declined_refund_gave_nothing_and_may_be_tried_again(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        refund = await given_back(on, wish(intent, 400))
        assert (refund.state, standing(on, intent).amount_refunded) == (RefundState.FAILED, 0)
        on.terminal.refunding = shows_0119
        again = await given_back(on, wish(intent, 1250))
        assert again.state is RefundState.SUCCEEDED

    play(scene, ScriptedTerminal(refunding=declines))


def test_what_never_reached_the_terminal_gave_nothing(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        refusal = await refused(on.refunds.at_reader(READER, wish(intent, 400)))
        assert refusal.code == "terminal_reader_offline"
        (refund,) = on.journal.queries.refunds_of(intent.id)
        assert refund.state is RefundState.FAILED

    play(scene, ScriptedTerminal(faults={"refund": [NotSent("gone")]}))


def test_a_refund_can_be_stopped_like_a_sale(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        await on.refunds.at_reader(READER, wish(intent, 400))
        await on.payments.cancel_action(READER, actor=OFFICE, claim=None)
        (refund,) = on.journal.queries.refunds_of(intent.id)
        assert refund.state is RefundState.FAILED
        assert latest(on, intent).cause is AbortCause.TILL

    play(scene, ScriptedTerminal(refunding=waits_for_a_stop))


def test_one_key_is_one_refund(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        key = claim("refund-1", route="POST /v1/refunds")
        first = await on.refunds.create(wish(intent, claim=key))
        await asyncio.sleep(HELD_S)
        again = await on.refunds.create(wish(intent, claim=key))
        assert (again.replayed, again.record.id) == (True, first.record.id)
        assert again.record.state is RefundState.SUCCEEDED
        at = claim("refund-2", route=f"POST /v1/terminal/readers/{READER}/refund_payment")
        other = await paid(on)
        for replayed in (False, True):
            told = await on.refunds.at_reader(READER, wish(other, 400, claim=at))
            assert told.replayed is replayed
            await asyncio.sleep(HELD_S)
        assert on.terminal.asked.count("refund") == 1

    play(scene)


def test_another_card_gets_nothing_before_that_is_proven(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        refund = await given_back(on, wish(intent, 400))
        attempt = latest(on, intent)
        assert attempt.reported is not None
        assert attempt.reported.card.last4 == "4242"
        assert refund.state is not RefundState.SUCCEEDED
        kinds = on.kinds(attempt.id)
        (entry,) = (
            one for one in on.journal.queries.entries(attempt.id) if one.kind == "StatusReported"
        )
        assert entry.fact is not None
        assert getattr(entry.fact, "reason", None) == "other_card"
        assert "AttemptApproved" not in kinds

    play(scene, ScriptedTerminal(shows_0119, refunding=shows_4242))


def test_the_card_that_paid_is_given_back_to(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        assert (await given_back(on, wish(intent, 400))).state is RefundState.SUCCEEDED

    play(scene, ScriptedTerminal(shows_0119, refunding=shows_0119))


def test_a_reversal_that_names_another_sale_is_refused(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        await given_back(on, wish(intent))
        attempt = latest(on, intent)
        assert attempt.kind is AttemptKind.REVERSAL
        assert "AttemptApproved" not in on.kinds(attempt.id)
        assert standing(on, intent).amount_refunded == 0

    play(scene, ScriptedTerminal(booking=reverses_another))


def test_a_posd_that_stops_begins_no_refund(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        on.refunds.close_doors()
        refusal = await refused(on.refunds.at_reader(READER, wish(intent)))
        assert refusal.code == "terminal_reader_offline"
        assert (await refused(on.refunds.create(wish(intent)))).code == "charge_not_refundable"

    play(scene)


def test_an_order_is_free_once_all_of_its_payment_went_back(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on, order_id="A-17")
        again = await on.order(order_id="A-17")
        await given_back(on, wish(intent, 400))
        refusal = await refused(on.process(again))
        assert (refusal.code, refusal.payment_intent) == (
            "payment_intent_unexpected_state",
            intent.id,
        )
        await given_back(on, wish(intent))
        await on.process(again)
        assert standing(on, again).state is IntentState.APPROVED

    play(scene)


def test_what_is_written_on_a_refund_can_be_changed(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        refund = await given_back(on, wish(intent, 400))
        changed = await on.refunds.update(refund.id, {"till": "3"}, actor=OFFICE, claim=None)
        assert changed.record.metadata == {"till": "3"}
        before = on.journal.head
        await on.refunds.update(refund.id, {"till": "3"}, actor=OFFICE, claim=None)
        assert on.journal.head == before
        with pytest.raises(Refused) as caught:
            await on.refunds.update("re_posd_9", {}, actor=OFFICE, claim=None)
        assert (caught.value.code, caught.value.status) == ("resource_missing", 404)

    play(scene)
