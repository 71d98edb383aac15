"""The header of a journal's file, as who looks at a machine reads it."""

from pathlib import Path

import pytest

from posd.errors import JournalDamaged
from posd.journal import connection, header
from posd.journal.header import Header


def test_an_empty_file_was_never_written(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    file.touch()
    assert header.read(file) == Header(0, 0)


@pytest.mark.parametrize("octets", [b"no journal " * 100, header.MAGIC])
def test_what_is_no_database_is_damaged(tmp_path: Path, octets: bytes) -> None:
    file = tmp_path / "journal.db"
    file.write_bytes(octets)
    with pytest.raises(JournalDamaged, match="is not a journal of posd"):
        header.read(file)


@pytest.mark.parametrize("kept", [10, 32 + 24 + 100])
def test_a_log_that_was_cut_off_says_nothing(tmp_path: Path, kept: int) -> None:
    file, log = tmp_path / "journal.db", tmp_path / "journal.db-wal"
    db = connection.open_writer(file, None)
    connection.migrate(db, 0)
    before = header.read(file)
    written = log.read_bytes()
    db.close()
    assert before == Header(connection.LAYOUT, connection.APPLICATION_ID)
    file.touch()
    file.write_bytes(b"")
    log.write_bytes(written[:kept])
    assert header.read(file) == Header(0, 0)
