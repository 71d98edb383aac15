"""What a till may do, decided where money would move: one reader, one intent, one order (M7)."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from posd.errors import Refused
from posd.handover import ACKNOWLEDGE_S
from posd.intents import NewPaymentIntent
from posd.model.attempt import AttemptState
from posd.model.money import AMOUNT_MAX
from posd.model.reader_facts import ReaderRegistered
from posd.model.upstream_facts import MirrorKind, ObjectGone, ObjectMirrored
from posd_drivers.card_reader import Answer, Attendant
from posd_drivers.errors import NotSent
from tests.unit.posd.journal.scenario import DAY_MS, claim
from tests.unit.posd.stage import READER, TILL, ScriptedTerminal, Stage, hangs, played, registered

Play = Callable[..., None]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Plays a scene on a stage, in virtual time."""
    return partial(played, tmp_path)


async def refused(doing: Awaitable[object]) -> Refused:
    """The refusal that the call ends in."""
    with pytest.raises(Refused) as caught:
        await doing
    return caught.value


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (0, "eur", "amount_too_small"),
        (AMOUNT_MAX + 1, "eur", "amount_too_large"),
        (1250, "isk", "currency_not_supported"),
    ],
)
def test_what_cannot_be_taken_is_no_payment(
    play: Play, amount: int, currency: str, code: str
) -> None:
    async def scene(on: Stage) -> None:
        before = on.journal.head
        new = NewPaymentIntent(amount, currency)
        assert (await refused(on.payments.create(new, actor=TILL, claim=None))).code == code
        assert on.journal.head == before

    play(scene)


