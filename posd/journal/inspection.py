"""The journal where it lies, or a copy of it, looked into by whoever may read the file."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw

from posd.errors import CopyFailed
from posd.journal import connection, only_here, verify, whole_file
from posd.journal.only_here import OnlyHere
from posd.journal.queries import Queries
from posd.journal.verify import OnProgress, Sound, nobody_asks


@contextmanager
def opened(file: Path, *, copied: bool) -> Iterator[Queries]:
    """Look-ups in the journal, or in a backup or an archive. Raises CopyFailed, JournalFailed."""
    with whole_file.opened(file) if copied else _running(file) as db:
        yield Queries(db)


def journal(file: Path, on_progress: OnProgress = nobody_asks) -> Sound:
    """Verify the journal as it is at this moment, whether posd runs or not; no commit waits for it.

    Raises JournalDamaged, JournalTooNew, JournalFailed, and CopyFailed if there is none.
    """
    with _running(file) as db:
        return verify.whole(db, on_progress)


def known_only(file: Path) -> OnlyHere:
    """What is known nowhere but in the journal. Raises JournalTooNew, JournalFailed, CopyFailed."""
    with _running(file) as db:
        return only_here.only_here(db)


def copy(file: Path, on_progress: OnProgress = nobody_asks) -> Sound:
    """Verify a backup or an archive. Raises JournalDamaged, JournalTooNew, CopyFailed."""
    with whole_file.opened(file) as db:
        return verify.whole(db, on_progress)


@contextmanager
def _running(file: Path) -> Iterator[apsw.Connection]:
    """The journal as it stands at the first look, whatever is written meanwhile."""
    if not file.exists():
        raise CopyFailed(f"{file} does not exist")
    with closing(connection.open_reader(file, None)) as db:
        db.execute("BEGIN")
        yield db
