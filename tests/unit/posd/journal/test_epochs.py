"""Facts that are missing are noticed at the start, and a journal that is gone is not made anew."""

import asyncio
import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from posd.errors import Archived, JournalDamaged
from posd.journal import archive
from posd.journal.high_water import HighWater, HighWaterFile
from posd.model.facts import DaemonStarted
from posd.model.restore_facts import RestoreCause, RestoreNoticed
from tests.unit.posd.journal.lives import FILE, MARK, Machine, first_fact, open_gap
from tests.unit.posd.journal.old_journal import DAY, MONTHS, Shop
from tests.unit.posd.journal.scenario import open_journal


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    folder = tmp_path / "state"
    folder.mkdir()
    return Machine(folder)


def test_a_mark_is_on_disk_under_its_name_once_it_is_kept(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a power cut at the first start would leave an epoch that seems to come from afar."""
    synced: list[tuple[str, bool]] = []
    sync, mark = os.fsync, machine.folder / MARK

    def note(descriptor: int) -> None:
        synced.append((Path(f"/proc/self/fd/{descriptor}").readlink().name, mark.exists()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    HighWaterFile(mark).write(HighWater("ep_1", "ep_1", 0, 0, b""))
    assert synced == [(f"{MARK}.new", False), (machine.folder.name, True)]


async def test_one_life_follows_the_other_in_one_epoch(machine: Machine) -> None:
    await machine.life()
    journal = machine.start()
    life, began = journal.life, first_fact(journal).fact
    assert journal.queries.open_restore() is None
    journal.close()
    assert isinstance(began, DaemonStarted)
    assert (began.machine, began.journal, began.epoch) == ("machine-1", life.epoch, life.epoch)
    await machine.life()
    again = machine.start()
    assert again.life == life
    again.close()


async def test_a_backup_that_is_put_back_is_behind_and_a_new_epoch_begins(
    machine: Machine, tmp_path: Path
) -> None:
    await machine.life()
    backup = machine.copy(tmp_path / "backup")
    await machine.life(5)
    mark = HighWaterFile(machine.folder / MARK).read()
    before = machine.start()
    before.close()
    machine.put_back(backup)
    journal = machine.start()
    gap = open_gap(journal)
    assert mark is not None
    assert (gap.cause, gap.after_seq, gap.lost_seq) == (RestoreCause.BEHIND, 2, mark.seq)
    assert journal.life.journal == before.life.journal
    assert journal.life.epoch == gap.epoch != before.life.epoch
    journal.close()


async def test_a_gap_is_noticed_once_and_stays_open(machine: Machine, tmp_path: Path) -> None:
    await machine.life()
    backup = machine.copy(tmp_path / "backup")
    await machine.life(5)
    machine.put_back(backup)
    first = machine.start()
    gap = open_gap(first)
    first.close()
    await machine.life(9)
    later = machine.start()
    assert open_gap(later) == gap
    later.close()


async def test_a_second_restore_takes_the_open_gap_into_its_own(
    machine: Machine, tmp_path: Path
) -> None:
    await machine.life()
    backup = machine.copy(tmp_path / "backup")
    await machine.life(5)
    machine.put_back(backup)
    await machine.life()
    late = machine.copy(tmp_path / "late")
    await machine.life()
    machine.put_back(late)
    journal = machine.start()
    gap = open_gap(journal)
    assert gap.after_seq == 2
    (notice,) = [one.fact for one in journal.queries.entries(gap.id)]
    assert isinstance(notice, RestoreNoticed)
    before = journal.queries.restore(notice.supersedes or "")
    assert before is not None
    assert before.superseded_by == gap.id
    journal.close()


async def test_a_copy_without_its_mark_is_noticed(machine: Machine, tmp_path: Path) -> None:
    await machine.life()
    journal = machine.copy(tmp_path / "elsewhere").start()
    assert open_gap(journal).cause is RestoreCause.UNACCOMPANIED
    journal.close()


async def test_a_disk_in_another_machine_is_noticed_there_and_the_first_goes_on(
    machine: Machine, tmp_path: Path
) -> None:
    await machine.life()
    clone = machine.copy(tmp_path / "clone", mark=True)
    clone.name = "machine-2"
    there, here = clone.start(), machine.start()
    gap = open_gap(there)
    assert gap.cause is RestoreCause.OTHER_MACHINE
    assert here.queries.open_restore() is None
    assert there.life.journal == here.life.journal
    assert there.life.epoch != here.life.epoch
    there.close()
    here.close()
    again = clone.start()
    assert open_gap(again) == gap
    again.close()


async def test_facts_that_went_another_way_are_noticed(machine: Machine, tmp_path: Path) -> None:
    await machine.life()
    other = machine.copy(tmp_path / "other", mark=True)
    other.intents = 50
    await machine.life(2)
    await other.life(6)
    machine.put_back(other)
    journal = machine.start()
    assert open_gap(journal).cause is RestoreCause.DIVERGED
    journal.close()


async def test_a_deleted_log_is_noticed_as_facts_that_are_missing(machine: Machine) -> None:
    await machine.life()
    journal = machine.start()
    journal.note_high_water()
    files = {name: (machine.folder / name).read_bytes() for name in (FILE, MARK)}
    journal.close()
    for name, octets in files.items():
        (machine.folder / name).write_bytes(octets)
    (machine.folder / f"{FILE}-wal").unlink(missing_ok=True)
    again = machine.start()
    assert open_gap(again).cause is RestoreCause.BEHIND
    again.close()


@pytest.mark.parametrize("left", ["nothing", "an empty file"])
async def test_a_journal_that_is_gone_is_not_made_anew(machine: Machine, left: str) -> None:
    await machine.life()
    (machine.folder / FILE).unlink()
    if left == "an empty file":
        (machine.folder / FILE).touch()
    with pytest.raises(JournalDamaged, match="gone"):
        machine.start()
    assert [path.name for path in machine.folder.iterdir() if path.stat().st_size] == [MARK]


async def test_a_first_start_that_was_cut_off_is_no_loss(machine: Machine) -> None:
    await machine.life()
    mark = HighWaterFile(machine.folder / MARK).read()
    assert mark is not None
    (machine.folder / FILE).unlink()
    HighWaterFile(machine.folder / MARK).write(replace(mark, seq=0, hash=b""))
    journal = machine.start()
    assert journal.queries.open_restore() is None
    assert journal.life.epoch == mark.epoch
    journal.close()


async def test_a_mark_that_cannot_be_read_stops_the_start(machine: Machine) -> None:
    await machine.life()
    (machine.folder / MARK).write_text("{")
    with pytest.raises(JournalDamaged, match="high-water"):
        machine.start()


async def test_a_mark_that_lags_behind_is_no_loss(machine: Machine) -> None:
    await machine.life()
    await machine.life(3, noted=False)
    journal = machine.start()
    assert journal.queries.open_restore() is None
    journal.close()


def test_a_mark_whose_fact_left_for_an_archive_is_no_loss(machine: Machine, tmp_path: Path) -> None:
    """As after a power cut between the months' leaving and the mark that follows it."""
    first = machine.start()
    first.note_high_water()
    first.close()
    shop = Shop(machine.folder)
    (machine.folder / FILE).rename(shop.file)
    shop.live(shop.trade)
    leaving = archive.write(shop.file, MONTHS[-1], DAY.of, tmp_path / "archive.db")
    assert leaving is not None

    async def let_go() -> None:
        await shop.journal.let_go(leaving)

    shop.live(let_go)
    shop.file.rename(machine.folder / FILE)
    journal = machine.start()
    with pytest.raises(Archived):
        journal.queries.entry(first.head)
    assert journal.queries.open_restore() is None
    assert journal.life == first.life
    journal.close()


def test_the_mark_is_its_owners_alone(machine: Machine) -> None:
    machine.start().close()
    assert (machine.folder / MARK).stat().st_mode & 0o777 == 0o600


async def test_a_backup_from_before_the_first_epoch_is_behind_all_the_same(
    machine: Machine, tmp_path: Path
) -> None:
    older = open_journal(machine.folder)
    older.close()
    (machine.folder / "journal.sqlite").rename(machine.folder / FILE)
    backup = machine.copy(tmp_path / "backup")
    await machine.life(3)
    first = HighWaterFile(machine.folder / MARK).read()
    machine.put_back(backup)
    journal = machine.start()
    gap = open_gap(journal)
    assert first is not None
    assert (gap.cause, gap.lost_seq) == (RestoreCause.BEHIND, first.seq)
    assert journal.life.journal == first.journal
    assert gap.epoch not in ("", first.epoch)
    journal.close()


async def test_the_mark_follows_the_journal_while_posd_runs(machine: Machine) -> None:
    journal = machine.start()
    mark = HighWaterFile(machine.folder / MARK)
    async with asyncio.TaskGroup() as group:
        following = group.create_task(journal.keep_high_water())
        kept = None
        while kept is None or kept.seq < journal.head:
            kept = await asyncio.to_thread(mark.read)
        following.cancel()
    assert (kept.boot, kept.epoch) == (journal.boot, journal.life.epoch)
    journal.close()


def test_a_journal_that_need_not_know_itself_again_keeps_no_mark(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    files = {*tmp_path.iterdir()}
    journal.note_high_water()
    asyncio.run(asyncio.wait_for(journal.keep_high_water(), 1))
    assert {*tmp_path.iterdir()} == files
    journal.close()
