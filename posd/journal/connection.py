"""Connections to the database file: settings set one by one and read back, then the schema."""

from collections.abc import Collection, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

import apsw

from posd.errors import JournalDamaged, JournalFailed, JournalTooNew
from posd.journal import steps

APPLICATION_ID: Final = 0x706F7364
"""`posd` in ASCII, in the header of the database file."""
ARCHIVE_ID: Final = 0x706F7361
"""`posa` in ASCII, in the header of an archive, which no posd takes for its journal."""
LAYOUT: Final = 1
"""`user_version` of the tables: raised only when no older posd may open them."""
_TABLES: Final = files(__package__).joinpath("schema", f"{LAYOUT:04d}.sql").read_text()
ARCHIVED_LAYOUT: Final = 2
"""`user_version` once facts lie in archives: a posd that looks for them here must not open it."""
BUSY_TIMEOUT_MS: Final = 10_000
"""How long the writer waits for a second tool that holds the database."""
_SYNCHRONOUS_FULL: Final = 2
_TEMP_STORE_MEMORY: Final = 2
_SHARED: Final[Mapping[str, int | str]] = {
    "trusted_schema": 0,
    "cell_size_check": 1,
    "busy_timeout": BUSY_TIMEOUT_MS,
    # Savepoints would spill into files elsewhere, which a hardened service cannot make.
    "temp_store": _TEMP_STORE_MEMORY,
}
_WRITER: Final[Mapping[str, int | str]] = {
    "journal_mode": "wal",
    "synchronous": _SYNCHRONOUS_FULL,
    # The journal makes its own checkpoints of the log: SQLite's hide a failed fsync (M17).
    "wal_autocheckpoint": 0,
    "recursive_triggers": 1,
}
_READER: Final[Mapping[str, int | str]] = {"query_only": 1}


def open_writer(path: Path, vfs: str | None) -> apsw.Connection:
    """The one connection that writes. Raises JournalDamaged, JournalFailed.

    Closing it writes nothing into the database until `trust` is called.
    """
    log = path.with_name(path.name + "-wal")
    if _octets(log) and not _octets(path):
        # SQLite would take this for a new database and delete the log.
        raise JournalDamaged(f"{log} is there, but not the database it belongs to")
    db = _open(path, vfs, apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
    try:
        distrust(db)
        _set_all(db, _SHARED)
        _set_all(db, _WRITER)
    except BaseException:
        db.close()
        raise
    return db


def open_reader(path: Path, vfs: str | None) -> apsw.Connection:
    """A connection for bounded look-ups that cannot write. Raises JournalFailed."""
    db = _open(path, vfs, apsw.SQLITE_OPEN_READWRITE)
    distrust(db)
    _set_all(db, _SHARED)
    _set_all(db, _READER)
    return db


def trust(db: apsw.Connection) -> None:
    """The journal is sound: closing may move the log into the database."""
    db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)


def distrust(db: apsw.Connection) -> None:
    """The disk has failed: closing leaves the log as it is."""
    db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)


def layout(db: apsw.Connection, ids: Collection[int] = (APPLICATION_ID,)) -> int:
    """Layout of the tables; 0 for a new file. Raises JournalDamaged, JournalTooNew.

    `ids` says which files it may be: the journal, unless another is named.
    """
    found: int = db.pragma("user_version")
    judge(db.db_filename("main"), found, db.pragma("application_id"), ids)
    return found


def judge(
    file: str, found: int, application: int, ids: Collection[int] = (APPLICATION_ID,)
) -> None:
    """Whether this posd reads a file that says so of itself. Raises as `layout`."""
    if application not in (ids if found else (0,)):
        raise JournalDamaged(f"{file} is not a journal of posd")
    if found > ARCHIVED_LAYOUT:
        raise JournalTooNew(
            f"the journal has layout {found}, this posd knows {ARCHIVED_LAYOUT}: install the newer"
            " posd again"
        )


def migrate(db: apsw.Connection, last_boot: int) -> None:
    """Bring the tables to LAYOUT and its newest step, in one transaction.

    `last_boot` is the boot epoch of the newest fact, 0 in a new journal. Raises JournalDamaged,
    JournalTooNew.
    """
    with db:
        if not layout(db):
            db.execute(_TABLES)
            db.pragma("application_id", APPLICATION_ID)
            db.pragma("user_version", LAYOUT)
        steps.take(db, last_boot)


def _octets(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _open(path: Path, vfs: str | None, flags: int) -> apsw.Connection:
    try:
        return apsw.Connection(str(path), flags=flags, vfs=vfs)
    except apsw.Error as error:
        raise JournalFailed(f"{path} cannot be opened: {error}") from error


def _set_all(db: apsw.Connection, settings: Mapping[str, int | str]) -> None:
    for name, wanted in settings.items():
        db.pragma(name, wanted)
        if (found := db.pragma(name)) != wanted:
            raise JournalFailed(f"SQLite keeps {name} at {found}, not {wanted}")
