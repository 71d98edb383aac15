"""Where a terminal's counters stand, whoever has moved them (M1, M5)."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from typing_extensions import override

from posd.counters import clock_offset_s
from posd.model.attempt import AttemptState
from posd.model.facts import Fact, PaymentIntentCreated
from posd.model.reader import Reader
from posd.model.reader_facts import TerminalUsedElsewhere
from posd_drivers.card_reader import (
    Answer,
    Attendant,
    OutcomeProof,
    Registered,
    Totals,
    Transaction,
)
from posd_drivers.errors import OutcomeUnknown, Refused, Unsupported
from tests.unit.posd.journal.scenario import INTENT, started
from tests.unit.posd.stage import READER, ScriptedTerminal, Stage, booked, played

BACK_S = 15.0
NEW_YEARS_EVE = datetime(2026, 12, 31, 23, 59, 50, tzinfo=UTC)


def known(on: Stage) -> Reader:
    reader = on.journal.queries.reader(READER)
    assert reader is not None
    return reader


async def comes_back(on: Stage) -> None:
    """The cable is out, and in again."""
    on.terminal.unplug()
    on.terminal.plugged = True
    await asyncio.sleep(BACK_S)
    assert on.attachment.live.online


@pytest.mark.parametrize(
    ("stamped", "offset_s"),
    [
        (("1231", "235950"), 0),
        (("1231", "235820"), -90),
        (("0101", "000010"), 20),
        (("0630", "120000"), 15_595_210),
        ((None, "235950"), None),
        (("0230", "000000"), None),
        (("9999", "999999"), None),
    ],
)
def test_a_terminals_clock_is_compared_across_the_turn_of_the_year(
    stamped: tuple[str | None, str], offset_s: int | None
) -> None:
    date, time = stamped
    assert clock_offset_s(replace(booked(17), date=date, time=time), NEW_YEARS_EVE) == offset_s


def test_a_clock_is_compared_with_what_was_booked_just_now(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        assert on.attachment.baseline is not None
        assert on.attachment.baseline.clock_offset_s is None
        await on.process(await on.order())
        assert on.attachment.baseline.clock_offset_s is None, "it tells no time"

    played(tmp_path, scene)


def test_a_sale_by_hand_between_two_holds_is_noticed_once_with_the_evidence(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await on.process(await on.order())
        on.terminal.stored = booked(18, amount=700)
        for _ in range(2):
            await comes_back(on)
        facts = [entry.fact for entry in on.journal.queries.entries(READER)]
        (noted,) = [fact for fact in facts if isinstance(fact, TerminalUsedElsewhere)]
        assert noted.last == booked(18, amount=700)
        assert (known(on).left_at, known(on).closings_noticed) == (18, 0)
        await on.process(await on.order())
        assert known(on).left_at is None
        await comes_back(on)
        assert on.kinds(READER).count("TerminalUsedElsewhere") == 1

    played(tmp_path, scene)


def test_nobody_else_is_suspected_of_what_posd_did(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await comes_back(on)
        await on.process(await on.order())
        await comes_back(on)
        assert "TerminalUsedElsewhere" not in on.kinds(READER)

    played(tmp_path, scene)


def test_numbers_that_begin_anew_are_a_closing_that_posd_did_not_make(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        assert on.attachment.baseline is not None
        assert on.attachment.baseline.closing_count == 0
        await on.process(await on.order())
        on.terminal.stored = booked(2, amount=700)
        await comes_back(on)
        assert known(on).closings_noticed == 1
        assert on.attachment.baseline is not None
        assert on.attachment.baseline.closing_count == 1

    played(tmp_path, scene)


def test_an_outcome_that_is_open_may_be_the_next_number(tmp_path: Path) -> None:
    """Ours or not, the resolver judges; two ahead is somebody else's in any case."""
    left_open: tuple[Fact, ...] = (PaymentIntentCreated(INTENT, 1250, "eur"), started())

    async def ours(on: Stage) -> None:
        assert "TerminalUsedElsewhere" not in on.kinds(READER)

    async def somebody_elses(on: Stage) -> None:
        assert on.kinds(READER).count("TerminalUsedElsewhere") == 1
        intent = on.journal.queries.payment_intent(INTENT)
        assert intent is not None
        assert on.attempt_of(intent).state is AttemptState.PERSON

    for folder in ("ours", "else"):
        (tmp_path / folder).mkdir()
    played(tmp_path / "ours", ours, ScriptedTerminal(stored=booked(17)), *left_open)
    played(tmp_path / "else", somebody_elses, ScriptedTerminal(stored=booked(18)), *left_open)


@dataclass
class AddingUp(ScriptedTerminal):
    """A terminal that repeats no transaction, and tells its turnover."""

    @override
    async def register(self) -> Registered:
        return replace(await super().register(), outcome_proof=OutcomeProof.TOTALS)

    @override
    async def last_transaction(self) -> Transaction | None:
        raise Unsupported("06 20")


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (Totals(6250, first_receipt=9, last_receipt=17), AttemptState.APPROVED),
        (Totals(5000, first_receipt=9, last_receipt=16), AttemptState.NOT_CHARGED),
        (Totals(0), AttemptState.PERSON),
    ],
    ids=["ours", "nothing", "closed by hand"],
)
def test_a_terminal_that_cannot_repeat_proves_by_its_turnover(
    tmp_path: Path, now: Totals, state: AttemptState
) -> None:
    async def breaks(on: ScriptedTerminal, _amount: int, _currency: str, _: Attendant) -> Answer:
        on.turnover = now
        raise OutcomeUnknown("link_lost")

    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        await asyncio.sleep(BACK_S)
        assert on.attempt_of(intent).baseline.totals == Totals(
            5000, first_receipt=9, last_receipt=16
        )
        assert on.attempt_of(intent).state is state

    before = Totals(5000, first_receipt=9, last_receipt=16)
    played(tmp_path, scene, AddingUp(breaks, turnover=before))


def test_its_turnover_is_asked_anew_after_each_sale(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await on.process(await on.order())
        await asyncio.sleep(BACK_S)
        assert on.attachment.baseline is not None
        assert on.attachment.baseline.totals == Totals(6250)

    played(tmp_path, scene, AddingUp(turnover=Totals(5000)))


def test_a_dialogue_that_broke_is_no_strangers(tmp_path: Path) -> None:
    async def breaks(on: ScriptedTerminal, amount: int, _currency: str, _: Attendant) -> Answer:
        on.stored = booked(on.next_receipt, amount)
        raise OutcomeUnknown("link_lost")

    async def scene(on: Stage) -> None:
        await on.process(await on.order())
        await comes_back(on)
        assert "TerminalUsedElsewhere" not in on.kinds(READER)

    played(tmp_path, scene, ScriptedTerminal(breaks))


def test_totals_that_are_refused_for_now_leave_no_baseline(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        assert on.attachment.baseline is not None
        assert not on.attachment.baseline.asked
        assert on.attachment.baseline.totals is None

    played(tmp_path, scene, AddingUp(faults={"totals": [Refused(0x9C)]}))


def test_where_the_number_before_was_not_known_nobody_is_suspected(tmp_path: Path) -> None:
    async def breaks(on: ScriptedTerminal, amount: int, _currency: str, _: Attendant) -> Answer:
        on.stored = booked(5, amount)
        raise OutcomeUnknown("link_lost")

    async def scene(on: Stage) -> None:
        await on.process(await on.order())
        await comes_back(on)
        assert "TerminalUsedElsewhere" not in on.kinds(READER)

    played(tmp_path, scene, ScriptedTerminal(breaks, stored=None))
