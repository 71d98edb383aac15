"""What a terminal cannot do is learned once, kept, and said before anything is journaled (M11)."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from posd import capabilities
from posd.capabilities import LearnUnsupported
from posd.errors import Refused
from posd.identify import Identify
from posd_drivers.ability import Operation
from posd_drivers.card_reader import OutcomeProof, Registered
from tests.unit.posd.records import reader
from tests.unit.posd.stage import READER, TERMINAL_ID, Stage, played

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