def test_a_payment_is_three_facts_of_its_attempt(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        attempt = on.attempt_of(intent)
        assert attempt.state is AttemptState.APPROVED
        assert on.kinds(attempt.id) == ["AttemptStarted", "StatusReported", "AttemptApproved"]

    play(scene)


def test_two_sales_at_once_on_one_reader_are_one_sale(play: Play) -> None:
    async def scene(on: Stage) -> None:
        first, second = await on.order(), await on.order()
        calls = (on.process(first), on.process(second))
        done = await asyncio.gather(*calls, return_exceptions=True)
        (refusal,) = (result for result in done if isinstance(result, Refused))
        assert refusal.code == "terminal_reader_busy"
        assert refusal.payment_intent in (first.id, second.id)
        assert on.terminal.asked.count("authorize") == 1

    play(scene, ScriptedTerminal(hangs))


def test_the_same_intent_on_the_same_reader_again_is_the_running_payment(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        before = on.journal.head
        await on.process(intent)
        assert on.journal.head == before

    play(scene, ScriptedTerminal(hangs))


def test_the_same_intent_on_another_reader_is_refused(play: Play) -> None:
    async def scene(on: Stage) -> None:
        other = ReaderRegistered("tmr_posd_2", "zvt+tcp://2:1", "2", None, "eur", declared=False)
        await on.know(other)
        intent = await on.order()
        await on.process(intent)
        refusal = await refused(on.process(intent, "tmr_posd_2"))
        assert (refusal.code, refusal.payment_intent) == (
            "payment_intent_unexpected_state",
            intent.id,
        )

    play(scene, ScriptedTerminal(hangs))


def test_what_is_paid_is_not_paid_again(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        refusal = await refused(on.process(intent))
        assert (refusal.code, refusal.payment_intent) == ("intent_invalid_state", intent.id)

    play(scene)


def test_an_order_is_paid_once_a_day(play: Play) -> None:
    async def scene(on: Stage) -> None:
        first, second = await on.order(order_id="A-17"), await on.order(order_id="A-17")
        await on.process(first)
        refusal = await refused(on.process(second))
        assert (refusal.code, refusal.payment_intent) == (
            "payment_intent_unexpected_state",
            first.id,
        )
        on.clock.now_ms += DAY_MS
        await on.process(await on.order(order_id="A-17"))
        await on.process(await on.order(order_id="A-18"))

    play(scene)


def test_an_order_whose_payment_is_unproven_is_guarded(play: Play) -> None:
    async def scene(on: Stage) -> None:
        await on.know(registered("tmr_posd_2"))
        first, second = await on.order(order_id="A-17"), await on.order(order_id="A-17")
        await on.process(first)
        refusal = await refused(on.process(second, "tmr_posd_2"))
        assert (refusal.code, refusal.payment_intent) == (
            "payment_intent_unexpected_state",
            first.id,
        )

    play(scene, ScriptedTerminal(hangs))


def test_a_split_names_every_part(play: Play) -> None:
    async def scene(on: Stage) -> None:
        await on.process(await on.order(order_id="A-17", order_part="1"))
        await on.process(await on.order(order_id="A-17", order_part="2"))
        again = await on.order(order_id="A-17", order_part="2")
        assert (await refused(on.process(again))).code == "payment_intent_unexpected_state"
        whole = await on.order(order_id="A-17")
        assert (await refused(on.process(whole))).code == "payment_intent_unexpected_state"

    play(scene)


def test_another_currency_than_the_readers_is_refused(play: Play) -> None:
    async def scene(on: Stage) -> None:
        francs = await on.order(currency="chf")
        code = (await refused(on.process(francs))).code
        assert code == "payment_intent_incompatible_payment_method"

    play(scene)


def test_manual_capture_is_refused(play: Play) -> None:
    async def scene(on: Stage) -> None:
        new = NewPaymentIntent(1250, "eur", capture_method="manual")
        intent = (await on.payments.create(new, actor=TILL, claim=None)).record
        code = (await refused(on.process(intent))).code
        assert code == "payment_intent_incompatible_payment_method"

    play(scene)


def test_what_is_not_known_is_missing(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        nowhere = await refused(on.process(intent, "tmr_posd_9"))
        nothing = await refused(on.payments.process(READER, "pi_9", actor=TILL, claim=None))
        assert (nowhere.code, nowhere.status) == ("resource_missing", 404)
        assert (nothing.code, nothing.status) == ("resource_missing", 404)

    play(scene)


def test_one_of_stripes_own_readers_takes_no_payment_from_posd(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.know(ObjectMirrored("tmr_1", MirrorKind.READER, {"label": "Window"}))
        before = on.journal.head
        sale = await refused(on.process(intent, "tmr_1"))
        cancel = await refused(on.payments.cancel_action("tmr_1", actor=TILL, claim=None))
        assert (sale.code, sale.param) == (cancel.code, cancel.param)
        assert sale.param == "reader"
        assert "Stripe's own" in sale.message
        assert on.journal.head == before
        await on.know(ObjectGone("tmr_1", MirrorKind.READER))
        assert (await refused(on.process(intent, "tmr_1"))).status == 404

    play(scene, ScriptedTerminal())


def test_an_absent_terminal_is_said_to_be_absent_and_nothing_is_journaled(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        before = on.journal.head
        assert (await refused(on.process(intent))).code == "terminal_reader_offline"
        assert on.journal.head == before

    play(scene, ScriptedTerminal(plugged=False))


def test_a_terminal_that_took_no_octet_leaves_the_payment_payable(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        assert (await refused(on.process(intent))).code == "terminal_reader_offline"
        assert on.attempt_of(intent).state is AttemptState.NOT_SENT
        await asyncio.sleep(5)
        await on.process(intent)
        assert on.attempt_of(intent).state is AttemptState.APPROVED

    play(scene, ScriptedTerminal(faults={"authorize": [NotSent("no such device")]}))


def test_a_terminal_that_does_not_take_the_command_in_time_keeps_the_attempt(play: Play) -> None:
    async def silent(
        _on: ScriptedTerminal, _amount: int, _currency: str, _sale: Attendant
    ) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async def scene(on: Stage) -> None:
        intent = await on.order()
        began = asyncio.get_running_loop().time()
        refusal = await refused(on.process(intent))
        assert refusal.code == "terminal_reader_timeout"
        assert asyncio.get_running_loop().time() - began == pytest.approx(ACKNOWLEDGE_S, abs=0.1)
        assert on.attempt_of(intent).unended

    play(scene, ScriptedTerminal(silent))


def test_a_posd_about_to_stop_takes_no_new_sale(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        on.payments.close_doors()
        before = on.journal.head
        with pytest.raises(Refused):
            await on.process(intent)
        assert (on.journal.head, on.terminal.asked.count("authorize")) == (before, 0)

    play(scene)


def test_a_payment_in_hand_is_still_told_while_posd_waits_to_stop(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        on.payments.close_doors()
        await on.process(intent)
        assert on.attempt_of(intent).unended

    play(scene, ScriptedTerminal(hangs))


def test_a_till_that_asks_twice_under_its_key_gets_one_payment(play: Play) -> None:
    async def scene(on: Stage) -> None:
        new = NewPaymentIntent(1250, "eur")
        first = await on.payments.create(new, actor=TILL, claim=claim())
        again = await on.payments.create(new, actor=TILL, claim=claim())
        assert (first.record, again.record) == (first.record, first.record)
        assert (first.replayed, again.replayed) == (False, True)
        process = claim("k2", route=f"POST /v1/terminal/readers/{READER}/process_payment_intent")
        for _ in range(2):
            await on.payments.process(READER, first.record.id, actor=TILL, claim=process)
        assert on.terminal.asked.count("authorize") == 1

    play(scene)
