"""Is a file what was written, all of it? The journal where it lies, or a copy of it."""

from contextlib import closing
from pathlib import Path

from posd.errors import CopyFailed
from posd.journal import connection, verify, whole_file
from posd.journal.verify import Sound


def journal(file: Path) -> Sound:
    """The journal as it is at this moment, whether posd runs or not; no commit waits for it.

    Raises JournalDamaged, JournalTooNew, JournalFailed, and CopyFailed if there is none.
    """
    if not file.exists():
        raise CopyFailed(f"{file} does not exist")
    with closing(connection.open_reader(file, None)) as db:
        db.execute("BEGIN")
        return verify.whole(db)


def copy(file: Path) -> Sound:
    """A backup or an archive, where it lies. Raises JournalDamaged, JournalTooNew, CopyFailed."""
    with whole_file.opened(file) as db:
        return verify.whole(db)
