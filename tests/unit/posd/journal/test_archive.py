"""Months leave for a verified file, whole; the chain goes on over the border."""

import errno
import os
from contextlib import closing
from pathlib import Path

import apsw
import pytest
from msgspec.structs import replace

from posd.errors import Archived, CopyFailed, JournalDamaged, NotArchivable
from posd.journal import (
    archive,
    backup,
    chain,
    connection,
    inspection,
    segments,
    store,
    verify,
    whole_file,
)
from posd.journal.audit_queries import AuditQueries
from posd.journal.command import Entry
from posd.journal.queries import Queries
from posd.model.archive_facts import FactsArchived
from posd.model.facts import DiscrepancyFound
from tests.unit.posd.journal.old_journal import DAY, MONTHS, Shop
from tests.unit.posd.journal.replay import entries
from tests.unit.posd.journal.scenario import Facts, open_journal, payment
from tests.unit.posd.journal.test_verify import OTHER_AMOUNT, _tamper


@pytest.fixture(autouse=True)
def close_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "CHECKPOINT_FACTS", 5)
    monkeypatch.setattr(store, "VERIFY_PAUSE_S", 0.0)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Three months on disk, posd stopped."""
    (tmp_path / "state").mkdir()
    shop = Shop(tmp_path / "state")
    shop.live(shop.trade)
    return shop


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "to-2026-12.db"


def _entries(file: Path) -> list[Entry]:
    with closing(apsw.Connection(str(file))) as db:
        return entries(db)


def let_go(shop: Shop, leaving: archive.Leaving) -> None:
    """In a boot of its own, as the operator's command does it."""

    async def leave() -> None:
        await shop.journal.let_go(leaving)
        await shop.journal.verify_rest()

    shop.live(leave)


def write(shop: Shop, target: Path, before: str = "2027-01") -> archive.Leaving:
    leaving = archive.write(shop.file, before, DAY.of, target)
    assert leaving is not None
    return leaving


def test_months_leave_whole_and_nothing_is_lost(shop: Shop, target: Path) -> None:
    facts = _entries(shop.file)
    let_go(shop, write(shop, target))

    moved, left = _entries(target), _entries(shop.file)
    assert [*moved, *left][: len(facts)] == facts
    assert {one.label for one in segments.segments(apsw.Connection(str(shop.file)))} == {MONTHS[2]}
    assert left[-1].fact == FactsArchived(
        archive="arc_posd_1",
        file="to-2026-12.db",
        months=MONTHS[:2],
        first_seq=1,
        last_seq=len(moved),
        last_ordinal=2,
        last_hash=moved[-1].hash.hex(),
    )


def test_both_files_verify_and_fit_together(shop: Shop, target: Path) -> None:
    leaving = write(shop, target)
    let_go(shop, leaving)

    old, new = inspection.copy(target), inspection.journal(shop.file)
    assert old == leaving.sound
    assert old.after == verify.Position()
    assert old.until == new.after
    assert new.until.seq == old.facts + new.facts


def test_a_second_archive_follows_the_first(shop: Shop, target: Path, tmp_path: Path) -> None:
    facts = _entries(shop.file)
    let_go(shop, write(shop, target, "2026-12"))
    second = tmp_path / "later.db"
    let_go(shop, write(shop, second))

    first, later, left = _entries(target), _entries(second), _entries(shop.file)
    assert [*first, *later, *left][: len(facts)] == facts
    assert inspection.copy(second).after == inspection.copy(target).until
    assert inspection.journal(shop.file).after == inspection.copy(second).until


def test_the_shop_goes_on_where_it_was(shop: Shop, target: Path) -> None:
    let_go(shop, write(shop, target))

    async def go_on() -> None:
        await shop.sell(9)
        assert shop.journal.queries.payment_intent("pi_posd_1") is not None
        assert shop.journal.queries.payment_intent("pi_posd_9") is not None
        repeated = await shop.journal.commit(payment(1)[0])
        assert repeated.replayed

    shop.live(go_on)


def test_what_is_asked_of_a_fact_that_left_says_where_it_is(shop: Shop, target: Path) -> None:
    let_go(shop, write(shop, target))
    with closing(connection.open_reader(shop.file, None)) as db:
        journal = Queries(db)
        for ask in (lambda: journal.entries("pi_posd_1"), lambda: journal.entry(3)):
            with pytest.raises(
                Archived, match=r"fact 3 left the journal: it lies in to-2026-12.db"
            ):
                ask()
        assert next(one.kind for one in journal.entries("pi_posd_3")) == "PaymentIntentCreated"
        for day in ("2026-11-01", "2026-11-30"):
            with pytest.raises(Archived, match=r"2026-1[12] left .* it lies in to-2026-12.db"):
                AuditQueries(db).stretch(*DAY.bounds_ms(day))
        assert AuditQueries(db).stretch(*DAY.bounds_ms("2027-01-02")) is None
    with whole_file.opened(target) as db:
        assert [one.kind for one in Queries(db).entries("pi_posd_1")] == [
            "PaymentIntentCreated",
            "EffectDone",
        ]


def test_an_older_posd_does_not_open_what_it_would_call_damaged(shop: Shop, target: Path) -> None:
    let_go(shop, write(shop, target))
    with closing(apsw.Connection(str(shop.file))) as db:
        assert db.pragma("user_version") == 2
        assert db.pragma("application_id") == connection.APPLICATION_ID


