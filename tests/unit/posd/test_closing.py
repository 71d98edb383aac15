"""An end of day is an attempt: totals first, over nothing unproven or reserved."""

import asyncio
from pathlib import Path

import pytest

from posd.errors import Refused
from posd.model.attempt import Attempt, AttemptState
from posd.model.closing import Agreement
from posd.model.facts import (
    AttemptApproved,
    AttemptKind,
    AttemptSetAside,
    AttemptStarted,
    Baseline,
    Fact,
    OutcomeUnknown,
    PaymentIntentCreated,
    PersonNeeded,
    Proof,
    StatusReported,
)
from posd.model.quarantine_facts import BreakCause, ReaderQuarantined
from posd.model.reader_facts import OperationUnsupported
from posd_drivers.ability import Operation
from posd_drivers.card_reader import Answer, Attendant, Declined, Totals
from posd_drivers.errors import DriverError, Unsupported
from posd_drivers.errors import Refused as TerminalRefused
from tests.unit.posd.closings import OFFICE, closed, reader_of
from tests.unit.posd.journal.scenario import ATTEMPT, INTENT, claim, started
from tests.unit.posd.stage import (
    READER,
    TERMINAL_ID,
    ScriptedTerminal,
    Stage,
    booked,
    hangs,
    played,
)


async def refused(on: Stage) -> Refused:
    """Why there is no end of day."""
    with pytest.raises(Refused) as refusal:
        await on.closings.close(READER, actor=OFFICE, claim=None)
    assert "end_of_day" not in on.terminal.asked
    return refusal.value


def test_the_totals_are_on_disk_before_the_day_is_closed(tmp_path: Path) -> None:
    at_first_octet: list[Attempt] = []

    async def scene(on: Stage) -> None:
        async def closing(_terminal: ScriptedTerminal, attendant: Attendant) -> Answer:
            at_first_octet.extend(on.journal.queries.unended_attempts())
            attendant.acknowledged()
            return Declined(0xA1)

        on.terminal.closing = closing
        await closed(on)
        (attempt,) = at_first_octet
        assert (attempt.kind, attempt.totals) == (AttemptKind.END_OF_DAY, Totals(900))
        assert (attempt.payment_intent, attempt.amount) == ("", 0)

    played(tmp_path, scene, ScriptedTerminal(turnover=Totals(900)))


