"""What a terminal cannot do is learned once, kept, and said before anything is journaled (M11)."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from posd import capabilities
from posd.capabilities import LearnUnsupported
from posd.closing import Closings
from posd.errors import Refused
from posd.identify import Identify
from posd.model.facts import AttemptAborted, AttemptKind
from posd_drivers.ability import Operation
from posd_drivers.card_reader import (
    AbortCause,
    Aborted,
    Answer,
    Attendant,
    OutcomeProof,
    Registered,
)
from tests.simulation.ids import CountingIds
from tests.unit.posd.records import ATTEMPT, attempt, reader
from tests.unit.posd.stage import HELD_S, READER, TERMINAL_ID, ScriptedTerminal, Stage, played

PROOF = OutcomeProof.LAST_TRANSACTION


def test_what_a_reader_is_known_not_to_do_is_refused_with_where_to_look() -> None:
    known = replace(reader(), learned_cannot=(Operation.SET_CLOCK,))
    capabilities.refuse(known, Operation.REFUND)
    with pytest.raises(Refused) as refused:
        capabilities.refuse(known, Operation.SET_CLOCK)
    assert "does not do this: set clock" in refused.value.message
    assert f"/posd/v1/readers/{known.id}/capabilities" in refused.value.message


def test_what_it_was_told_at_registration_counts_as_what_it_answered() -> None:
    known = replace(reader(), told_cannot=(Operation.ABORT,), learned_cannot=(Operation.REFUND,))
    assert known.cannot == {Operation.ABORT, Operation.REFUND}


def test_an_operation_is_learned_once(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        for _ in range(2):
            await on.journal.commit(LearnUnsupported(READER, Operation.REFUND))
        assert on.kinds(READER).count("OperationUnsupported") == 1

    played(tmp_path, scene)


def test_another_terminal_is_not_held_to_what_the_first_one_answered(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await on.journal.commit(LearnUnsupported(READER, Operation.REFUND))
        same = Registered(TERMINAL_ID, "eur", PROOF)
        await on.journal.commit(Identify(READER, same))
        known = on.journal.queries.reader(READER)
        assert known is not None
        assert known.cannot == {Operation.REFUND}
        other = Registered("99999999", "eur", PROOF, frozenset({Operation.ABORT}))
        await on.journal.commit(Identify(READER, other))
        known = on.journal.queries.reader(READER)
        assert known is not None
        assert known.cannot == {Operation.ABORT}

    played(tmp_path, scene)


@pytest.mark.parametrize(
    ("kind", "code", "learned"),
    [
        (AttemptKind.REFUND, 0x83, Operation.REFUND),
        (AttemptKind.RELEASE, 0x83, Operation.CAPTURE),
        (AttemptKind.REFUND, 0x6C, None),
        (AttemptKind.SALE, 0x83, None),
    ],
)
def test_only_a_terminals_own_word_for_never_is_learned(
    kind: AttemptKind, code: int, learned: Operation | None
) -> None:
    ended = attempt(AttemptAborted(ATTEMPT, code, AbortCause.DEVICE))
    assert capabilities.unsupported_by(replace(ended, kind=kind)) is learned
    assert capabilities.unsupported_by(replace(attempt(), kind=kind, code=code)) is None


def test_a_terminal_that_closes_no_day_is_asked_once(tmp_path: Path) -> None:
    async def refuses(_: ScriptedTerminal, attendant: Attendant) -> Answer:
        attendant.acknowledged()
        return Aborted(0x83, AbortCause.DEVICE)

    async def scene(on: Stage) -> None:
        closings = Closings(on.journal, {READER: on.attachment}, CountingIds())
        await closings.close(READER, actor="key_posd_manager", claim=None)
        await asyncio.sleep(HELD_S)
        with pytest.raises(Refused) as refused:
            await closings.close(READER, actor="key_posd_manager", claim=None)
        assert "does not do this: end of day" in refused.value.message
        assert on.terminal.asked.count("end_of_day") == 1

    played(tmp_path, scene, ScriptedTerminal(closing=refuses))
