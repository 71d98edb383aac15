"""A backup is the journal at one moment, sound, its owner's alone, or it is not there."""

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from posd.errors import CopyFailed, JournalDamaged
from posd.journal import backup, connection, inspection, verify
from tests.unit.posd.journal.replay import entries
from tests.unit.posd.journal.scenario import Facts, open_journal, payment, reader
from tests.unit.posd.journal.test_verify import OTHER_AMOUNT, _tamper

STEPS_MAX = 200


@pytest.fixture
async def journal(tmp_path: Path) -> Path:
    """A journal that a posd holds open would be this path; here it is closed."""
    opened = open_journal(tmp_path)
    await opened.commit(Facts((reader(),)))
    for command in (*payment(1), *payment(2)):
        await opened.commit(command)
    opened.close()
    return tmp_path / "journal.sqlite"


def _facts(file: Path) -> list[bytes]:
    with closing(apsw.Connection(str(file))) as db:
        return [entry.hash for entry in entries(db)]


def test_it_has_every_fact_and_opens_as_the_journal(journal: Path, tmp_path: Path) -> None:
    target = tmp_path / "usb" / "journal.db"
    target.parent.mkdir()
    sound = backup.back_up(journal, target)

    assert _facts(target) == _facts(journal)
    assert (sound.after.seq, sound.until.seq) == (0, 12)
    assert sound.until.hash == _facts(journal)[-1]
    assert [one.name for one in target.parent.iterdir()] == ["journal.db"]
    target.rename(target.with_name("journal.sqlite"))
    restored = open_journal(target.parent)
    assert restored.queries.payment_intent("pi_posd_2") is not None
    restored.close()


def test_it_is_its_owners_alone(journal: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    backup.back_up(journal, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_commits_go_on_at_every_step_and_the_copy_is_of_its_beginning(
    journal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = connection.open_writer(journal, None)
    writer.set_busy_timeout(0)
    writer.execute("CREATE TABLE sale (number INTEGER PRIMARY KEY)")
    monkeypatch.setattr(backup, "STEP_PAGES", 4)
    steps: list[int] = []

    def sell(descriptor: int) -> None:
        """Another one is on disk before the next step; neither waits for the other."""
        writer.execute("INSERT INTO sale DEFAULT VALUES")
        steps.append(descriptor)
        assert len(steps) < STEPS_MAX, "each commit makes the copy begin anew"

    monkeypatch.setattr("os.fdatasync", sell)
    assert backup.back_up(journal, tmp_path / "copy.db").facts == 12
    assert len(steps) > 10
    with closing(apsw.Connection(str(tmp_path / "copy.db"))) as copied:
        assert copied.execute("SELECT count(*) FROM sale").get == 0
    assert writer.execute("SELECT count(*) FROM sale").get == len(steps)
    writer.close()


def test_a_damaged_journal_makes_no_backup(journal: Path, tmp_path: Path) -> None:
    _tamper(journal, OTHER_AMOUNT + " WHERE kind = 'AttemptApproved'")
    with pytest.raises(JournalDamaged):
        backup.back_up(journal, tmp_path / "copy.db")
    assert not [one for one in tmp_path.iterdir() if one.name.startswith("copy")]


def test_an_existing_file_is_left_alone(journal: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("the photographs of the summer")
    with pytest.raises(CopyFailed, match="exists"):
        backup.back_up(journal, target)
    assert target.read_text() == "the photographs of the summer"


def test_what_a_killed_run_left_is_in_nobodys_way(journal: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db.part").write_bytes(b"half a copy")
    assert backup.back_up(journal, tmp_path / "copy.db").facts == 12


def test_where_nothing_can_be_written_or_read_it_says_so(journal: Path, tmp_path: Path) -> None:
    with pytest.raises(CopyFailed, match="cannot be written"):
        backup.back_up(journal, tmp_path / "gone" / "copy.db")
    with pytest.raises(CopyFailed, match="does not exist"):
        backup.back_up(tmp_path / "none.db", tmp_path / "copy.db")
    assert not (tmp_path / "none.db").exists()


def test_a_full_disk_leaves_nothing(
    journal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fdatasync", full)
    with pytest.raises(CopyFailed, match="No space left"):
        backup.back_up(journal, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
    assert not (tmp_path / "copy.db.part").exists()


def test_a_source_that_cannot_be_read_is_told(
    journal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(_descriptor: int) -> None:
        raise apsw.IOError("read: EIO")

    monkeypatch.setattr("os.fdatasync", torn)
    with pytest.raises(CopyFailed, match="EIO"):
        backup.back_up(journal, tmp_path / "copy.db")


def test_what_is_not_there_is_not_looked_into(tmp_path: Path) -> None:
    with (
        pytest.raises(CopyFailed),
        inspection.opened(tmp_path / "none.db", copied=False) as _facts,
    ):
        raise AssertionError("there is nothing to look into")
    assert not list(tmp_path.iterdir())


class TestInspection:
    @pytest.fixture(params=[inspection.journal, inspection.copy])
    def inspect(self, request: pytest.FixtureRequest) -> Callable[[Path], verify.Sound]:
        way: Callable[[Path], verify.Sound] = request.param
        return way

    def test_a_sound_file_is_told_with_its_ends(
        self, journal: Path, inspect: Callable[[Path], verify.Sound]
    ) -> None:
        assert inspect(journal).facts == 12
        assert inspect(journal).until.hash == _facts(journal)[-1]

    @pytest.mark.parametrize(
        "statement",
        [
            OTHER_AMOUNT + " WHERE seq = 3",
            "DELETE FROM fact_0001 WHERE seq = 12",
            "UPDATE head SET seq = 11",
            "PRAGMA application_id = 7",
        ],
    )
    def test_what_was_changed_anywhere_is_found(
        self, journal: Path, statement: str, inspect: Callable[[Path], verify.Sound]
    ) -> None:
        _tamper(journal, statement)
        with pytest.raises(JournalDamaged):
            inspect(journal)

    def test_a_page_that_the_disk_lost_is_found(
        self, journal: Path, inspect: Callable[[Path], verify.Sound]
    ) -> None:
        """Of an index, which no fact is read through."""
        with closing(sqlite3.connect(journal)) as db:
            sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'outbox_due'"
            (page,) = db.execute(sql).fetchone()
            (size,) = db.execute("PRAGMA page_size").fetchone()
        with journal.open("r+b") as octets:
            octets.seek((page - 1) * size)
            octets.write(bytes(size))
        with pytest.raises(JournalDamaged):
            inspect(journal)

    def test_an_empty_file_is_no_journal(
        self, tmp_path: Path, inspect: Callable[[Path], verify.Sound]
    ) -> None:
        (tmp_path / "empty.db").touch()
        with pytest.raises(JournalDamaged):
            inspect(tmp_path / "empty.db")

    def test_a_journal_that_never_began_holds_nothing_to_verify(
        self, tmp_path: Path, inspect: Callable[[Path], verify.Sound]
    ) -> None:
        """Its tables are there: the power went before its first fact."""
        with closing(connection.open_writer(tmp_path / "journal.sqlite", None)) as db:
            connection.migrate(db, 0)
            connection.trust(db)
        with pytest.raises(JournalDamaged, match="holds no fact"):
            inspect(tmp_path / "journal.sqlite")

    def test_a_missing_file_is_told_and_not_made(
        self, tmp_path: Path, inspect: Callable[[Path], verify.Sound]
    ) -> None:
        with pytest.raises(CopyFailed):
            inspect(tmp_path / "none.db")
        assert not list(tmp_path.iterdir())
