"""The power may go at any write of an upgrade: it is done then, or not begun."""

from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final

import apsw
import pytest

from posd.errors import PosdError
from posd.ids import chance
from posd.journal import steps
from posd.journal.executor import LoopExecutor
from tests.crash.power_cut import Created, Cuts, Operation, RecordingDisk, Synced, Written
from tests.crash.survival import DATABASE, in_memory, lay_out
from tests.golden.test_releases import releases, unpack
from tests.unit.posd.journal.replay import entries
from tests.unit.posd.journal.scenario import open_journal

VFS: Final = "upgraded"
KINDS: Final = 4
"""Images of each cut: nothing, all, some and torn parts of what was not synced."""
EACH: Final = KINDS - 1
"""One image of three, so that every kind is met."""
IMAGES_MIN: Final = 100


@pytest.fixture
def memory() -> Iterator[Path]:
    with in_memory() as directory:
        yield directory


def upgrade(release: str, folder: Path) -> list[Operation]:
    """What is asked of the disk by the first start, beginning with what is on it."""
    octets = unpack(release, folder).read_bytes()
    disk = RecordingDisk(VFS)
    open_journal(folder, executor=LoopExecutor(lambda: 0.0), vfs=VFS).close()
    there = (Created(DATABASE), Written(DATABASE, 0, octets), Synced(DATABASE, directory=True))
    return [*there, *(one for one in disk.operations if one != Created(DATABASE))]


def start(directory: Path) -> None:
    """posd starts on what is there."""
    try:
        open_journal(directory, executor=LoopExecutor(lambda: 0.0)).close()
    except PosdError as error:
        raise AssertionError(error) from error


@pytest.mark.timeout(60)
@releases
def test_an_upgrade_is_done_or_not_begun_wherever_the_power_goes(
    memory: Path, release: str
) -> None:
    before = memory / "before"
    before.mkdir()
    story = upgrade(release, before)
    with closing(apsw.Connection(str(unpack(release, memory)))) as db:
        left = entries(db)
    seen, starts = set[bytes](), set[int]()
    for image in islice(Cuts(chance(1)).images(story), 3 * KINDS, None, EACH):
        if image.digest not in seen:
            seen.add(image.digest)
            directory = lay_out(image, memory)
            start(directory)
            with closing(apsw.Connection(str(directory / DATABASE))) as db:
                found = entries(db)
                known = dict(db.execute("SELECT step, boot FROM schema_step"))
            assert found[: len(left)] == left
            assert known == dict.fromkeys(steps.STEPS, found[-1].boot)
            starts.add(found[-1].boot - left[-1].boot)
    assert starts == {1, 2}, "it is met upgraded and not upgraded"
    assert len(seen) >= IMAGES_MIN, len(seen)
