"""A tip that the terminal reports is taken where the reader's file says so, nowhere else (M10)."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from posd.model.attempt import AttemptState
from posd.model.reader_facts import ReaderRegistered
from posd_drivers.card_reader import Answer, Approved, Attendant, Reported
from posd_drivers.errors import OutcomeUnknown
from tests.unit.posd.stage import ScriptedTerminal, Stage, booked, played, registered

BACK_S = 15.0
TIP = 150


def takes_tips() -> ReaderRegistered:
    """The same reader, with `tips = true` in its file."""
    fact = registered()
    assert isinstance(fact, ReaderRegistered)
    return replace(fact, tips=True)


async def tipped(
    terminal: ScriptedTerminal, amount: int, _currency: str, sale: Attendant
) -> Answer:
    """The cardholder adds a tip; what the till refuses the terminal reverses."""
    sale.acknowledged()
    booking = replace(booked(terminal.next_receipt, amount + TIP), tip=TIP)
    if not await sale.reported(Reported(booking)):
        raise OutcomeUnknown("status_refused")
    terminal.stored = booking
    approved = Approved(booking)
    await sale.approved(approved)
    return approved


def test_a_payment_with_a_tip_is_paid_with_what_the_terminal_took(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order(1250)
        await on.process(intent)
        assert on.attempt_of(intent).approved_amount == 1250 + TIP
        now = on.journal.queries.payment_intent(intent.id)
        assert now is not None
        assert (now.amount, now.amount_received) == (1250, 1250 + TIP)

    played(tmp_path, scene, ScriptedTerminal(tipped), takes_tips())


def test_a_tip_that_nobody_allowed_is_refused_at_the_report(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order(1250)
        await on.process(intent)
        await asyncio.sleep(BACK_S)
        attempt = on.attempt_of(intent)
        assert not attempt.tips
        assert attempt.state is AttemptState.NOT_CHARGED
        assert "StatusReported" in on.kinds(attempt.id)

    played(tmp_path, scene, ScriptedTerminal(tipped))


@pytest.mark.parametrize("tips", [True, False], ids=["allowed", "not allowed"])
def test_a_tip_in_an_answer_that_was_lost_is_ours_where_tips_are_taken(
    tmp_path: Path, *, tips: bool
) -> None:
    async def silent(
        terminal: ScriptedTerminal, amount: int, _currency: str, _sale: Attendant
    ) -> Answer:
        terminal.stored = replace(booked(terminal.next_receipt, amount + TIP), tip=TIP)
        raise OutcomeUnknown("no_completion")

    async def scene(on: Stage) -> None:
        intent = await on.order(1250)
        await on.process(intent)
        await asyncio.sleep(BACK_S)
        found = AttemptState.APPROVED if tips else AttemptState.PERSON
        assert on.attempt_of(intent).state is found

    played(tmp_path, scene, ScriptedTerminal(silent), *([takes_tips()] if tips else []))
