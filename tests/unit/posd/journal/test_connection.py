"""Settings that did not take are not taken for granted."""

from pathlib import Path

import pytest

from posd.errors import JournalFailed
from posd.journal import connection


def test_every_setting_is_as_it_was_asked_for(tmp_path: Path) -> None:
    db = connection.open_writer(tmp_path / "journal.sqlite", None)
    connection.migrate(db, 0)
    reading = connection.open_reader(tmp_path / "journal.sqlite", None)
    asked = ("journal_mode", "synchronous", "wal_autocheckpoint", "busy_timeout", "query_only")
    assert [db.pragma(name) for name in asked] == ["wal", 2, 0, 10_000, 0]
    assert [reading.pragma(name) for name in asked] == ["wal", 2, 1000, 10_000, 1]
    reading.close()
    db.close()


def test_a_setting_that_does_not_take_ends_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_WRITER", {"journal_mode": "wal", "synchronous": 9})
    with pytest.raises(JournalFailed, match="keeps synchronous at"):
        connection.open_writer(tmp_path / "journal.sqlite", None)


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    db = connection.open_writer(tmp_path / "journal.sqlite", None)
    for _ in range(2):
        connection.migrate(db, 0)
        assert connection.layout(db) == connection.LAYOUT
    db.close()
