"""The faults of a store's readers, by the numbers of the catalogue of faults (F1 to F10, F39).

What a wire does to octets (F5) is in `tests/unit/drivers/zvt/test_link.py` and `test_fuzz.py`; a
disk that refuses an approval (F10) in `tests/crash/`; tills that press twice (F22, F23) in
`test_payments.py`, two programs on one line (F24) in `tests/unit/drivers/transport/test_serial.py`.
"""

import asyncio
from pathlib import Path

import pytest

from posd.errors import Refused as PaymentRefused
from posd.live import Trouble
from posd.model.attempt import AttemptState
from posd.model.facts import Fact, PaymentIntentCreated, StatusReported
from posd.resolver import POLL_S
from posd.steadiness import PAUSE_S_MAX
from posd_drivers.card_reader import Answer, Attendant, Transaction
from posd_drivers.errors import DriverError, NoAnswer, OutcomeUnknown, Refused
from tests.unit.posd.journal.scenario import ATTEMPT, INTENT, started
from tests.unit.posd.stage import READER, ScriptedTerminal, Stage, booked, played

BACK_S = 15.0
HOUR_S = 3600.0
NOON_MS = 12 * 3600 * 1000
FIRST_TRIES = 5
"""So many come sooner than PAUSE_S_MAX after each other."""
STARTED: tuple[Fact, ...] = (PaymentIntentCreated(INTENT, 1250, "eur"), started())
REPORTED: tuple[Fact, ...] = (*STARTED, StatusReported(ATTEMPT, booked(17), accepted=True))


def state(on: Stage) -> AttemptState:
    attempt = on.journal.queries.attempt(ATTEMPT)
    assert attempt is not None
    return attempt.state


async def refused(on: Stage) -> str:
    """Why the next sale there does not begin."""
    intent = await on.order()
    with pytest.raises(PaymentRefused) as refusal:
        await on.payments.process(READER, intent.id, actor="key_posd_till", claim=None)
    return refusal.value.code