def test_no_posd_takes_an_archive_for_its_journal(shop: Shop, target: Path, tmp_path: Path) -> None:
    write(shop, target)
    target.rename(tmp_path / "journal.sqlite")
    with pytest.raises(JournalDamaged, match="not a journal of posd"):
        open_journal(tmp_path)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM archive",
        "UPDATE archive SET last_seq = last_seq - 1",
        "UPDATE archive SET hash = zeroblob(32)",
        "UPDATE archive SET last_ordinal = 1",
        "PRAGMA user_version = 1",
        "DROP TABLE archive",
    ],
)
def test_a_border_that_was_moved_is_damage(shop: Shop, target: Path, statement: str) -> None:
    let_go(shop, write(shop, target))
    _tamper(shop.file, statement)
    with pytest.raises(JournalDamaged):
        inspection.journal(shop.file)


def test_archives_are_neither_changed_nor_forgotten(shop: Shop, target: Path) -> None:
    let_go(shop, write(shop, target))
    with closing(apsw.Connection(str(shop.file))) as db:
        for statement in ("DELETE FROM archive", "UPDATE archive SET file = 'x'"):
            with pytest.raises(apsw.ConstraintError, match="archives are never"):
                db.execute(statement)
    with closing(apsw.Connection(str(target))) as db:
        for statement in ("DELETE FROM fact_0001", "UPDATE fact_0001 SET kind = 'x'"):
            with pytest.raises(apsw.ConstraintError, match="facts are never"):
                db.execute(statement)


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is brought to disk and named, in that order."""
    done: list[str] = []
    sync, rename = os.fsync, Path.rename

    def note_sync(descriptor: int) -> None:
        done.append(f"sync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")
        sync(descriptor)

    def note_rename(self: Path, name: Path) -> Path:
        done.append(f"rename {name.name}")
        return rename(self, name)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "rename", note_rename)
    return done


def test_the_archive_is_on_disk_under_its_name_before_anything_leaves(
    shop: Shop, target: Path, done: list[str]
) -> None:
    write(shop, target)
    assert done == [
        "sync to-2026-12.db.part",
        "rename to-2026-12.db",
        f"sync {target.parent.name}",
    ]


def test_an_archive_that_was_there_is_on_disk_before_anything_leaves(
    shop: Shop, target: Path, done: list[str]
) -> None:
    """The run that made it may have been killed before its folder was."""
    write(shop, target)
    done.clear()
    write(shop, target)
    assert done == ["sync to-2026-12.db", f"sync {target.parent.name}"]


def _refuse_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on files come to disk, and no names."""
    sync = os.fsync

    def refuse_folders(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").is_dir():
            raise OSError(errno.EIO, "the disk refused")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse_folders)


def test_an_archive_whose_name_may_not_last_is_none(
    shop: Shop, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _refuse_folders(monkeypatch)
    with pytest.raises(CopyFailed, match="refused"):
        write(shop, target)
    assert not target.exists()


def test_an_archive_that_was_there_and_may_not_last_lets_nothing_leave_and_stays(
    shop: Shop, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is whole, and an earlier run's: not this one's to delete."""
    write(shop, target)
    made = target.read_bytes()
    _refuse_folders(monkeypatch)
    with pytest.raises(CopyFailed, match=r"may not be on disk: .* the disk refused"):
        write(shop, target)
    assert target.read_bytes() == made


def test_a_run_that_came_no_further_is_taken_up(shop: Shop, target: Path) -> None:
    first = write(shop, target)
    made = target.stat().st_mtime_ns
    assert write(shop, target) == first
    assert target.stat().st_mtime_ns == made


def test_a_file_that_is_something_else_is_left_alone(
    shop: Shop, target: Path, tmp_path: Path
) -> None:
    write(shop, target, "2026-12")
    with pytest.raises(NotArchivable, match="other facts"):
        write(shop, target)
    backup.back_up(shop.file, tmp_path / "backup.db")
    with pytest.raises(NotArchivable, match="is no archive"):
        write(shop, tmp_path / "backup.db")


def test_an_archive_that_the_disk_changed_is_found_before_anything_leaves(
    shop: Shop, target: Path
) -> None:
    write(shop, target)
    _tamper(target, OTHER_AMOUNT + " WHERE kind = 'PaymentIntentCreated'")
    with pytest.raises(JournalDamaged):
        write(shop, target)


def test_everything_is_judged_once_more_when_it_leaves(shop: Shop, target: Path) -> None:
    leaving = write(shop, target)
    before = _entries(shop.file)

    async def contradict_and_leave() -> None:
        found = DiscrepancyFound("att_posd_2", "still_in_the_book")
        await shop.journal.commit(Facts((found,)))
        with pytest.raises(NotArchivable, match="2026-12: not decided yet: att_posd_2"):
            await shop.journal.let_go(leaving)

    shop.live(contradict_and_leave)
    assert _entries(shop.file)[: len(before)] == before


def test_an_archive_of_other_facts_lets_nothing_go(shop: Shop, target: Path) -> None:
    leaving = write(shop, target)
    other = replace(leaving, sound=replace(leaving.sound, until=verify.Position(3, b"")))

    async def leave() -> None:
        with pytest.raises(NotArchivable, match="other facts"):
            await shop.journal.let_go(other)

    shop.live(leave)


def test_a_journal_that_an_older_posd_wrote_is_opened_by_this_one_first(
    shop: Shop, target: Path
) -> None:
    _tamper(shop.file, "DROP TABLE archive")
    with pytest.raises(NotArchivable, match="start this one once"):
        write(shop, target)


def test_where_there_is_nothing_old_there_is_nothing_to_do(shop: Shop, target: Path) -> None:
    assert archive.write(shop.file, "2026-11", DAY.of, target) is None
    assert not target.exists()


def test_a_full_disk_leaves_no_archive(
    shop: Shop, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(archive._QUICK, "max_page_count", 8)
    with pytest.raises(CopyFailed, match="full"):
        write(shop, target)
    assert [one.name for one in target.parent.iterdir()] == ["state"]
