"""Is the journal the latest there was, and on its own machine? If not, a new epoch begins.

A start finds out before anything is sold or sent. What it cannot see, as when a whole machine was
set back with all its files, shows in Stripe's list (posd.sync.reconcile).
"""

from pathlib import Path

import apsw
from msgspec import Struct
from msgspec.structs import replace

from posd.errors import Archived, JournalDamaged
from posd.ids import Ids
from posd.journal import segments
from posd.journal.command import Entry
from posd.journal.high_water import HighWater, HighWaters
from posd.journal.records import StoredRecords
from posd.model.facts import DaemonStarted, Fact
from posd.model.restore import Epoch, Restore
from posd.model.restore_facts import RestoreCause, RestoreNoticed


class Identity(Struct, frozen=True):
    """By what a journal knows itself again.

    Attributes:
        machine: Hash of the machine's id, or "" if it has none.
        ids: Where ids of epochs and restores come from.
        high_water: How far the journal has been.
    """

    machine: str
    ids: Ids
    high_water: HighWaters


class Life(Struct, frozen=True):
    """The journal's life now; `restored_seq` is the fact that noticed the newest gap, or 0."""

    journal: str = ""
    epoch: str = ""
    restored_seq: int = 0


def refuse_if_gone(path: Path, mark: HighWater | None) -> None:
    """Raise JournalDamaged where there was a journal and there is none: none is made instead."""
    if mark is not None and mark.seq and not (path.exists() and path.stat().st_size):
        raise JournalDamaged(
            f"{path} is gone; it had {mark.seq} facts. Put a backup in its place: posd then finds"
            " out what is missing. To begin anew, move the high-water file beside it away."
        )


def life(db: apsw.Connection) -> Life:
    """The life that the journal was in last."""
    known = StoredRecords(db).newest_epoch()
    restored: int = db.execute("SELECT coalesce(max(created_seq), 0) FROM restore").get
    return Life(restored_seq=restored) if known is None else _life(known, restored)


def life_after(life: Life, entry: Entry) -> Life:
    """The life after one more fact."""
    match entry.fact:
        case DaemonStarted(journal=journal, epoch=epoch) if epoch:
            return Life(journal, epoch, life.restored_seq)
        case RestoreNoticed(journal=journal, epoch=epoch):
            return Life(journal, epoch, entry.seq)
        case _:
            return life


def first_facts(
    db: apsw.Connection, software: str, identity: Identity | None, last: Entry | None
) -> tuple[Fact, ...]:
    """What a start makes true; `last` is the newest fact before it.

    Raises OSError where a journal gets its first epoch and the mark cannot be kept.
    """
    if identity is None:
        return (DaemonStarted(software),)
    mark = identity.high_water.read()
    records = StoredRecords(db)
    known = records.newest_epoch()
    cause = _cause(db, identity.machine, mark, known, last)
    if cause is None:
        born = known or _born(identity, mark, last)
        return (DaemonStarted(software, identity.machine, born.journal, born.id),)
    assert last is not None, "an empty journal has lost nothing"
    noticed = RestoreNoticed(
        restore=identity.ids.new("rst_posd"),
        epoch=identity.ids.new("ep"),
        journal=_journal_of(known, mark),
        machine=identity.machine,
        cause=cause,
        after_seq=last.seq,
        after_ms=last.wall_ms,
        lost_seq=mark.seq if mark is not None and mark.seq > last.seq else None,
    )
    started = DaemonStarted(software, identity.machine, noticed.journal, noticed.epoch)
    return (started, with_open_gap(noticed, records.open_restore()))


def with_open_gap(noticed: RestoreNoticed, before: Restore | None) -> RestoreNoticed:
    """The notice, whose gap takes in the one before if nobody has accepted that yet."""
    if before is None:
        return noticed
    return replace(
        noticed,
        after_seq=min(noticed.after_seq, before.after_seq),
        after_ms=min(noticed.after_ms, before.after_ms),
        supersedes=before.id,
    )


def doubt_all(db: apsw.Connection) -> None:
    """The lost facts may have sent what still waits: it is looked for before it is sent (M13)."""
    db.execute("UPDATE outbox SET look_first = 1 WHERE state IN ('waiting', 'parked')")


def doubt(db: apsw.Connection, effect: str, restored_seq: int) -> None:
    """The same of what is owed now, if it is for a payment from before the gap."""
    db.execute(
        "UPDATE outbox SET look_first = 1 WHERE id = ? AND EXISTS (SELECT 1 FROM payment_intent"
        " WHERE payment_intent.id = outbox.payment_intent AND created_seq < ?)",
        (effect, restored_seq),
    )


def _life(epoch: Epoch, restored_seq: int) -> Life:
    return Life(epoch.journal, epoch.id, restored_seq)


def _cause(
    db: apsw.Connection,
    machine: str,
    mark: HighWater | None,
    known: Epoch | None,
    last: Entry | None,
) -> RestoreCause | None:
    """What shows that facts are missing, the plainest first; None if nothing does."""
    if last is None:
        return None
    if mark is None:
        return None if known is None else RestoreCause.UNACCOMPANIED
    if mark.seq > last.seq:
        return RestoreCause.BEHIND
    if mark.seq and _hash_of(db, mark.seq) not in (None, mark.hash):
        return RestoreCause.DIVERGED
    if known is not None and known.machine and machine and known.machine != machine:
        return RestoreCause.OTHER_MACHINE
    return None


def _hash_of(db: apsw.Connection, seq: int) -> bytes | None:
    """Hash of the fact with this number; None if it lies in an archive."""
    try:
        return next((one.hash for one in segments.page(db, seq - 1, 1) if one.seq == seq), None)
    except Archived:
        return None


def _born(identity: Identity, mark: HighWater | None, last: Entry | None) -> Epoch:
    """The first epoch. Its mark is kept first: an epoch without one has been copied from afar."""
    if mark is not None and mark.epoch:
        return Epoch(mark.epoch, mark.journal, identity.machine)
    epoch = identity.ids.new("ep")
    boot, seq, hash_ = (last.boot, last.seq, last.hash) if last is not None else (0, 0, b"")
    identity.high_water.write(HighWater(epoch, epoch, boot, seq, hash_))
    return Epoch(epoch, epoch, identity.machine)


def _journal_of(known: Epoch | None, mark: HighWater | None) -> str:
    if known is not None:
        return known.journal
    assert mark is not None, "without epoch and mark nothing is missing"
    return mark.journal
