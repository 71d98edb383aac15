"""Who may give back what: a till its own sale, a manager anything, and a key up to its limit."""

from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from posd.failpoints import disarmed
from posd.model.facts import AttemptKind, Fact, PaymentIntentCreated
from posd.model.payment_intent import IntentState
from posd.model.reader_facts import OperationUnsupported
from posd.refund_commands import Allowance
from posd.refunds import Refunds
from posd_drivers.ability import Operation
from tests.simulation.ids import CountingIds
from tests.unit.posd.giving_back import OFFICE, given_back, latest, paid, tills, wish
from tests.unit.posd.journal.scenario import INTENT, approved, reported, started
from tests.unit.posd.stage import READER, ScriptedTerminal, Stage, booked, played, registered
from tests.unit.posd.test_payments import Play, refused

OTHER_TILL = "key_posd_till_2"


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Plays a scene on a stage, in virtual time."""
    return partial(played, tmp_path)


def test_a_till_takes_back_its_own_sale_at_either_call(play: Play) -> None:
    async def scene(on: Stage) -> None:
        for own in (await paid(on), await paid(on)):
            await given_back(on, tills(own))
            assert latest(on, own).kind is AttemptKind.REVERSAL

    play(scene)


def test_a_till_takes_back_no_other_tills_sale(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        wanted = tills(intent, till=OTHER_TILL)
        before = on.journal.head
        for call in (on.refunds.create(wanted), on.refunds.at_reader(READER, wanted)):
            refusal = await refused(call)
            assert (refusal.code, refusal.status) == ("charge_not_refundable", 403)
        assert on.journal.head == before

    play(scene)


def test_a_till_gives_nothing_to_a_card(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        before = on.journal.head
        refusal = await refused(on.refunds.at_reader(READER, tills(intent, 400)))
        assert (refusal.code, refusal.status) == ("charge_not_refundable", 403)
        assert on.journal.head == before

    play(scene)


def test_a_limit_lets_a_till_give_that_much_of_any_payment_in_all(play: Play) -> None:
    limited = Allowance(any_payment=True, amount_max=500)

    async def scene(on: Stage) -> None:
        intent = await paid(on)
        for amount in (400, 100):
            asked = wish(intent, amount, allowance=limited, actor=OTHER_TILL)
            await given_back(on, asked)
        asked = wish(intent, 1, allowance=limited, actor=OTHER_TILL)
        refusal = await refused(on.refunds.at_reader(READER, asked))
        assert (refusal.code, refusal.param, refusal.status) == ("amount_too_large", "amount", 403)
        assert (await given_back(on, wish(intent, 1))).owner == OFFICE

    play(scene)


def test_a_key_without_refunds_does_not_even_take_back_its_own_sale(play: Play) -> None:
    nothing = Allowance(any_payment=True, amount_max=0)

    async def scene(on: Stage) -> None:
        intent = await paid(on)
        for wanted in (wish(intent, allowance=nothing), replace(tills(intent), allowance=nothing)):
            refusal = await refused(on.refunds.create(wanted))
            assert (refusal.code, refusal.status) == ("amount_too_large", 403)

    play(scene)


def test_what_a_terminal_cannot_do_is_said_before_anything_is_journaled(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        await on.know(OperationUnsupported(READER, Operation.REFUND))
        before = on.journal.head
        refusal = await refused(on.refunds.at_reader(READER, wish(intent, 400)))
        assert (refusal.code, refusal.param) == ("parameter_invalid", "reader")
        assert on.journal.head == before
        await given_back(on, wish(intent))
        assert latest(on, intent).kind is AttemptKind.REVERSAL

    play(scene)


def test_a_terminal_that_reverses_nothing_gives_to_the_card(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        await on.know(OperationUnsupported(READER, Operation.REVERSAL))
        assert (await refused(on.refunds.create(wish(intent)))).code == "charge_not_refundable"
        await given_back(on, wish(intent))
        assert latest(on, intent).kind is AttemptKind.REFUND

    play(scene)


def test_a_reader_gives_back_its_own_currency_only(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        await on.know(registered(currency="chf"))
        refusal = await refused(on.refunds.at_reader(READER, wish(intent)))
        assert (refusal.code, refusal.param) == (
            "payment_intent_incompatible_payment_method",
            "reader",
        )

    play(scene)


def test_at_another_terminal_it_goes_to_the_card(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        assert on.attachment.baseline is not None
        on.attachment.baseline = replace(on.attachment.baseline, terminal_id="99999999")
        assert (await refused(on.refunds.create(wish(intent)))).code == "charge_not_refundable"
        await given_back(on, wish(intent))
        assert latest(on, intent).kind is AttemptKind.REFUND

    play(scene, ScriptedTerminal(stored=booked(16)))


def test_at_a_terminal_that_never_says_who_it_is_it_goes_to_the_card(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        assert latest(on, intent).baseline.terminal_id is None
        assert (await refused(on.refunds.create(wish(intent)))).code == "charge_not_refundable"
        await given_back(on, wish(intent))
        assert latest(on, intent).kind is AttemptKind.REFUND

    nameless = replace(booked(16), terminal_id=None)
    play(scene, ScriptedTerminal(stored=nameless, terminal_id=None))


@pytest.mark.parametrize("reader", ["tmr_posd_9", "pi_posd_1", ""])
def test_a_reader_that_nobody_knows_gives_nothing(play: Play, reader: str) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on)
        refusal = await refused(on.refunds.at_reader(reader, wish(intent)))
        assert (refusal.code, refusal.param, refusal.status) == ("resource_missing", "reader", 404)

    play(scene)


def test_a_till_takes_nothing_back_at_another_reader(play: Play) -> None:
    other: Fact = registered("tmr_posd_2")

    async def scene(on: Stage) -> None:
        intent = await paid(on)
        beside = Refunds(
            on.journal, {"tmr_posd_2": on.attachment}, ids=CountingIds(), reach=disarmed
        )
        refusal = await refused(beside.at_reader("tmr_posd_2", tills(intent)))
        assert (refusal.code, refusal.status) == ("charge_not_refundable", 403)
        assert "was taken at another reader" in refusal.message

    play(scene, None, other)


def test_what_is_only_held_is_canceled_and_not_given_back(play: Play) -> None:
    held = PaymentIntentCreated(INTENT, 1250, "eur", "manual", business_day="2026-11-01")

    async def scene(on: Stage) -> None:
        before = on.journal.head
        intent = on.journal.queries.payment_intent(INTENT)
        assert intent is not None
        assert intent.state is IntentState.CAPTURABLE
        refusal = await refused(on.refunds.create(wish(intent)))
        assert refusal.code == "payment_intent_unexpected_state"
        assert "cancel it instead" in refusal.message
        assert on.journal.head == before

    play(scene, None, held, started(), reported(), approved())
