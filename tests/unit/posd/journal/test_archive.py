"""Months leave for a verified file, whole; the chain goes on over the border."""

from contextlib import closing
from pathlib import Path

import apsw
import pytest

from posd.journal import archive, chain, inspection, segments, store, verify
from posd.journal.command import Entry
from posd.model.archive_facts import FactsArchived
from tests.unit.posd.journal.old_journal import DAY, MONTHS, Shop
from tests.unit.posd.journal.replay import entries


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
