"""What is to be paid is changed and taken back only while no reader has it (M9)."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from posd.errors import Refused
from posd.intents import METADATA_KEYS_MAX, Change
from posd.model.attempt import AttemptState
from posd.model.facts import OutcomeUnknown, PersonNeeded
from posd.model.payment_intent import IntentState, PaymentIntent
from posd_drivers.card_reader import Answer, Attendant, Declined
from tests.unit.posd.journal.scenario import claim
from tests.unit.posd.stage import TILL, ScriptedTerminal, Stage, approves, hangs, played
from tests.unit.posd.test_payments import Play, refused

UNEXPECTED = "payment_intent_unexpected_state"


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Plays a scene on a stage, in virtual time."""
    return partial(played, tmp_path)


async def update(on: Stage, intent: PaymentIntent, change: Change) -> PaymentIntent:
    return (await on.payments.update(intent.id, change, actor=TILL, claim=None)).record


async def cancel(on: Stage, intent: PaymentIntent, reason: str | None = None) -> PaymentIntent:
    return (await on.captures.cancel(intent.id, reason, actor=TILL, claim=None)).record


async def declines(_on: ScriptedTerminal, _amount: int, _currency: str, sale: Attendant) -> Answer:
    sale.acknowledged()
    return Declined(0x05)


Doing = Callable[[Stage, PaymentIntent], Awaitable[PaymentIntent]]
UPDATE: Doing = partial(update, change=Change(amount=1))
DOINGS = [pytest.param(UPDATE, id="update"), pytest.param(cancel, id="cancel")]


def test_what_is_changed_is_what_is_charged(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order(order_id="A-17", till="1")
        change = Change(1999, "two coffees", {"till": "", "order_id": "A-18"})
        changed = await update(on, intent, change)
        assert (changed.amount, changed.description) == (1999, "two coffees")
        assert (changed.metadata, changed.order) == ({"order_id": "A-18"}, "A-18")
        await on.process(intent)
        assert on.attempt_of(intent).amount == 1999
        queries = on.journal.queries
        assert [one.id for one in queries.payment_intents_of("A-18", None, 9)] == [intent.id]
        assert queries.payment_intents_of("A-17", None, 9) == []

    play(scene)


def test_what_is_not_named_stays_and_what_is_unset_goes(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order(order_id="A-17")
        before = on.journal.head
        assert await update(on, intent, Change()) == intent
        assert on.journal.head == before
        described = await update(on, intent, Change(description="coffee"))
        assert (described.amount, described.metadata) == (1250, {"order_id": "A-17"})
        bare = await update(on, intent, Change(description="", metadata=None))
        assert (bare.description, bare.metadata, bare.order) == (None, {}, None)

    play(scene)


def test_what_no_reader_could_take_is_refused(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        many = {f"k{number}": "v" for number in range(METADATA_KEYS_MAX + 1)}
        assert (await refused(update(on, intent, Change(10**9)))).code == "amount_too_large"
        assert (await refused(update(on, intent, Change(metadata=many)))).param == "metadata"
        missing = on.payments.update("pi_posd_no", Change(1), actor=TILL, claim=None)
        assert (await refused(missing)).status == 404

    play(scene)


@pytest.mark.parametrize("doing", DOINGS)
def test_what_a_reader_has_in_hand_stays(play: Play, doing: Doing) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        refusal = await refused(doing(on, intent))
        assert (refusal.code, refusal.payment_intent) == (UNEXPECTED, intent.id)
        attempt = on.attempt_of(intent)
        assert attempt.state is AttemptState.STARTED
        await on.know(OutcomeUnknown(attempt.id, "silence"), PersonNeeded(attempt.id, "silence"))
        assert (await refused(doing(on, intent))).code == UNEXPECTED

    play(scene, ScriptedTerminal(hangs))


def test_what_is_paid_keeps_its_amount_and_its_order(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order(order_id="A-17")
        await on.process(intent)
        for change in (
            Change(amount=1),
            Change(metadata=None),
            Change(metadata={"order_id": "A-18"}),
            Change(metadata={"order_part": "1"}),
        ):
            assert (await refused(update(on, intent, change))).code == UNEXPECTED
        noted = await update(on, intent, Change(description="paid", metadata={"cashier": "7"}))
        assert (noted.state, noted.order) == (IntentState.APPROVED, "A-17")
        assert (await refused(cancel(on, intent))).code == UNEXPECTED

    play(scene)


def test_what_is_canceled_is_never_taken(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        canceled = await cancel(on, intent, "abandoned")
        assert (canceled.state, canceled.cancellation_reason) == (IntentState.CANCELED, "abandoned")
        assert canceled.canceled_ms == on.clock.now_ms
        refusal = await refused(on.process(intent))
        assert (refusal.code, refusal.payment_intent) == (UNEXPECTED, intent.id)
        assert "authorize" not in on.terminal.asked
        for doing in (UPDATE, cancel):
            assert (await refused(doing(on, intent))).code == UNEXPECTED

    play(scene)


def test_a_declined_payment_can_be_canceled_and_its_order_paid_anew(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order(order_id="A-17")
        await on.process(intent)
        await cancel(on, intent)
        on.terminal.dialogue = approves
        again = await on.order(order_id="A-17")
        await on.process(again)
        assert on.attempt_of(again).state is AttemptState.APPROVED

    play(scene, ScriptedTerminal(declines))


def test_a_cancel_and_a_sale_at_once_are_one_of_them(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        await cancel(on, intent)
        with pytest.raises(Refused):
            await on.process(intent)
        assert on.kinds(intent.id) == ["PaymentIntentCreated", "PaymentIntentCanceled"]

    play(scene)


def test_the_same_cancel_again_is_answered_from_the_records(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        asked = claim("cancel-1")
        for replayed in (False, True):
            told = await on.captures.cancel(intent.id, None, actor=TILL, claim=asked)
            assert (told.replayed, told.record.state) == (replayed, IntentState.CANCELED)

    play(scene)


def test_the_payments_of_an_order_by_day_and_page(play: Play) -> None:
    async def scene(on: Stage) -> None:
        made = [await on.order(order_id="A-17") for _ in range(3)]
        await on.order(order_id="A-18")
        queries = on.journal.queries
        newest_first = [one.id for one in reversed(made)]
        day = made[0].business_day
        assert [one.id for one in queries.payment_intents_of("A-17", day, 9)] == newest_first
        assert queries.payment_intents_of("A-17", "2001-01-01", 9) == []
        page = queries.payment_intents_of("A-17", None, 2, newest_first[0])
        assert [one.id for one in page] == newest_first[1:]

    play(scene)
