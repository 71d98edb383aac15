"""What a person decides about a capture, or about what was to be given back (M6, M11)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from posd.decisions import Decisions, Matter, Ruling
from posd.model.facts import (
    AttemptApproved,
    AttemptKind,
    AttemptNotCharged,
    DiscrepancyFound,
    PersonNeeded,
    Proof,
)
from posd.model.payment_intent import IntentState, PaymentIntent
from posd.model.reader_facts import ManualCapture
from tests.unit.posd.holding import (
    REPORTS,
    Play,
    booking,
    breaks,
    cancel,
    capture,
    held,
    now,
    owed,
    play_holding,
)
from tests.unit.posd.stage import READER, ScriptedTerminal, Stage
from tests.unit.posd.test_payments import refused

TAKES = (Ruling.CHARGED, Ruling.NOT_CHARGED)
GIVES_BACK = (Ruling.GIVEN_BACK, Ruling.NOT_GIVEN_BACK)


@pytest.fixture
def reserving(tmp_path: Path) -> Play:
    """Plays a scene at a reader whose terminal reserves."""
    return play_holding(tmp_path, ManualCapture.PREAUTH)


@pytest.fixture
def selling(tmp_path: Path) -> Play:
    """Plays a scene at a reader whose terminal sells at once."""
    return play_holding(tmp_path, ManualCapture.SALE_THEN_REVERSE)


async def left_to_a_person(on: Stage, taking: int | None) -> PaymentIntent:
    """The reader holds 12.50, falls silent over taking so much of it, or over a cancel."""
    intent = await held(on)
    on.terminal.plugged = False
    await (capture(on, intent, taking) if taking else cancel(on, intent, "abandoned"))
    await on.know(PersonNeeded(booking(on, intent).id, "not_resolved_in_time"))
    return now(on, intent)


async def rule(on: Stage, intent: PaymentIntent, ruling: Ruling) -> PaymentIntent:
    matter = Matter(READER, intent.id, "looked at its journal", "key_posd_manager", None)
    return (await Decisions(on.journal, REPORTS).resolve(matter, ruling)).record


def silent() -> ScriptedTerminal:
    return ScriptedTerminal(booking=breaks)


def test_a_capture_that_a_person_found_done_is_paid_and_owed(reserving: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await left_to_a_person(on, 900)
        decided = await rule(on, intent, Ruling.CHARGED)
        assert (decided.state, decided.amount_received) == (IntentState.APPROVED, 900)
        (report,) = owed(on)
        assert b"amount_requested[value]=900&" in report

    reserving(scene, silent())


def test_a_capture_that_a_person_found_undone_is_held_again(reserving: Play) -> None:
    async def scene(on: Stage) -> None:
        intent = await left_to_a_person(on, 900)
        decided = await rule(on, intent, Ruling.NOT_CHARGED)
        assert (decided.state, decided.amount_capturable) == (IntentState.CAPTURABLE, 1250)
        assert owed(on) == []

    reserving(scene, silent())


def a_cancel(play: Play, ruling: Ruling, told: Callable[[PaymentIntent], object]) -> object:
    """What is told of the payment after this ruling on a cancel that broke."""
    found: list[object] = []

    async def scene(on: Stage) -> None:
        intent = await left_to_a_person(on, None)
        found.append(told(await rule(on, intent, ruling)))
        assert owed(on) == []

    play(scene, silent())
    return found[0]


@pytest.mark.parametrize("how", ["reserving", "selling"])
def test_what_a_person_found_given_back_is_canceled(
    how: str, request: pytest.FixtureRequest
) -> None:
    play: Play = request.getfixturevalue(how)
    canceled = a_cancel(play, Ruling.GIVEN_BACK, lambda one: (one.state, one.cancellation_reason))
    assert canceled == (IntentState.CANCELED, "abandoned")


@pytest.mark.parametrize("how", ["reserving", "selling"])
def test_what_a_person_found_not_given_back_is_held_again(
    how: str, request: pytest.FixtureRequest
) -> None:
    play: Play = request.getfixturevalue(how)
    state = a_cancel(play, Ruling.NOT_GIVEN_BACK, lambda one: one.state)
    assert state is IntentState.CAPTURABLE


@pytest.mark.parametrize(("taking", "unfit"), [(900, GIVES_BACK), (None, TAKES)])
def test_a_word_that_could_mean_either_is_not_taken(
    reserving: Play, taking: int | None, unfit: tuple[Ruling, ...]
) -> None:
    async def scene(on: Stage) -> None:
        intent = await left_to_a_person(on, taking)
        before = on.journal.head
        for ruling in unfit:
            refusal = await refused(rule(on, intent, ruling))
            assert (refusal.code, refusal.param) == ("parameter_invalid", "decision")
            assert "'charged'" in refusal.message or "'given_back'" in refusal.message
        assert on.journal.head == before

    reserving(scene, silent())


@pytest.mark.parametrize(
    ("ended", "word"), [(True, Ruling.GIVEN_BACK), (False, Ruling.NOT_GIVEN_BACK)]
)
def test_what_proof_contradicts_is_closed_with_the_word_that_fits(
    reserving: Play, *, ended: bool, word: Ruling
) -> None:
    async def scene(on: Stage) -> None:
        intent = await left_to_a_person(on, None)
        id_ = booking(on, intent).id
        fact = (
            AttemptApproved(id_, None, 1250, Proof.PERSON, None)
            if ended
            else AttemptNotCharged(id_, Proof.PERSON)
        )
        await on.know(fact, DiscrepancyFound(id_, "terminal_says_otherwise"))
        for unfit in (*TAKES, *set(GIVES_BACK) - {word}):
            await refused(rule(on, intent, unfit))
        await rule(on, intent, word)
        assert not booking(on, intent).contradicted
        assert booking(on, intent).kind is AttemptKind.RELEASE

    reserving(scene, silent())
