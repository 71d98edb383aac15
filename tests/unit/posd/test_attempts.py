"""Each answer of a terminal becomes durable before anybody hears of it (M2, M3, M10)."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from posd.model.attempt import AttemptState
from posd.upstream.payment_records import REPORT_SUFFIX, PaymentRecordReports
from posd_drivers.card_reader import (
    AbortCause,
    Aborted,
    Answer,
    Approved,
    Attendant,
    Declined,
    Receipt,
    Reported,
    Step,
)
from posd_drivers.errors import DeviceGone, DriverError, OutcomeUnknown
from tests.unit.posd.stage import (
    HELD_S,
    ScriptedTerminal,
    Stage,
    approves,
    booked,
    hangs,
    played,
)

CUSTOMER = Receipt("customer", ("EUR 12.50",))


def test_a_report_is_on_disk_before_it_is_acknowledged_and_an_approval_before_it_is_told(
    tmp_path: Path,
) -> None:
    stages: list[Stage] = []

    async def dialogue(
        _on: ScriptedTerminal, _amount: int, _currency: str, sale: Attendant
    ) -> Answer:
        def unproven() -> list[AttemptState]:
            (on,) = stages
            return [attempt.state for attempt in on.journal.queries.unproven_attempts()]

        assert unproven() == [AttemptState.STARTED]
        await sale.reported(Reported(booked(17)))
        assert unproven() == [AttemptState.REPORTED]
        await sale.approved(Approved(booked(17), (CUSTOMER,)))
        assert unproven() == []
        return Approved(booked(17))

    async def scene(on: Stage) -> None:
        stages.append(on)
        intent = await on.order()
        await on.process(intent)
        attempt = on.attempt_of(intent)
        assert (attempt.approved_amount, attempt.receipts) == (1250, (CUSTOMER,))

    played(tmp_path, scene, ScriptedTerminal(dialogue))


def test_an_approval_owes_its_report_from_the_same_transaction_on(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        (owed,) = on.journal.outbox.due(on.clock.now_ms, limit=9)
        assert owed.effect.id == on.attempt_of(intent).id + REPORT_SUFFIX

    played(tmp_path, scene, reports=PaymentRecordReports())


@pytest.mark.parametrize(
    ("reported", "reason"),
    [
        (booked(17, amount=1251), "other_amount"),
        (booked(17, amount=125_000), "other_amount"),
        (booked(17, currency="chf"), "other_currency"),
    ],
    ids=["a cent more", "a factor of a hundred", "another currency"],
)
def test_money_that_nobody_asked_for_is_refused_and_kept_as_evidence(
    tmp_path: Path, reported: object, reason: str
) -> None:
    answers: list[bool] = []

    async def dialogue(
        _on: ScriptedTerminal, _amount: int, _currency: str, sale: Attendant
    ) -> Answer:
        sale.acknowledged()
        assert isinstance(reported, type(booked(17)))
        answers.append(await sale.reported(Reported(reported)))
        return await hangs(_on, _amount, _currency, sale)

    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        attempt = on.attempt_of(intent)
        assert (attempt.state, attempt.reason) == (AttemptState.UNKNOWN, reason)
        assert attempt.reported == reported

    played(tmp_path, scene, ScriptedTerminal(dialogue))
    assert answers == [False]


def test_a_terminal_that_leaves_the_amount_out_is_taken_to_mean_what_was_asked(
    tmp_path: Path,
) -> None:
    async def dialogue(
        _on: ScriptedTerminal, _amount: int, _currency: str, sale: Attendant
    ) -> Answer:
        bare = replace(booked(17), amount=None, currency=None)
        assert await sale.reported(Reported(bare))
        await sale.approved(Approved(bare))
        return Approved(bare)

    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        assert on.attempt_of(intent).approved_amount == 1250

    played(tmp_path, scene, ScriptedTerminal(dialogue))


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Declined(5), (AttemptState.DECLINED, "generic_decline")),
        (Declined(0x78, decline_code="expired_card"), (AttemptState.DECLINED, "expired_card")),
        (Aborted(0x6C, AbortCause.CUSTOMER), (AttemptState.ABORTED, None)),
    ],
)
def test_a_no_is_an_end(
    tmp_path: Path, answer: Answer, state: tuple[AttemptState, str | None]
) -> None:
    async def dialogue(
        _on: ScriptedTerminal, _amount: int, _currency: str, sale: Attendant
    ) -> Answer:
        sale.acknowledged()
        return answer

    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        attempt = on.attempt_of(intent)
        assert (attempt.state, attempt.decline_code) == state
        assert attempt.code == answer_code(answer)
        on.terminal.dialogue = approves
        await on.process(intent)
        assert on.attempt_of(intent).state is AttemptState.APPROVED

    played(tmp_path, scene, ScriptedTerminal(dialogue))


def answer_code(answer: Answer) -> int | None:
    return None if isinstance(answer, Approved) else answer.code


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(OutcomeUnknown("no_completion"), "no_completion"), (DeviceGone("EIO"), "DeviceGone")],
)
def test_whatever_is_no_answer_is_unknown(tmp_path: Path, fault: DriverError, reason: str) -> None:
    async def dialogue(
        on: ScriptedTerminal, _amount: int, _currency: str, sale: Attendant
    ) -> Answer:
        sale.acknowledged()
        on.unplug()
        raise fault

    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        attempt = on.attempt_of(intent)
        assert (attempt.state, attempt.reason) == (AttemptState.UNKNOWN, reason)

    played(tmp_path, scene, ScriptedTerminal(dialogue))


def test_a_step_is_shown_while_it_lasts_and_journaled_never(tmp_path: Path) -> None:
    async def dialogue(on: ScriptedTerminal, amount: int, currency: str, sale: Attendant) -> Answer:
        sale.acknowledged()
        sale.progress(Step.PRESENT_CARD)
        await asyncio.sleep(2 * HELD_S)
        return await approves(on, amount, currency, sale)

    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        shown = [on.attachment.live.step]
        await asyncio.sleep(2 * HELD_S)
        shown.append(on.attachment.live.step)
        assert shown == [Step.PRESENT_CARD, None]
        attempt = on.attempt_of(intent).id
        assert on.kinds(attempt) == ["AttemptStarted", "StatusReported", "AttemptApproved"]

    played(tmp_path, scene, ScriptedTerminal(dialogue))
