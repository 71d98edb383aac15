"""A reader answers one question at a time, none before a payment, and takes none meanwhile."""

import asyncio
from pathlib import Path

import pytest

from posd.errors import Refused
from posd.model.attempt import AttemptState
from posd.model.facts import PaymentIntentCreated
from posd_drivers.card_reader import CardReader, Totals
from posd_drivers.errors import DeviceGone, DriverError, NoAnswer, Unsupported
from posd_drivers.errors import Refused as TerminalRefused
from tests.unit.posd.journal.scenario import INTENT, started
from tests.unit.posd.stage import HELD_S, READER, TILL, ScriptedTerminal, Stage, hangs, played

BACK_S = 10.0


async def totals(reader: CardReader) -> Totals:
    """The question that has a short answer."""
    return await reader.totals()


def test_an_idle_terminal_answers(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        assert await on.attachment.ask(totals) == Totals(9000)
        intent = await on.order()
        await on.process(intent)
        assert on.attempt_of(intent).state is AttemptState.APPROVED

    played(tmp_path, scene, ScriptedTerminal(turnover=Totals(9000)))


def test_a_terminal_that_answers_takes_no_payment_until_it_has(tmp_path: Path) -> None:
    ready = asyncio.Event()

    async def slow(reader: CardReader) -> Totals:
        await ready.wait()
        return await reader.totals()

    async def scene(on: Stage) -> None:
        async with asyncio.TaskGroup() as group:
            answer = group.create_task(on.attachment.ask(slow))
            await asyncio.sleep(HELD_S)
            intent = await on.order()
            with pytest.raises(Refused) as refused:
                await on.payments.process(READER, intent.id, actor=TILL, claim=None)
            assert refused.value.code == "terminal_reader_offline"
            with pytest.raises(Refused) as second:
                await on.attachment.ask(totals)
            assert second.value.code == "terminal_reader_busy"
            ready.set()
        assert answer.result() == Totals(0)
        await on.process(intent)
        assert on.attempt_of(intent).state is AttemptState.APPROVED

    played(tmp_path, scene)


def test_a_terminal_with_a_payment_in_hand_is_asked_nothing(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await on.process(await on.order())
        with pytest.raises(Refused) as refused:
            await on.attachment.ask(totals)
        assert refused.value.code == "terminal_reader_busy"
        assert "totals" not in on.terminal.asked

    played(tmp_path, scene, ScriptedTerminal(hangs))


def test_a_payment_that_is_on_its_way_goes_first(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await on.know(PaymentIntentCreated(INTENT, 1250, "eur"), started())
        with pytest.raises(Refused) as refused:
            await on.attachment.ask(totals)
        assert (refused.value.code, "totals" in on.terminal.asked) == (
            "terminal_reader_busy",
            False,
        )

    played(tmp_path, scene)


@pytest.mark.parametrize("no", [Unsupported("06 10"), TerminalRefused(0xA0)])
def test_a_terminals_no_is_the_askers_alone(tmp_path: Path, no: DriverError) -> None:
    async def scene(on: Stage) -> None:
        with pytest.raises(type(no)):
            await on.attachment.ask(totals)
        assert (on.attachment.live.online, on.terminal.asked.count("open")) == (True, 1)

    played(tmp_path, scene, ScriptedTerminal(faults={"totals": [no]}))


@pytest.mark.parametrize("loss", [NoAnswer("T4"), DeviceGone("EIO")])
def test_a_link_that_is_lost_over_a_question_is_opened_again(
    tmp_path: Path, loss: DriverError
) -> None:
    async def scene(on: Stage) -> None:
        with pytest.raises(Refused) as refused:
            await on.attachment.ask(totals)
        assert refused.value.code == "terminal_reader_offline"
        await asyncio.sleep(BACK_S)
        assert (await on.attachment.ask(totals), on.terminal.asked.count("open")) == (Totals(0), 2)

    played(tmp_path, scene, ScriptedTerminal(faults={"totals": [loss]}))


def test_an_absent_terminal_is_asked_nothing(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        with pytest.raises(Refused) as refused:
            await on.attachment.ask(totals)
        assert refused.value.code == "terminal_reader_offline"

    played(tmp_path, scene, ScriptedTerminal(plugged=False))


def test_a_question_that_waits_while_the_cable_is_pulled_is_given_up(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        async with asyncio.TaskGroup() as group:
            answer = group.create_task(_code_of(on))
            on.terminal.unplug()
        assert answer.result() == "terminal_reader_offline"

    played(tmp_path, scene)


async def _code_of(on: Stage) -> str:
    with pytest.raises(Refused) as refused:
        await on.attachment.ask(totals)
    return refused.value.code


def test_an_asker_who_went_away_harms_nobody(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(HELD_S):
                await on.attachment.ask(lambda _reader: asyncio.sleep(2 * HELD_S))
        await asyncio.sleep(2 * HELD_S)
        assert await on.attachment.ask(totals) == Totals(0)

    played(tmp_path, scene)
