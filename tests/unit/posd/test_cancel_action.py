"""A till cancels: a request, to which the terminal has the last word (M9)."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from posd.errors import Refused
from posd.model.attempt import AttemptState
from posd.model.reader_facts import ReaderRegistered
from posd.payments import LAST_WORD_S
from posd_drivers.card_reader import AbortCause, Aborted, Answer, Attendant, Declined, Reported
from posd_drivers.errors import NotSent, OutcomeUnknown
from tests.unit.posd.journal.scenario import claim
from tests.unit.posd.stage import (
    HELD_S,
    READER,
    TILL,
    Dialogue,
    ScriptedTerminal,
    Stage,
    approves,
    booked,
    hangs,
    played,
)
from tests.unit.posd.test_payments import Play, refused

TAP_S = 5.0


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Plays a scene on a stage, in virtual time."""
    return partial(played, tmp_path)


async def cancel(on: Stage) -> None:
    await on.payments.cancel_action(READER, actor=TILL, claim=None)


async def stops(
    terminal: ScriptedTerminal, _amount: int, _currency: str, sale: Attendant
) -> Answer:
    """Takes the command, and ends it when it is told to."""
    sale.acknowledged()
    await terminal.aborted.wait()
    return Aborted(0x6C, AbortCause.TILL)


async def too_late(
    terminal: ScriptedTerminal, amount: int, currency: str, sale: Attendant
) -> Answer:
    """The tap crosses the cancel."""
    sale.acknowledged()
    await terminal.aborted.wait()
    return await approves(terminal, amount, currency, sale)


async def declines(
    terminal: ScriptedTerminal, _amount: int, _currency: str, sale: Attendant
) -> Answer:
    """A card that is declined crosses the cancel."""
    sale.acknowledged()
    await terminal.aborted.wait()
    return Declined(0x05)


async def breaks(
    terminal: ScriptedTerminal, _amount: int, _currency: str, sale: Attendant
) -> Answer:
    """The cable goes while the terminal is told to stop."""
    sale.acknowledged()
    await terminal.aborted.wait()
    terminal.unplug()
    raise OutcomeUnknown("link_lost")


async def reports(
    terminal: ScriptedTerminal, amount: int, _currency: str, sale: Attendant
) -> Answer:
    """Has the issuer's approval and prints for ever."""
    sale.acknowledged()
    await sale.reported(Reported(booked(terminal.next_receipt, amount)))
    return await hangs(terminal, amount, "eur", sale)


