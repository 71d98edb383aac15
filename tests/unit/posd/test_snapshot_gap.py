"""What the store is told of facts that its journal has lost."""

from msgspec.structs import replace

from posd.model.closing import Agreement
from posd.snapshot.verdict import MUST_LOOK, NO_CARD
from posd.snapshot.views import Level
from tests.unit.posd.api.restore_fakes import AT_MS, GAP, SIDE
from tests.unit.posd.snapshots import Shop


def test_a_gap_stops_the_store_until_it_is_known_and_then_until_a_person_has_looked() -> None:
    closed = Shop(restore=GAP).snapshot()
    assert closed.gap is not None
    assert (closed.gap.sells, closed.gap.since_ms, closed.gap.differs) == (False, AT_MS, ())
    assert (closed.verdict.level, closed.verdict.sentence) == (Level.STOP, NO_CARD)
    differs = replace(SIDE, agreement=Agreement.DIFFERS)
    listed = Shop(restore=replace(GAP, listed_ms=AT_MS, terminals=(differs,))).snapshot()
    assert listed.gap is not None
    assert (listed.gap.sells, listed.gap.differs) == (True, ("tmr_posd_1",))
    assert listed.verdict.level is Level.STOP
    assert listed.verdict.sentence == Shop().snapshot().verdict.sentence
    assert listed.verdict.details[0] == MUST_LOOK


def test_a_complete_journal_is_not_mentioned() -> None:
    told = Shop().snapshot()
    assert told.gap is None
    assert MUST_LOOK not in told.verdict.details
