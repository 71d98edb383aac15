"""The journal of many years is what a posd would have written."""

import asyncio
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from posd.clock import utc
from posd.journal import chain, inspection, segments, verify
from posd.journal.executor import LoopExecutor
from posd.model.closing import Agreement
from tests.bench import years
from tests.unit.posd.journal.replay import (
    Replayed,
    all_stored,
    entries,
    expected_columns,
    narrow_columns,
)
from tests.unit.posd.journal.scenario import DAY_MS, Facts, TurnedClock, intent, open_journal

DAYS, PAYMENTS = 40, 3
FACTS = 2 + DAYS * (6 * PAYMENTS + 3)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(chain, "CHECKPOINT_FACTS", 10)
    years.fill(tmp_path / "journal.sqlite", DAYS, PAYMENTS)
    return tmp_path / "journal.sqlite"


def test_every_fact_and_checkpoint_verifies(file: Path) -> None:
    sound = inspection.journal(file)
    assert (sound.after, sound.until.seq) == (verify.Position(), FACTS)


def test_its_records_are_what_its_facts_add_up_to(file: Path) -> None:
    with closing(apsw.Connection(str(file))) as db:
        facts = entries(db)
        records = Replayed(facts).records
        assert all_stored(db) == records
        assert narrow_columns(db) == {id_: expected_columns(one) for id_, one in records.items()}
        history = db.execute("SELECT seq, object FROM history ORDER BY seq").fetchall()
        assert history == [(entry.seq, entry.object) for entry in facts]
        labels = [one.label for one in segments.segments(db)]
        assert labels == sorted({utc(entry.wall_ms).isoformat()[:7] for entry in facts})
        assert len(labels) > 1
        assert db.execute("SELECT count(DISTINCT position) FROM outbox").get == DAYS * PAYMENTS


def test_a_posd_goes_on_with_it(file: Path) -> None:
    async def go_on() -> None:
        clock = TurnedClock(years.FIRST_DAY_MS + DAYS * DAY_MS)
        journal = open_journal(file.parent, clock=clock, executor=LoopExecutor(lambda: 0.0))
        await journal.verify_rest()
        await journal.commit(Facts((intent("pi_new"),)))
        (reader,) = journal.queries.readers()
        assert reader.closing is not None
        assert reader.closing.takings.count == PAYMENTS
        assert reader.closing.agreement is not Agreement.DIFFERS
        journal.close()

    asyncio.run(go_on())
