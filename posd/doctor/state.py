"""The state directory and the journal in it, looked at without locking or opening either."""

import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from posd.daemon import HIGH_WATER_FILE, JOURNAL_FILE
from posd.doctor.account import Account
from posd.doctor.finding import Finding, Topic, not_seen, ok, to_fix
from posd.doctor.held import locker
from posd.doctor.machine import Machine
from posd.errors import JournalDamaged, JournalTooNew
from posd.journal import connection, epochs, header
from posd.journal.high_water import HighWaterFile
from posd.journal.lock import DIRECTORY_MODE


def findings(machine: Machine, account: Account, folder: Path) -> Iterator[Finding]:
    """The folder, who holds it, whose its files are, and whether this posd reads its journal."""
    try:
        yield from _folder(machine, account, folder)
        if folder.is_dir() or not folder.exists():
            yield from _journal(folder)
    except PermissionError:
        yield not_seen(Topic.STATE, f"{folder} is closed to you", "run this as root")


def _folder(machine: Machine, account: Account, folder: Path) -> Iterator[Finding]:
    if not folder.exists():
        yield ok(Topic.STATE, f"{folder}: made at the first start")
        return
    status = folder.stat()
    named = shlex.quote(str(folder))
    if not stat.S_ISDIR(status.st_mode):
        yield to_fix(Topic.STATE, f"{folder} is no folder", f"mv {named} {named}.old")
        return
    strangers = [folder, *folder.iterdir()]
    strangers = [one for one in strangers if one.lstat().st_uid != account.uid]
    if strangers:
        told = ", ".join(one.name if one != folder else str(one) for one in strangers)
        yield to_fix(
            Topic.STATE,
            f"{folder}: not {account.name}'s: {told}",
            f"chown -R {account.name}: {named}",
        )
    holder = locker(machine, folder)
    held = "free" if holder is None else f"held by {holder.name}, process {holder.pid}"
    mode = stat.S_IMODE(status.st_mode)
    more = "" if mode == DIRECTORY_MODE else f"; mode {mode:04o}, posd makes it 0700"
    yield ok(Topic.STATE, f"{folder}: {held}{more}")


def _journal(folder: Path) -> Iterator[Finding]:
    file = folder / JOURNAL_FILE
    try:
        epochs.refuse_if_gone(file, HighWaterFile(folder / HIGH_WATER_FILE).read())
        if not file.exists():
            yield ok(Topic.JOURNAL, "none yet: made at the first start")
            return
        found = header.read(file)
        connection.judge(str(file), found.layout, found.application)
    except JournalDamaged as error:
        yield to_fix(Topic.JOURNAL, str(error), "put a backup back: docs/operations.md")
    except JournalTooNew as error:
        yield to_fix(Topic.JOURNAL, str(error), "install the newer posd again")
    else:
        yield ok(Topic.JOURNAL, f"{file}: layout {found.layout}, readable")
