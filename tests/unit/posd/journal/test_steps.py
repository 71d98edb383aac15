"""Additive steps: taken once, passed over by an older posd, made up for afterwards."""

from functools import partial
from pathlib import Path

import apsw
import pytest

from posd.errors import JournalDamaged
from posd.journal import connection, epochs, steps
from tests.unit.posd.journal.scenario import Facts, intent, open_journal

DATABASE = "journal.sqlite"
opened = partial(open_journal, laid_out=False)


def noted(directory: Path) -> dict[int, int]:
    db = apsw.Connection(str(directory / DATABASE))
    found = dict(db.execute("SELECT step, boot FROM schema_step"))
    db.close()
    return found


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step whose refill counts what it finds, so that a test sees when it ran."""
    monkeypatch.setitem(steps._ADDED, 2, steps._ADDED[2] + "CREATE TABLE refilled (head INTEGER);")
    monkeypatch.setitem(
        steps._REFILL, 2, "INSERT INTO refilled SELECT coalesce((SELECT seq FROM head), 0);"
    )


def refilled_at(directory: Path) -> list[int]:
    db = apsw.Connection(str(directory / DATABASE))
    found = [head for (head,) in db.execute("SELECT head FROM refilled ORDER BY rowid")]
    db.close()
    return found


async def test_each_boot_notes_that_it_knew_the_steps(tmp_path: Path) -> None:
    for boot in (1, 2, 3):
        opened(tmp_path).close()
        assert noted(tmp_path) == dict.fromkeys(steps.STEPS, boot)


@pytest.mark.usefixtures("counted")
async def test_a_step_is_refilled_when_it_is_taken_and_after_an_older_posd_wrote(
    tmp_path: Path,
) -> None:
    opened(tmp_path).close()
    opened(tmp_path).close()
    assert refilled_at(tmp_path) == [0]
    as_the_older_posd(tmp_path)
    opened(tmp_path).close()
    opened(tmp_path).close()
    assert refilled_at(tmp_path) == [0, 3]


async def test_a_journal_of_layout_1_takes_the_steps_and_keeps_its_facts(tmp_path: Path) -> None:
    as_the_older_posd(tmp_path)
    journal = opened(tmp_path)
    await journal.commit(Facts((intent(),)))
    assert (journal.boot, journal.head) == (2, 3)
    journal.close()
    assert noted(tmp_path) == dict.fromkeys(steps.STEPS, 2)


async def test_the_step_and_its_note_stand_or_fall_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_the_older_posd(tmp_path)
    monkeypatch.setitem(steps._REFILL, 2, "INSERT INTO nowhere VALUES (1)")
    with pytest.raises(JournalDamaged, match="nowhere"):
        opened(tmp_path)
    db = apsw.Connection(str(tmp_path / DATABASE))
    assert steps._boots(db) == {}
    db.close()


async def test_a_step_that_only_a_newer_posd_knows_is_left_alone(tmp_path: Path) -> None:
    opened(tmp_path).close()
    db = apsw.Connection(str(tmp_path / DATABASE))
    db.execute("INSERT INTO schema_step VALUES (99, 1)")
    db.close()
    opened(tmp_path).close()
    assert noted(tmp_path) == {**dict.fromkeys(steps.STEPS, 2), 99: 1}


def as_the_older_posd(directory: Path) -> None:
    """One boot of a posd that knows layout 1 and no step."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "STEPS", ())
        patch.setattr(epochs, "life", lambda _db: epochs.Life())
        opened(directory).close()
    db = apsw.Connection(str(directory / DATABASE))
    assert db.pragma("user_version") == connection.LAYOUT
    db.close()