def test_an_aborted_payment_leaves_the_reader_free(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        await cancel(on)
        attempt = on.attempt_of(intent)
        assert attempt.state is AttemptState.ABORTED
        assert on.kinds(attempt.id) == ["AttemptStarted", "CancelRequested", "AttemptAborted"]
        on.terminal.dialogue = approves
        await on.process(intent)
        assert on.attempt_of(intent).state is AttemptState.APPROVED

    play(scene, ScriptedTerminal(stops))


@pytest.mark.parametrize(
    ("dialogue", "state"),
    [(too_late, AttemptState.APPROVED), (declines, AttemptState.DECLINED)],
)
def test_a_card_that_crosses_the_cancel_wins(
    play: Play, dialogue: Dialogue, state: AttemptState
) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        refusal = await refused(cancel(on))
        assert (refusal.code, refusal.payment_intent) == ("terminal_reader_busy", intent.id)
        assert on.attempt_of(intent).state is state

    play(scene, ScriptedTerminal(dialogue))


def test_without_a_last_word_the_attempt_goes_on(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        began = asyncio.get_running_loop().time()
        refusal = await refused(cancel(on))
        assert refusal.code == "terminal_reader_timeout"
        assert asyncio.get_running_loop().time() - began == pytest.approx(LAST_WORD_S, abs=0.1)
        assert on.attempt_of(intent).state is AttemptState.STARTED

    play(scene, ScriptedTerminal(hangs))


def test_a_broken_dialogue_is_no_last_word(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        assert (await refused(cancel(on))).code == "terminal_reader_timeout"
        assert on.attempt_of(intent).state is AttemptState.UNKNOWN

    play(scene, ScriptedTerminal(breaks))


def test_after_the_issuers_word_it_is_too_late_to_ask(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        refusal = await refused(cancel(on))
        assert (refusal.code, refusal.payment_intent) == ("terminal_reader_busy", intent.id)
        assert "abort" not in on.terminal.asked

    play(scene, ScriptedTerminal(reports))


def test_where_nothing_runs_there_is_nothing_to_cancel(play: Play) -> None:
    async def scene(on: Stage) -> None:
        before = on.journal.head
        await cancel(on)
        assert on.journal.head == before
        assert "abort" not in on.terminal.asked

    play(scene)


def test_a_reader_that_is_not_known_has_nothing_to_cancel(play: Play) -> None:
    async def scene(on: Stage) -> None:
        call = on.payments.cancel_action("tmr_posd_no", actor=TILL, claim=None)
        assert (await refused(call)).code == "resource_missing"

    play(scene)


def test_a_cancel_before_the_terminal_has_the_command_is_not_lost(play: Play) -> None:
    async def slow(
        terminal: ScriptedTerminal, amount: int, currency: str, sale: Attendant
    ) -> Answer:
        await asyncio.sleep(HELD_S)
        return await stops(terminal, amount, currency, sale)

    async def scene(on: Stage) -> None:
        intent = await on.order()
        async with asyncio.TaskGroup() as group:
            group.create_task(on.process(intent), name="sale")
            await asyncio.sleep(HELD_S / 2)
            assert on.attempt_of(intent).state is AttemptState.STARTED
            group.create_task(cancel(on), name="cancel")
        assert on.attempt_of(intent).state is AttemptState.ABORTED

    play(scene, ScriptedTerminal(slow))


def test_a_cancel_of_a_payment_that_never_reached_the_terminal_has_its_word(play: Play) -> None:
    async def gone(terminal: ScriptedTerminal, _a: int, _c: str, _sale: Attendant) -> Answer:
        await terminal.unplugged.wait()
        raise NotSent("gone")

    async def scene(on: Stage) -> None:
        intent = await on.order()
        async with asyncio.TaskGroup() as group:
            sale = group.create_task(
                refused(on.payments.process(READER, intent.id, actor=TILL, claim=None)),
                name="sale",
            )
            await asyncio.sleep(HELD_S)
            group.create_task(cancel(on), name="cancel")
            await asyncio.sleep(HELD_S)
            on.terminal.unplug()
        assert sale.result().code == "terminal_reader_offline"
        assert on.attempt_of(intent).state is AttemptState.NOT_SENT

    play(scene, ScriptedTerminal(gone))


def test_a_cancel_that_is_repeated_does_not_hit_the_next_sale(play: Play) -> None:
    async def scene(on: Stage) -> None:
        asked = claim("cancel-1")
        first, second = await on.order(), await on.order()
        await on.process(first)
        await on.payments.cancel_action(READER, actor=TILL, claim=asked)
        on.terminal.dialogue = hangs
        await on.process(second)
        again = await on.payments.cancel_action(READER, actor=TILL, claim=asked)
        assert again.replayed
        assert on.terminal.asked.count("abort") == 1
        assert on.attempt_of(second).state is AttemptState.STARTED

    play(scene, ScriptedTerminal(stops))


def test_a_cancel_that_found_nothing_does_not_hit_the_next_sale_when_repeated(play: Play) -> None:
    async def scene(on: Stage) -> None:
        asked = claim("cancel-1")
        await on.payments.cancel_action(READER, actor=TILL, claim=asked)
        intent = await on.order()
        await on.process(intent)
        again = await on.payments.cancel_action(READER, actor=TILL, claim=asked)
        assert (again.record.id, again.replayed) == (READER, True)
        assert "abort" not in on.terminal.asked
        assert on.attempt_of(intent).state is AttemptState.STARTED

    play(scene, ScriptedTerminal(hangs))


def test_two_cancels_are_one_wish(play: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        done = await asyncio.gather(cancel(on), cancel(on), return_exceptions=True)
        assert not [one for one in done if isinstance(one, Refused)]
        assert on.kinds(on.attempt_of(intent).id).count("CancelRequested") == 1

    play(scene, ScriptedTerminal(stops))


def test_a_reader_that_is_not_held_gives_no_last_word(play: Play) -> None:
    async def scene(on: Stage) -> None:
        reader = "tmr_posd_2"
        await on.know(ReaderRegistered(reader, "zvt+tcp://2:1", "2", None, "eur", declared=False))
        call = on.payments.cancel_action(reader, actor=TILL, claim=None)
        assert (await call).record.id == reader

    play(scene)
