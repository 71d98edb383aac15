"""A copy of the whole journal, made while posd sells, and verified before it gets its name.

The copy is read through a connection of its own: beside a write-ahead log, who reads holds up no
commit. What could hold one up is the disk, busy with the copy; so each step of the copy is small,
and on disk before the next one begins.
"""

import os
from contextlib import closing
from pathlib import Path
from typing import Final

import apsw

from posd.errors import CopyFailed
from posd.journal import connection, verify, whole_file
from posd.journal.verify import OnProgress, Sound, nobody_asks

STEP_PAGES: Final = 64
"""256 KiB: a commit waits for that much of the copy at most, 25 ms where a disk does 10 MB/s."""
_QUICK: Final = {"journal_mode": "off", "synchronous": 0, "cache_spill": 1, "cache_size": 1}
"""For a file that is worth nothing until it is whole."""


def back_up(journal: Path, target: Path, on_progress: OnProgress = nobody_asks) -> Sound:
    """Copy the journal as it is at this moment; what the copy holds, once it is on disk.

    posd may run meanwhile, or not. Raises CopyFailed, and JournalDamaged if the copy, and so the
    journal, is not what was written; then there is no target.
    """
    if not journal.exists():
        raise CopyFailed(f"{journal} does not exist")
    with whole_file.written(target) as part:
        with closing(connection.open_reader(journal, None)) as source:
            _copy(source, part, on_progress)
        with whole_file.opened(part) as copied:
            return verify.whole(copied, on_progress)


def _copy(source: apsw.Connection, part: Path, on_progress: OnProgress) -> None:
    descriptor = os.open(part, os.O_RDONLY)
    try:
        # Within one transaction the source stands still, and no commit makes the copy begin anew.
        with closing(apsw.Connection(str(part))) as target, source:
            source.execute("SELECT seq FROM head").get  # noqa: B018 (the moment that is copied)
            for name, value in _QUICK.items():
                target.pragma(name, value)
            with target.backup("main", source, "main") as backup:
                while not backup.done:
                    backup.step(STEP_PAGES)
                    os.fdatasync(descriptor)
                    on_progress(backup.page_count - backup.remaining, backup.page_count)
    except apsw.Error as error:
        raise CopyFailed(f"the journal cannot be copied: {error}") from error
    finally:
        os.close(descriptor)
