"""A journal that contradicts itself is found out and left as it was (M16)."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
from msgspec.structs import replace

from posd.errors import ConfigError, JournalDamaged, JournalFailed, JournalTooNew
from posd.journal import chain, segments, store, verify
from posd.journal.store import Journal
from posd.model.facts import ApprovalHeard
from tests.unit.posd.journal.scenario import DAY_MS, Facts, TurnedClock, intent, open_journal

FACTS = 25
OTHER_AMOUNT = (
    "UPDATE fact_0001 SET body = CAST(replace(CAST(body AS TEXT), '1250', '9250') AS BLOB)"
)


@pytest.fixture(autouse=True)
def close_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "CHECKPOINT_FACTS", 10)
    monkeypatch.setattr(store, "VERIFY_PAUSE_S", 0.0)


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """A closed journal of FACTS facts with checkpoints at 10 and 20."""
    journal = open_journal(tmp_path)
    while journal.head < FACTS:
        await journal.commit(Facts((intent(f"pi_{journal.head + 1}"),)))
    journal.close()
    return tmp_path / "journal.sqlite"


def _tamper(file: Path, *statements: str) -> None:
    """Change the file as somebody would who owns it: triggers gone, then the change."""
    db = sqlite3.connect(file)
    for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def _contents(file: Path) -> dict[str, bytes]:
    """The evidence: the database and, if anything is in it, its log."""
    files = [one for one in file.parent.iterdir() if not one.name.endswith("-shm")]
    return {one.name: octets for one in files if (octets := one.read_bytes())}


def _found_out(file: Path) -> None:
    before = _contents(file)
    with pytest.raises(JournalDamaged):
        open_journal(file.parent)
    assert _contents(file) == before


def test_a_sound_journal_opens_where_it_ended(file: Path) -> None:
    journal = open_journal(file.parent)
    assert (journal.head, journal.boot) == (FACTS + 1, 2)
    journal.close()


@pytest.mark.parametrize(
    "statement",
    [
        OTHER_AMOUNT + " WHERE seq = 24",
        "UPDATE fact_0001 SET actor = 'key_other' WHERE seq = 25",
        "UPDATE fact_0001 SET wall_ms = wall_ms + 1 WHERE seq = 21",
        "UPDATE fact_0001 SET hash = zeroblob(32) WHERE seq = 20",
        "DELETE FROM fact_0001 WHERE seq = 23",
        "DELETE FROM fact_0001 WHERE seq = 25",
        "DELETE FROM fact_0001 WHERE seq >= 20",
        "DELETE FROM fact_0001 WHERE seq = 20",
        "UPDATE checkpoint SET hash = zeroblob(32) WHERE seq = 20",
        "UPDATE head SET seq = 24",
        "UPDATE head SET hash = zeroblob(32)",
        "DELETE FROM head",
        "UPDATE segment SET first_seq = 22",
        "UPDATE segment SET ordinal = 2",
        "DROP TABLE fact_0001",
        "PRAGMA application_id = 7",
        "PRAGMA user_version = 0",
    ],
)
def test_what_was_changed_since_the_last_checkpoint_is_found_at_the_start(
    file: Path, statement: str
) -> None:
    _tamper(file, statement)
    _found_out(file)


@pytest.mark.parametrize(
    "statement",
    [
        OTHER_AMOUNT + " WHERE seq = 3",
        "DELETE FROM fact_0001 WHERE seq = 12",
        "DELETE FROM fact_0001 WHERE seq BETWEEN 1 AND 9",
        "UPDATE checkpoint SET hash = zeroblob(32) WHERE seq = 10",
        "DELETE FROM checkpoint WHERE seq = 10",
        "UPDATE segment SET first_seq = 3",
    ],
)
async def test_what_was_changed_before_is_found_in_the_background(
    file: Path, statement: str
) -> None:
    _tamper(file, statement)
    journal = open_journal(file.parent)
    with pytest.raises(JournalDamaged):
        await journal.verify_rest()
    journal.close()


async def test_a_sound_journal_is_verified_to_the_end(file: Path) -> None:
    journal = open_journal(file.parent)
    await journal.verify_rest()
    journal.close()


def test_one_flipped_byte_of_a_fact_is_found(file: Path) -> None:
    octets = bytearray(file.read_bytes())
    at = octets.index(b'"payment_intent":"pi_24"')
    octets[at + 20] ^= 0x01
    file.write_bytes(octets)
    _found_out(file)


def test_no_flipped_sector_makes_another_history(file: Path) -> None:
    """Whichever sector is spoilt: the start says so, or every fact is still as it was."""
    octets = file.read_bytes()
    history = _history(file)
    directory = file.parent
    for offset in range(0, len(octets), 7 * 512):  # every seventh sector meets every page
        for left in directory.iterdir():
            left.unlink()
        file.write_bytes(
            octets[:offset]
            + bytes(octet ^ 0xFF for octet in octets[offset : offset + 512])
            + octets[offset + 512 :]
        )
        try:
            journal = open_journal(directory)
        except (JournalDamaged, JournalFailed, JournalTooNew):
            continue
        try:
            told = [journal.queries.entry(seq) for seq in range(21, FACTS + 1)]
        finally:
            journal.close()
        assert [one and one.body for one in told] == history[20:], offset


def _history(file: Path) -> list[bytes]:
    db = sqlite3.connect(file)
    bodies = [body for (body,) in db.execute("SELECT body FROM fact_0001 ORDER BY seq")]
    db.close()
    return bodies


@pytest.mark.parametrize("spoil", [lambda f: f.unlink(), lambda f: f.write_bytes(b"")])
async def test_a_log_without_its_database_is_not_taken_for_a_new_journal(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    journal = open_journal(tmp_path)
    await journal.commit(Facts((intent(),)))
    log = tmp_path / "journal.sqlite-wal"
    octets = log.read_bytes()
    journal.close()
    log.write_bytes(octets)
    spoil(tmp_path / "journal.sqlite")
    _found_out(tmp_path / "journal.sqlite")


@pytest.mark.parametrize("octets", [b"not a database" * 100, b"SQLite format 3\0"])
def test_another_kind_of_file_is_left_alone(tmp_path: Path, octets: bytes) -> None:
    file = tmp_path / "journal.sqlite"
    file.write_bytes(octets)
    _found_out(file)


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite"
    db = sqlite3.connect(file)
    db.execute("PRAGMA user_version = 1")
    db.execute("PRAGMA journal_mode = wal")
    db.close()
    _found_out(file)


def test_a_newer_posds_tables_are_left_alone(file: Path) -> None:
    _tamper(file, "PRAGMA user_version = 3")
    before = _contents(file)
    with pytest.raises(JournalTooNew, match="layout 3"):
        open_journal(file.parent)
    assert _contents(file) == before


def test_the_mode_is_fixed_for_ever(file: Path) -> None:
    before = _contents(file)
    with pytest.raises(ConfigError, match=r"mode = 'live', .* in mode 'test'"):
        open_journal(file.parent, livemode=True)
    assert _contents(file) == before


def test_a_directory_is_no_journal(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").mkdir()
    with pytest.raises(JournalFailed):
        open_journal(tmp_path)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE fact_0001 SET body = x'7B7D' WHERE seq = 1",
        "DELETE FROM fact_0001 WHERE seq = 1",
        "INSERT OR REPLACE INTO fact_0001 SELECT * FROM fact_0001 WHERE seq = 1",
        "UPDATE checkpoint SET hash = zeroblob(32)",
        "DELETE FROM checkpoint",
        "UPDATE segment SET label = '1970-01'",
        "DELETE FROM segment",
    ],
)
def test_the_tables_refuse_to_forget(file: Path, statement: str) -> None:
    db = apsw.Connection(str(file))
    with pytest.raises(apsw.ConstraintError, match=r"never|appended only"):
        db.execute(statement)
    db.close()


async def test_a_newer_posds_facts_park_their_object_and_nothing_else(file: Path) -> None:
    _append_unknown(file, "pi_7")
    journal = open_journal(file.parent)

    assert journal.parked == {"pi_7"}
    unread = journal.queries.entry(FACTS + 1)
    assert unread is not None
    assert (unread.kind, unread.fact) == ("PaymentIntentForgiven", None)
    with pytest.raises(Exception, match="cannot read"):
        await journal.commit(Facts((ApprovalHeard("pi_7"),)))
    assert (await journal.commit(Facts((intent("pi_new"),)))).seq == FACTS + 3
    journal.close()


async def test_a_newer_posds_facts_on_the_store_do_not_stop_the_start(file: Path) -> None:
    _append_unknown(file, "store")
    journal = open_journal(file.parent)
    assert journal.parked == frozenset()
    await journal.verify_rest()
    journal.close()


def _append_unknown(file: Path, object_: str) -> None:
    """What a newer posd would have written: a fact of a kind that this one does not know."""
    db = apsw.Connection(str(file))
    last = verify.newest_entry(db)
    assert last is not None
    kind = "PaymentIntentForgiven"
    body = b'{"payment_intent":"%s"}' % object_.encode()
    entry = chain.seal(
        replace(
            last,
            seq=last.seq + 1,
            kind=kind,
            object=object_,
            body=body,
            previous=last.hash,
            fact=None,
        )
    )
    segment = segments.newest(db)
    assert segment is not None
    with db:
        segments.append(db, segment, entry)
        db.execute("UPDATE head SET seq = ?, hash = ?", (entry.seq, entry.hash))
        db.execute("INSERT INTO fact_kind VALUES (?, 1, ?)", (kind, entry.seq))
    db.close()


async def test_a_month_out_of_place_is_found(tmp_path: Path) -> None:
    clock = TurnedClock()
    journal = open_journal(tmp_path, clock=clock)
    clock.now_ms += 31 * DAY_MS
    await journal.commit(Facts((intent("pi_2"), intent("pi_3"))))
    journal.close()
    _tamper(tmp_path / "journal.sqlite", "UPDATE segment SET first_seq = 3 WHERE ordinal = 2")
    _found_out(tmp_path / "journal.sqlite")


def test_a_start_reads_no_more_than_what_came_after_the_last_checkpoint(file: Path) -> None:
    journal = open_journal(file.parent)
    assert isinstance(journal, Journal)
    journal.close()
    _tamper(file, "DELETE FROM fact_0001 WHERE seq < 20")
    try:
        journal = open_journal(file.parent)
    except JournalDamaged as error:
        raise AssertionError("it read on") from error
    assert journal.head == FACTS + 2
    journal.close()