def test_a_day_from_one_end_to_the_next(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        first = await closed(on)
        assert first.state is AttemptState.APPROVED
        await on.process(await on.order())
        second = await closed(on)
        reader = reader_of(on)
        assert reader.closing is not None
        assert reader.closing.attempt == second.id
        assert (reader.closing.totals, reader.closing.agreement) == (
            Totals(1250),
            Agreement.EQUAL,
        )
        assert reader.takings.count == 0
        intent = await on.order()
        await on.process(intent)
        assert on.attempt_of(intent).state is AttemptState.APPROVED

    played(tmp_path, scene)


@pytest.mark.parametrize("no", [Unsupported("06 10"), TerminalRefused(0xF0)])
def test_a_terminal_that_tells_no_totals_is_closed_all_the_same(
    tmp_path: Path, no: DriverError
) -> None:
    """One that demands its end of day refuses every question until it has it."""

    async def scene(on: Stage) -> None:
        attempt = await closed(on)
        assert (attempt.state, attempt.totals) == (AttemptState.APPROVED, None)
        learned = Operation.TOTALS in reader_of(on).cannot
        assert learned is isinstance(no, Unsupported)
        await closed(on)
        assert on.terminal.asked.count("totals") == (1 if learned else 2)

    played(tmp_path, scene, ScriptedTerminal(faults={"totals": [no]}))


def test_what_the_terminal_refuses_is_kept_with_its_code(tmp_path: Path) -> None:
    async def refuses(_terminal: ScriptedTerminal, attendant: Attendant) -> Answer:
        attendant.acknowledged()
        return Declined(0x77)

    async def scene(on: Stage) -> None:
        attempt = await closed(on)
        assert (attempt.state, attempt.code) == (AttemptState.DECLINED, 0x77)
        assert (reader_of(on).closing, reader_of(on).end_of_day) == (None, attempt.id)

    played(tmp_path, scene, ScriptedTerminal(closing=refuses))


def test_a_payment_that_was_there_first_goes_on(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        refusal = await refused(on)
        assert (refusal.code, refusal.payment_intent) == ("terminal_reader_busy", intent.id)
        assert "totals" not in on.terminal.asked

    played(tmp_path, scene, ScriptedTerminal(hangs))


def test_while_it_closes_the_reader_takes_no_payment_and_is_not_stopped(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.terminal.closing = _never_ends
        await closed(on)
        intent = await on.order()
        with pytest.raises(Refused) as busy:
            await on.payments.process(READER, intent.id, actor=OFFICE, claim=None)
        assert (busy.value.code, busy.value.payment_intent) == ("terminal_reader_busy", None)
        assert busy.value.message == "The reader closes its day for 0 s."
        with pytest.raises(Refused) as stopped:
            await on.payments.cancel_action(READER, actor=OFFICE, claim=None)
        assert stopped.value.code == "terminal_reader_busy"
        assert "abort" not in on.terminal.asked

    played(tmp_path, scene)


async def _never_ends(_terminal: ScriptedTerminal, attendant: Attendant) -> Answer:
    attendant.acknowledged()
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


def test_asked_twice_it_closes_once(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.terminal.closing = _never_ends
        use_case = on.closings
        key = claim("close", route="POST /posd/v1/readers/tmr_posd_1/end_of_day")
        first = await use_case.close(READER, actor=OFFICE, claim=key)
        again = await use_case.close(READER, actor=OFFICE, claim=key)
        another = await use_case.close(READER, actor="schedule", claim=None)
        assert {again.record.id, another.record.id} == {first.record.id}
        assert (first.replayed, again.replayed, another.replayed) == (False, True, False)
        assert (on.terminal.asked.count("totals"), on.terminal.asked.count("end_of_day")) == (1, 1)

    played(tmp_path, scene)


UNPROVEN: tuple[Fact, ...] = (
    PaymentIntentCreated(INTENT, 1250, "eur"),
    started(),
    OutcomeUnknown(ATTEMPT, "link_lost"),
    PersonNeeded(ATTEMPT, "receipt_out_of_step"),
)
ANOTHER_RECEIPT = booked(30)


@pytest.mark.parametrize("more", [(), (AttemptSetAside(ATTEMPT, "no paper"),)])
def test_nothing_is_closed_over_what_is_not_proven(tmp_path: Path, more: tuple[Fact, ...]) -> None:
    async def scene(on: Stage) -> None:
        refusal = await refused(on)
        assert (refusal.code, refusal.payment_intent) == ("terminal_reader_busy", INTENT)

    played(tmp_path, scene, ScriptedTerminal(stored=ANOTHER_RECEIPT), *UNPROVEN, *more)


def reserved(kind: AttemptKind) -> tuple[Fact, ...]:
    """A payment that a reader holds for a capture."""
    told = booked(17)
    return (
        PaymentIntentCreated(INTENT, 1250, "eur", capture_method="manual"),
        AttemptStarted(
            ATTEMPT,
            kind,
            INTENT,
            READER,
            1250,
            "eur",
            Baseline(TERMINAL_ID, asked=True, receipt=16),
        ),
        StatusReported(ATTEMPT, told, accepted=True),
        AttemptApproved(ATTEMPT, "ch_posd_1", 1250, Proof.DIALOGUE, told),
    )


def test_nothing_is_closed_over_a_pre_authorisation(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        refusal = await refused(on)
        assert (refusal.code, refusal.payment_intent) == ("terminal_reader_busy", INTENT)

    played(tmp_path, scene, None, *reserved(AttemptKind.PREAUTHORISATION))


def test_a_sale_that_waits_for_its_capture_is_booked_and_hinders_nothing(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        assert (await closed(on)).state is AttemptState.APPROVED

    played(tmp_path, scene, None, *reserved(AttemptKind.SALE))


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        (OperationUnsupported(READER, Operation.END_OF_DAY), "parameter_invalid"),
        (ReaderQuarantined(READER, BreakCause.BUG, None, "KeyError"), "terminal_reader_offline"),
    ],
)
def test_a_reader_that_cannot_or_may_not_is_not_asked(
    tmp_path: Path, fact: Fact, code: str
) -> None:
    async def scene(on: Stage) -> None:
        await on.know(fact)
        refusal = await refused(on)
        assert refusal.code == code
        assert "totals" not in on.terminal.asked

    played(tmp_path, scene)


def test_an_absent_reader_is_said_to_be_absent(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        assert (await refused(on)).code == "terminal_reader_offline"

    played(tmp_path, scene, ScriptedTerminal(plugged=False))


def test_an_unknown_reader_is_said_to_be_unknown(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        with pytest.raises(Refused) as refusal:
            await on.closings.close("tmr_posd_none", actor=OFFICE, claim=None)
        assert refusal.value.code == "resource_missing"

    played(tmp_path, scene)


def test_a_posd_that_is_about_to_stop_closes_nothing(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        use_case = on.closings
        use_case.close_doors()
        with pytest.raises(Refused) as refusal:
            await use_case.close(READER, actor=OFFICE, claim=None)
        assert refusal.value.code == "terminal_reader_offline"
        assert "end_of_day" not in on.terminal.asked

    played(tmp_path, scene)
