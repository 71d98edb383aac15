"""What becomes of an end of day whose line broke: the totals prove it, or a person decides."""

import asyncio
from pathlib import Path

import pytest

from posd.closing import DayRuling
from posd.errors import Refused
from posd.model.attempt import AttemptState
from posd.model.closing import Takings
from posd.model.facts import (
    DiscrepancyFound,
    Proof,
)
from posd_drivers.card_reader import Answer, Attendant, BrandTotals, Totals
from posd_drivers.errors import OutcomeUnknown as Broken
from tests.unit.posd.closings import BACK_S, OFFICE, closed, reader_of
from tests.unit.posd.stage import (
    READER,
    ScriptedTerminal,
    Stage,
    approves,
    closes,
    played,
)

ONE_SALE = Totals(1250, (BrandTotals("visa", 1, 1250),), 17, 17)


@pytest.mark.parametrize(
    ("now", "state"),
    [(Totals(0), AttemptState.APPROVED), (ONE_SALE, AttemptState.NOT_CHARGED)],
    ids=["it had closed", "it had not"],
)
def test_an_end_of_day_that_broke_is_proven_by_the_totals(
    tmp_path: Path, now: Totals, state: AttemptState
) -> None:
    async def breaks(terminal: ScriptedTerminal, attendant: Attendant) -> Answer:
        attendant.acknowledged()
        terminal.turnover = now
        terminal.unplug()
        raise Broken("link_lost")

    async def scene(on: Stage) -> None:
        begun = await closed(on)
        assert begun.state is AttemptState.UNKNOWN
        on.terminal.plugged = True
        await asyncio.sleep(BACK_S)
        attempt = on.journal.queries.attempt(begun.id)
        assert attempt is not None
        assert attempt.state is state
        assert on.terminal.asked.count("end_of_day") == 1
        closing = reader_of(on).closing
        if state is AttemptState.APPROVED:
            assert closing is not None
            assert (closing.totals, closing.takings) == (ONE_SALE, Takings())

    played(tmp_path, scene, ScriptedTerminal(closing=breaks, turnover=ONE_SALE))


def test_the_counters_are_asked_anew_after_an_end_of_day(tmp_path: Path) -> None:
    """A terminal may begin its receipt numbers again."""

    async def anew(terminal: ScriptedTerminal, attendant: Attendant) -> Answer:
        answer = await closes(terminal, attendant)
        terminal.stored = None
        return answer

    async def scene(on: Stage) -> None:
        await closed(on)
        intent = await on.order()
        await on.process(intent)
        assert on.attempt_of(intent).baseline.receipt is None

    played(tmp_path, scene, ScriptedTerminal(approves, closing=anew))


async def breaks_untold(terminal: ScriptedTerminal, attendant: Attendant) -> Answer:
    """The line breaks, and the terminal tells no totals that prove anything."""
    attendant.acknowledged()
    terminal.turnover = Totals(7)
    raise Broken("T4")


def with_a_person() -> ScriptedTerminal:
    """A terminal whose end of day nothing but a person can tell."""
    return ScriptedTerminal(closing=breaks_untold, turnover=Totals(900))


@pytest.mark.parametrize(
    ("ruling", "state"),
    [
        (DayRuling.CLOSED, AttemptState.APPROVED),
        (DayRuling.NOT_CLOSED, AttemptState.NOT_CHARGED),
    ],
)
def test_a_person_decides_what_nothing_else_can_tell(
    tmp_path: Path, ruling: DayRuling, state: AttemptState
) -> None:
    async def scene(on: Stage) -> None:
        attempt = await closed(on)
        assert (attempt.state, attempt.reason) == (AttemptState.PERSON, "totals_tell_no_period")
        with pytest.raises(Refused):
            await on.payments.process(READER, (await on.order()).id, actor=OFFICE, claim=None)
        ruled = await on.closings.rule(READER, ruling, "looked", actor=OFFICE, claim=None)
        assert (ruled.record.state, ruled.record.reason) == (state, "looked")
        assert (ruled.record.proof, ruled.record.id) == (Proof.PERSON, attempt.id)
        await asyncio.sleep(BACK_S)
        intent = await on.order()
        await on.process(intent)
        assert on.attempt_of(intent).state is AttemptState.APPROVED

    played(tmp_path, scene, with_a_person())


def test_after_a_persons_word_nothing_is_compared(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await closed(on)
        await on.closings.rule(READER, DayRuling.CLOSED, "looked", actor=OFFICE, claim=None)
        assert reader_of(on).takings == Takings(None)

    played(tmp_path, scene, with_a_person())


def test_nobody_decides_what_is_decided(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        for _ in range(2):
            with pytest.raises(Refused) as refusal:
                await on.closings.rule(READER, DayRuling.CLOSED, "why", actor=OFFICE, claim=None)
            assert refusal.value.code == "parameter_invalid"
            await closed(on)

    played(tmp_path, scene)


def test_a_word_on_another_end_of_day_than_the_one_that_was_seen_is_refused(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        attempt = await closed(on)
        for seen in ("att_posd_before", ""):
            with pytest.raises(Refused, match="has changed since") as refusal:
                await on.closings.rule(
                    READER, DayRuling.CLOSED, "looked", actor=OFFICE, claim=None, seen=seen
                )
            assert (refusal.value.param, refusal.value.status) == ("seen", 409)
        await on.closings.rule(
            READER, DayRuling.CLOSED, "looked", actor=OFFICE, claim=None, seen=attempt.id
        )

    played(tmp_path, scene, with_a_person())


def test_the_same_word_again_ends_the_alarm_of_later_proof(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        attempt = await closed(on)
        await on.closings.rule(READER, DayRuling.NOT_CLOSED, "looked", actor=OFFICE, claim=None)
        await on.know(DiscrepancyFound(attempt.id, "terminal_says_done"))
        with pytest.raises(Refused):
            await on.closings.rule(READER, DayRuling.CLOSED, "no", actor=OFFICE, claim=None)
        seen = await on.closings.rule(
            READER, DayRuling.NOT_CLOSED, "closed by hand since", actor=OFFICE, claim=None
        )
        assert not seen.record.contradicted

    played(tmp_path, scene, with_a_person())
