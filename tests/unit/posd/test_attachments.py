"""Losing the link leads back to the beginning: greet, resolve, take the baseline, go on (M5)."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace
from typing_extensions import override

from posd.attachments import IDLE_PROBE_S
from posd.errors import Refused as PaymentRefused
from posd.live import Trouble
from posd.model.attempt import AttemptState
from posd.model.facts import Fact, PaymentIntentCreated
from posd.model.reader_facts import ReaderDeleted
from posd_drivers.ability import Readiness
from posd_drivers.card_reader import AbortCause, Aborted, Answer, Attendant, Reported
from posd_drivers.errors import (
    DeviceBusy,
    DeviceGone,
    DriverError,
    NoAnswer,
    OutcomeUnknown,
    Refused,
    Unsupported,
)
from tests.unit.posd.journal.scenario import INTENT, started
from tests.unit.posd.stage import (
    HELD_S,
    READER,
    TERMINAL_ID,
    TILL,
    ScriptedTerminal,
    Stage,
    approves,
    booked,
    played,
)

BACK_S = 10.0
"""Longer than any pause between two attempts to open the device."""
LEFT_OPEN: tuple[Fact, ...] = (PaymentIntentCreated(INTENT, 1250, "eur"), started())
"""A posd that died with a payment at the terminal, whose last receipt was 16."""


@dataclass
class Ponders(ScriptedTerminal):
    """Takes its time to say how it is."""

    ponders_s: float = 0.0

    @override
    async def readiness(self) -> Readiness:
        told = await super().readiness()
        await asyncio.sleep(self.ponders_s)
        return told


async def breaks_unbooked(
    _on: ScriptedTerminal, _amount: int, _currency: str, sale: Attendant
) -> Answer:
    """Takes the command, and is not heard of again."""
    sale.acknowledged()
    raise OutcomeUnknown("link_lost")


def state_of_left_open(on: Stage) -> AttemptState:
    (entry,) = (
        one for one in on.journal.queries.entries(INTENT) if one.kind == "PaymentIntentCreated"
    )
    intent = on.journal.queries.payment_intent(entry.object)
    assert intent is not None
    return on.attempt_of(intent).state


@pytest.mark.parametrize(
    ("last", "state"),
    [
        (booked(17), AttemptState.APPROVED),
        (booked(16), AttemptState.NOT_CHARGED),
        (booked(18), AttemptState.PERSON),
        (booked(17, amount=999), AttemptState.PERSON),
    ],
    ids=["ours", "nothing stored", "two steps ahead", "another amount"],
)
def test_what_a_crash_left_open_is_asked_for_and_never_repeated(
    tmp_path: Path, last: object, state: AttemptState
) -> None:
    terminal = ScriptedTerminal()
    assert isinstance(last, type(terminal.stored))
    terminal.stored = last

    async def scene(on: Stage) -> None:
        assert state_of_left_open(on) is state
        assert "authorize" not in terminal.asked

    played(tmp_path, scene, terminal, *LEFT_OPEN)


def test_a_terminal_that_cannot_tell_yet_is_asked_again(tmp_path: Path) -> None:
    faults: dict[str, list[DriverError]] = {
        "readiness": [NoAnswer("busy")],
        "last_transaction": [Refused(0xA0)],
    }

    async def scene(on: Stage) -> None:
        await asyncio.sleep(BACK_S)
        assert state_of_left_open(on) is AttemptState.APPROVED

    played(tmp_path, scene, ScriptedTerminal(stored=booked(17), faults=faults), *LEFT_OPEN)


def test_a_terminal_that_can_never_tell_is_a_persons(tmp_path: Path) -> None:
    faults: dict[str, list[DriverError]] = {"last_transaction": [Unsupported("06 20")]}

    async def scene(on: Stage) -> None:
        assert state_of_left_open(on) is AttemptState.PERSON

    played(tmp_path, scene, ScriptedTerminal(stored=booked(17), faults=faults), *LEFT_OPEN)


def test_a_dialogue_that_broke_is_proven_once_the_cable_is_back(tmp_path: Path) -> None:
    async def breaks(on: ScriptedTerminal, amount: int, _currency: str, sale: Attendant) -> Answer:
        sale.acknowledged()
        on.stored = booked(on.next_receipt, amount)
        on.unplug()
        raise OutcomeUnknown("link_lost")

    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        states = [on.attempt_of(intent).state]
        on.terminal.plugged = True
        await asyncio.sleep(BACK_S)
        states.append(on.attempt_of(intent).state)
        assert states == [AttemptState.UNKNOWN, AttemptState.APPROVED]

    played(tmp_path, scene, ScriptedTerminal(breaks))


def test_a_baseline_follows_each_approval(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        for receipt in (17, 18):
            intent = await on.order()
            await on.process(intent)
            assert on.attempt_of(intent).baseline.receipt == receipt - 1
        assert on.terminal.asked.count("last_transaction") == 1

    played(tmp_path, scene)


def test_a_sale_is_never_measured_from_before_the_one_just_approved(tmp_path: Path) -> None:
    """A second till comes as soon as the journal has the approval, before the dialogue is over."""

    async def lingers(on: ScriptedTerminal, amount: int, currency: str, sale: Attendant) -> Answer:
        answer = await approves(on, amount, currency, sale)
        on.dialogue = breaks_unbooked
        await asyncio.sleep(HELD_S)
        return answer

    async def scene(on: Stage) -> None:
        first, second = await on.order(), await on.order()
        await on.payments.process(READER, first.id, actor=TILL, claim=None)
        await asyncio.sleep(HELD_S / 2)
        assert on.attempt_of(first).state is AttemptState.APPROVED
        with pytest.raises(PaymentRefused) as refused:
            await on.process(second)
        assert refused.value.code == "terminal_reader_offline"
        assert on.attempt_of(second).state is AttemptState.NOT_SENT
        assert on.terminal.asked.count("authorize") == 1

    played(tmp_path, scene, ScriptedTerminal(lingers))


def test_what_was_undone_after_its_report_proves_no_later_sale(tmp_path: Path) -> None:
    """The terminal says that nothing was booked, and keeps the number that it had reported."""

    async def undoes(on: ScriptedTerminal, amount: int, _code: str, sale: Attendant) -> Answer:
        sale.acknowledged()
        undone = booked(on.next_receipt, amount)
        assert await sale.reported(Reported(undone))
        on.stored, on.dialogue = undone, breaks_unbooked
        return Aborted(0x6C, AbortCause.DEVICE)

    async def scene(on: Stage) -> None:
        first, second = await on.order(), await on.order()
        await on.process(first)
        await asyncio.sleep(BACK_S)
        await on.process(second)
        await asyncio.sleep(BACK_S)
        states = [on.attempt_of(first).state, on.attempt_of(second).state]
        assert states == [AttemptState.ABORTED, AttemptState.NOT_CHARGED]

    played(tmp_path, scene, ScriptedTerminal(undoes))


def test_a_sale_that_meets_the_question_whether_it_is_there_goes_through(tmp_path: Path) -> None:
    terminal = Ponders()

    async def scene(on: Stage) -> None:
        terminal.ponders_s = 2 * HELD_S
        await asyncio.sleep(IDLE_PROBE_S)
        assert terminal.asked[-1] == "readiness"
        intent = await on.order()
        await on.process(intent)
        await asyncio.sleep(BACK_S)
        assert on.attempt_of(intent).state is AttemptState.APPROVED
        assert terminal.asked.count("register") == 1

    played(tmp_path, scene, terminal)


def test_a_terminal_that_has_stored_nothing_is_a_baseline_too(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        baseline = on.attempt_of(intent).baseline
        assert (baseline.asked, baseline.receipt) == (True, None)

    played(tmp_path, scene, ScriptedTerminal(stored=None))


def test_without_an_answer_about_itself_a_terminal_gives_no_baseline(tmp_path: Path) -> None:
    faults: dict[str, list[DriverError]] = {"last_transaction": [Refused(0x83)]}

    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        assert not on.attempt_of(intent).baseline.asked

    played(tmp_path, scene, ScriptedTerminal(faults=faults))


@pytest.mark.parametrize(
    ("terminal", "trouble"),
    [
        (ScriptedTerminal(plugged=False), Trouble.ABSENT),
        (ScriptedTerminal(currency="chf"), Trouble.OTHER_CURRENCY),
        (ScriptedTerminal(faults={"open": [DeviceBusy("held")] * 99}), Trouble.BUSY_ELSEWHERE),
        (ScriptedTerminal(faults={"register": [NoAnswer("silent")] * 99}), Trouble.NO_ANSWER),
        (ScriptedTerminal(faults={"register": [Refused(0x6F)] * 99}), Trouble.REFUSED),
    ],
    ids=lambda value: value.value if isinstance(value, Trouble) else "",
)
def test_why_a_reader_takes_no_payments(
    tmp_path: Path, terminal: ScriptedTerminal, trouble: Trouble
) -> None:
    async def scene(on: Stage) -> None:
        assert (on.attachment.live.online, on.attachment.live.trouble) == (False, trouble)
        assert on.attachment.baseline is None

    played(tmp_path, scene, terminal)


def test_another_terminal_at_the_same_place_takes_nothing(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        assert on.attachment.live.online
        on.terminal.unplug()
        on.terminal.terminal_id = "99999999"
        on.terminal.plugged = True
        await asyncio.sleep(BACK_S)
        assert on.attachment.live.trouble is Trouble.OTHER_TERMINAL
        known = on.journal.queries.reader(READER)
        assert known is not None
        assert known.terminal_id == TERMINAL_ID

    played(tmp_path, scene)


def test_who_a_terminal_is_is_journaled_once(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.terminal.unplug()
        on.terminal.plugged = True
        await asyncio.sleep(BACK_S)
        assert on.terminal.asked.count("register") == 2
        assert on.kinds(READER) == ["ReaderRegistered", "ReaderIdentified"]

    played(tmp_path, scene)


def test_an_idle_terminal_is_asked_now_and_then_whether_it_is_there(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        before = on.terminal.asked.count("readiness")
        await asyncio.sleep(2.5 * IDLE_PROBE_S)
        assert on.terminal.asked.count("readiness") == before + 2
        on.terminal.faults["readiness"] = [DeviceGone("EIO")]
        await asyncio.sleep(IDLE_PROBE_S + BACK_S)
        assert on.terminal.asked.count("open") == 2
        assert on.attachment.live.online

    played(tmp_path, scene)


def test_a_device_is_let_go_however_the_hold_ends(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.terminal.unplug()
        await asyncio.sleep(HELD_S)
        assert on.terminal.asked.count("close") == 1
        assert replace(on.attachment.live, last_seen_ms=None).online is False

    played(tmp_path, scene)


def test_an_attempt_that_meets_a_reader_just_being_lost_reaches_no_terminal(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        on.terminal.unplug()
        with suppress(PaymentRefused):
            await on.process(intent)
        on.terminal.plugged = True
        await asyncio.sleep(BACK_S)
        assert on.attempt_of(intent).state in (AttemptState.NOT_SENT, AttemptState.NOT_CHARGED)
        assert "authorize" not in on.terminal.asked

    played(tmp_path, scene)


def test_an_attempt_that_is_handed_over_after_it_was_judged_reaches_no_terminal(
    tmp_path: Path,
) -> None:
    """Its till's call can still be on its way while the reader is lost, held again and asked."""

    async def scene(on: Stage) -> None:
        intent = on.journal.queries.payment_intent(INTENT)
        assert intent is not None
        judged = on.attempt_of(intent)
        assert judged.state is AttemptState.NOT_CHARGED
        assert on.attachment.baseline is not None
        late = on.attachment.submit(replace(judged, baseline=on.attachment.baseline))
        await late.settled()
        assert late.ended.is_set()
        assert "authorize" not in on.terminal.asked

    played(tmp_path, scene, None, *LEFT_OPEN)


def test_a_released_reader_is_closed_and_takes_no_payment(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        on.attachment.release()
        await asyncio.sleep(HELD_S)
        assert (on.terminal.asked[-1], on.attachment.live.online) == ("close", False)
        await on.know(ReaderDeleted(READER))
        with pytest.raises(PaymentRefused) as refused:
            await on.payments.process(READER, intent.id, actor="key_posd_till", claim=None)
        assert refused.value.code == "resource_missing"
        with pytest.raises(PaymentRefused):
            await on.payments.cancel_action(READER, actor="key_posd_till", claim=None)
        await asyncio.sleep(IDLE_PROBE_S)
        assert on.terminal.asked.count("open") == 1

    played(tmp_path, scene)
