"""What a terminal holds or left open stays its own once its reader has another (M5, M7, M11)."""

import asyncio
from pathlib import Path

import pytest

from posd.closing import DayRuling
from posd.composition import Posd
from posd.config.sections import ReaderConfig
from posd.errors import Refused
from posd.intents import NewPaymentIntent
from posd.model.attempt import AttemptState
from posd.model.facts import (
    AttemptApproved,
    AttemptKind,
    AttemptSetAside,
    Fact,
    OutcomeUnknown,
    PaymentIntentCreated,
    PersonNeeded,
    Proof,
    StatusReported,
)
from posd.model.payment_intent import PaymentIntent
from posd.model.reader import AcceptAs
from posd.snapshot.day_views import DayStatus
from posd.snapshot.views import PaymentStatus
from posd_drivers.card_reader import Answer, Attendant
from posd_drivers.errors import OutcomeUnknown as Unknown
from tests.unit.posd.counter import (
    FIRST,
    MANAGER,
    SECOND,
    TRIED_S,
    Counter,
    accepted,
    loses_its_word,
    other_terminal,
)
from tests.unit.posd.house import LANE_1, TILL, attempt_of, config, declared, ordered, paid
from tests.unit.posd.journal.scenario import ATTEMPT, INTENT, started
from tests.unit.posd.stage import (
    OTHER_ID,
    TERMINAL_ID,
    ScriptedTerminal,
    Stage,
    booked,
    played,
    registered,
)
from tests.unit.posd.virtual import virtual

SPARE = "tmr_posd_spare"


def holds(folder: Path, terminal: ScriptedTerminal) -> Counter:
    """A store whose lane reserves what is captured later."""
    lane = ReaderConfig("lane-1", FIRST, "eur", simulated=True, manual_capture="preauth")
    return Counter(folder, file=config(lane), cables={FIRST: terminal})


async def replaced(house: Counter, posd: Posd) -> None:
    """Another terminal in its place, accepted."""
    house.plug({FIRST: other_terminal()})
    await asyncio.sleep(TRIED_S)
    await accepted(posd, LANE_1, AcceptAs.REPLACEMENT)
    await asyncio.sleep(1)


async def held(posd: Posd) -> PaymentIntent:
    """A payment that the lane's terminal has reserved."""
    new = NewPaymentIntent(1250, "eur", capture_method="manual")
    intent = (await posd.payments.create(new, actor=TILL, claim=None)).record
    await posd.payments.process(LANE_1, intent.id, actor=TILL, claim=None)
    await asyncio.sleep(1)
    assert attempt_of(posd, intent).kind is AttemptKind.PREAUTHORISATION
    return intent


@virtual
async def test_what_the_old_terminal_reserved_is_out_of_reach_and_told(tmp_path: Path) -> None:
    house = holds(tmp_path, ScriptedTerminal())
    async with house.living() as posd:
        intent = await held(posd)
        await replaced(house, posd)
        for ending in (
            posd.captures.capture(intent.id, None, actor=TILL, claim=None),
            posd.captures.cancel(intent.id, None, actor=TILL, claim=None),
        ):
            with pytest.raises(Refused, match="at the terminal that holds it"):
                await ending
        (errand,) = posd.snapshot().errands
        assert (errand.payment_intent, errand.status) == (intent.id, PaymentStatus.OUT_OF_REACH)
        await posd.closings.close(LANE_1, actor=MANAGER, claim=None)
        await asyncio.sleep(1)
        assert house.cables[FIRST].asked.count("end_of_day") == 1


@virtual
async def test_an_unproven_payment_of_the_old_terminal_keeps_no_day_of_the_new_one_open(
    tmp_path: Path,
) -> None:
    house = holds(tmp_path, ScriptedTerminal(loses_its_word))
    async with house.living() as posd:
        lost = await ordered(posd)
        await posd.payments.process(LANE_1, lost.id, actor=TILL, claim=None)
        await replaced(house, posd)
        await posd.closings.close(LANE_1, actor=MANAGER, claim=None)
        await asyncio.sleep(1)
        assert house.cables[FIRST].asked.count("end_of_day") == 1
        (errand,) = posd.snapshot().errands
        assert (errand.payment_intent, errand.status) == (lost.id, PaymentStatus.SET_ASIDE)


@virtual
async def test_at_another_address_of_the_file_another_terminal_proves_nothing(
    tmp_path: Path,
) -> None:
    house = holds(tmp_path, ScriptedTerminal(loses_its_word))
    async with house.living() as posd:
        lost = await ordered(posd)
        await posd.payments.process(LANE_1, lost.id, actor=TILL, claim=None)
    house.file = config(declared("lane-1", 2))
    house.plug({SECOND: ScriptedTerminal(terminal_id=OTHER_ID, stored=booked(17))})
    async with house.living() as posd:
        attempt = attempt_of(posd, lost)
        assert (attempt.state, attempt.reason) == (AttemptState.PERSON, "other_terminal")


@virtual
async def test_a_day_that_the_old_terminal_left_unproven_waits_for_a_person(tmp_path: Path) -> None:
    async def breaks(on: ScriptedTerminal, attendant: Attendant) -> Answer:
        attendant.acknowledged()
        on.unplug()
        raise Unknown("link_lost")

    house = holds(tmp_path, ScriptedTerminal(closing=breaks))
    async with house.living() as posd:
        await posd.closings.close(LANE_1, actor=MANAGER, claim=None)
        await replaced(house, posd)
        assert attempt_of(posd, await paid(posd)).state is AttemptState.APPROVED
        (day,) = posd.snapshot().days
        assert day.status is DayStatus.NEEDS_A_PERSON
        ruled = await posd.closings.rule(
            LANE_1, DayRuling.CLOSED, "its slip says so", actor=MANAGER, claim=None
        )
        assert ruled.record.state is AttemptState.APPROVED
        known = posd.journal.queries.reader(LANE_1)
        assert known is not None
        assert (known.closing, known.takings.count) == (None, 1)


LEFT: tuple[Fact, ...] = (
    PaymentIntentCreated(INTENT, 1250, "eur"),
    started(),
    OutcomeUnknown(ATTEMPT, "link_lost"),
    PersonNeeded(ATTEMPT, "receipt_out_of_step"),
    AttemptSetAside(ATTEMPT, "the queue is long"),
)
"""A payment that nobody could prove, at the stage's reader, whose last receipt was 16 then."""
LATER: tuple[Fact, ...] = (
    registered(SPARE),
    PaymentIntentCreated("pi_posd_2", 1250, "eur"),
    started("att_posd_2", "pi_posd_2", SPARE),
    StatusReported("att_posd_2", booked(17), accepted=True),
    AttemptApproved("att_posd_2", "ch_posd_2", 1250, Proof.DIALOGUE, booked(17)),
)
"""The same terminal, at another reader's cable, sold the same amount under the next number."""


def test_its_last_transaction_proves_only_the_latest_wherever_that_ran(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        attempt = on.journal.queries.attempt(ATTEMPT)
        assert attempt is not None
        assert attempt.baseline.terminal_id == TERMINAL_ID
        assert attempt.state is AttemptState.SET_ASIDE

    played(tmp_path, scene, ScriptedTerminal(stored=booked(17)), *LEFT, *LATER)


def test_without_a_later_one_the_same_word_proves_it(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        attempt = on.journal.queries.attempt(ATTEMPT)
        assert attempt is not None
        assert attempt.state is AttemptState.APPROVED

    played(tmp_path, scene, ScriptedTerminal(stored=booked(17)), *LEFT)