def test_f01_a_power_cut_before_anything_was_sent_charges_nobody(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        assert state(on) is AttemptState.NOT_CHARGED
        assert "authorize" not in on.terminal.asked

    played(tmp_path, scene, ScriptedTerminal(), *STARTED)


def test_f02_a_power_cut_after_the_command_keeps_the_reader_until_it_is_known(
    tmp_path: Path,
) -> None:
    terminal = ScriptedTerminal(stored=booked(17), plugged=False)

    async def scene(on: Stage) -> None:
        assert await refused(on) == "terminal_reader_busy"
        terminal.plugged = True
        await asyncio.sleep(BACK_S)
        assert state(on) is AttemptState.APPROVED
        await on.process(await on.order())
        assert terminal.asked.count("authorize") == 1

    played(tmp_path, scene, terminal, *STARTED)


def test_f03_an_approval_that_the_journal_never_saw_is_found_in_the_terminal(
    tmp_path: Path,
) -> None:
    async def scene(on: Stage) -> None:
        assert state(on) is AttemptState.APPROVED

    played(tmp_path, scene, ScriptedTerminal(stored=booked(17)), *REPORTED)


def test_f04_only_the_same_terminal_is_asked_what_became_of_it(tmp_path: Path) -> None:
    async def breaks(on: ScriptedTerminal, amount: int, _currency: str, _: Attendant) -> Answer:
        on.stored = booked(on.next_receipt, amount)
        on.unplug()
        raise OutcomeUnknown("link_lost")

    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        on.terminal.terminal_id = "99999999"
        on.terminal.plugged = True
        await asyncio.sleep(BACK_S)
        assert on.attachment.live.trouble is Trouble.OTHER_TERMINAL
        assert on.attempt_of(intent).state is AttemptState.UNKNOWN
        on.terminal.terminal_id = "52523535"
        await asyncio.sleep(BACK_S)
        assert on.attempt_of(intent).state is AttemptState.APPROVED

    played(tmp_path, scene, ScriptedTerminal(breaks))


def test_f06_a_line_that_never_makes_sense_is_tried_without_haste(tmp_path: Path) -> None:
    silent: dict[str, list[DriverError]] = {"register": [NoAnswer("noise")] * 10_000}

    async def scene(on: Stage) -> None:
        on.clock.now_ms += NOON_MS
        before = on.terminal.asked.count("open")
        await asyncio.sleep(HOUR_S)
        assert on.attachment.live.trouble is Trouble.NO_ANSWER
        assert on.terminal.asked.count("open") - before <= HOUR_S / PAUSE_S_MAX + FIRST_TRIES

    played(tmp_path, scene, ScriptedTerminal(faults=silent))


@pytest.mark.parametrize("away_s", [5.0, 60.0, 900.0])
def test_f07_a_terminal_that_reboots_in_a_payment_is_asked_when_it_is_back(
    tmp_path: Path, away_s: float
) -> None:
    async def reboots(on: ScriptedTerminal, amount: int, _currency: str, _: Attendant) -> Answer:
        on.stored = booked(on.next_receipt, amount)
        on.unplug()
        raise OutcomeUnknown("link_lost")

    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        await asyncio.sleep(away_s)
        assert on.attempt_of(intent).state is AttemptState.UNKNOWN
        on.terminal.plugged = True
        await asyncio.sleep(BACK_S)
        assert on.attempt_of(intent).state is AttemptState.APPROVED
        assert on.terminal.asked.count("authorize") == 1

    played(tmp_path, scene, ScriptedTerminal(reboots))


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        (booked(17), AttemptState.APPROVED),
        (booked(16), AttemptState.NOT_CHARGED),
        (booked(18), AttemptState.PERSON),
        (None, AttemptState.PERSON),
    ],
    ids=["approved", "not booked", "two since", "store emptied"],
)
def test_f08_an_answer_that_was_lost_is_asked_for_and_the_sale_never_repeated(
    tmp_path: Path, stored: Transaction | None, found: AttemptState
) -> None:
    async def silent(on: ScriptedTerminal, _amount: int, _currency: str, _: Attendant) -> Answer:
        on.stored = stored
        raise OutcomeUnknown("no_completion")

    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        await asyncio.sleep(BACK_S)
        assert on.attempt_of(intent).state is found
        assert on.terminal.asked.count("authorize") == 1

    played(tmp_path, scene, ScriptedTerminal(silent))


@pytest.mark.parametrize(
    "other",
    [
        booked(17, amount=999),
        booked(17, currency="chf"),
        booked(15),
        booked(25),
    ],
    ids=["other amount", "other currency", "an older one", "far ahead"],
)
def test_f09_an_answer_about_another_transaction_is_adopted_by_nobody(
    tmp_path: Path, other: Transaction
) -> None:
    async def scene(on: Stage) -> None:
        attempt = on.journal.queries.attempt(ATTEMPT)
        assert attempt is not None
        assert (attempt.state, attempt.last) == (AttemptState.PERSON, other)

    played(tmp_path, scene, ScriptedTerminal(stored=other), *STARTED)


def test_f09_a_terminal_that_is_busy_with_another_payment_is_asked_later(tmp_path: Path) -> None:
    busy: dict[str, list[DriverError]] = {"last_transaction": [Refused(0xA0)] * 5}

    async def scene(on: Stage) -> None:
        assert state(on) is AttemptState.UNKNOWN
        await asyncio.sleep(6 * POLL_S)
        assert state(on) is AttemptState.APPROVED

    played(tmp_path, scene, ScriptedTerminal(stored=booked(17), faults=busy), *STARTED)


def test_f39_what_hands_do_at_the_terminal_is_noticed_and_disturbs_no_sale(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.terminal.stored = booked(19, amount=700)
        on.terminal.unplug()
        on.terminal.plugged = True
        await asyncio.sleep(BACK_S)
        await on.process(await on.order())
        on.terminal.unplug()
        on.terminal.stored = booked(1, amount=300)
        on.terminal.plugged = True
        await asyncio.sleep(BACK_S)
        known = on.journal.queries.reader(READER)
        assert known is not None
        assert known.closings_noticed == 1
        intent = await on.order()
        await on.process(intent)
        assert on.attempt_of(intent).state is AttemptState.APPROVED

    played(tmp_path, scene)
