"""The power may go while months leave for their archive: they are in the journal, or in both.

The archive is on disk under its name before the journal lets anything go (a unit test holds that
order); so what is cut here is the life in which they leave.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from posd.errors import JournalDamaged
from posd.ids import chance
from posd.journal import archive, inspection
from posd.journal.command import Entry
from posd.journal.verify import Position
from tests.crash.power_cut import Cuts, Image, Operation, RecordingDisk
from tests.crash.story import VFS, small_limits
from tests.crash.survival import DATABASE, boot, in_memory, lay_out
from tests.figures import FIGURE
from tests.unit.posd.journal.old_journal import DAY, Shop
from tests.unit.posd.journal.replay import entries

IMAGES_MIN = 120
IMAGES_OF_A_CUT = 4
SEED = 1


@pytest.fixture
def memory() -> Iterator[Path]:
    with in_memory() as directory:
        yield directory


@pytest.mark.timeout(120)
def test_months_that_leave_are_never_in_neither(
    memory: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    small_limits(monkeypatch)
    disk = RecordingDisk(VFS)
    target = memory / "old.db"
    before, first = _archived(Shop(memory, vfs=VFS), disk, target)
    disk.unregister()
    moved = _entries(target)

    found: dict[bytes, int] = {}
    left = 0
    for image in _images(disk.operations, first):
        if image.digest in found:
            continue
        directory = lay_out(image, memory)
        found[image.digest] = _boot(directory)
        journal = _entries(directory / DATABASE)
        sound = inspection.journal(directory / DATABASE)
        if sound.after == Position():
            assert journal[: len(before)] == before
        else:
            left += 1
            assert sound.after == inspection.copy(target).until
            assert [*moved, *journal][: len(before)] == before
        assert found[image.digest] >= image.acknowledged
    record_property(FIGURE, f"cuts while months leave: {len(found)} different images, {left} after")
    assert len(found) >= IMAGES_MIN
    assert 0 < left < len(found)


def _archived(shop: Shop, disk: RecordingDisk, target: Path) -> tuple[list[Entry], int]:
    """What the journal held before, and the first operation of the life in which months leave."""
    shop.live(shop.trade)
    before = _entries(shop.file)
    disk.acknowledge(before[-1].seq)
    first = len(disk.operations)
    leaving = archive.write(shop.file, "2027-01", DAY.of, target)
    assert leaving is not None

    async def leave() -> None:
        disk.acknowledge((await shop.journal.let_go(leaving)).seq)

    shop.live(leave)
    return before, first


def _images(operations: list[Operation], first: int) -> Iterator[Image]:
    for number, image in enumerate(Cuts(chance(SEED)).images(operations)):
        if number >= first * IMAGES_OF_A_CUT:
            yield image


def _boot(directory: Path) -> int:
    try:
        return boot(directory)
    except JournalDamaged as damaged:
        raise AssertionError("posd does not start on what the power cut left") from damaged


def _entries(file: Path) -> list[Entry]:
    with closing(apsw.Connection(str(file))) as db:
        return entries(db)
