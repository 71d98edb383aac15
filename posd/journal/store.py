"""The journal: one file, one writer that groups commits, one query-only connection.

Opening verifies before it writes: a journal that contradicts itself is left as it was found.
"""

import asyncio
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import apsw

from posd.clock import Clock
from posd.durations import Durations
from posd.errors import ConfigError, JournalFailed
from posd.journal import chain, connection, epochs, events, segments, steps, verify
from posd.journal.audit_queries import AuditQueries
from posd.journal.command import Command, Committed, Decision, Entry, Ledger, RenderEvents
from posd.journal.commit import STORE, Committer, Head, Origin
from posd.journal.epochs import Identity, Life
from posd.journal.executor import BatchExecutor
from posd.journal.feed import EventFeed
from posd.journal.high_water import HighWater
from posd.journal.histories import Histories
from posd.journal.marks import Marks
from posd.journal.outbox import Outbox
from posd.journal.queries import Queries
from posd.journal.recent import RecentFacts
from posd.journal.tail import Growth, Heads, Pages, Tail
from posd.journal.verify import Position, Standing
from posd.journal.writer import Writer, write_now
from posd.model.facts import Fact
from posd.model.projection import Circumstance

if TYPE_CHECKING:
    from posd.journal.archive import Leaving

VERIFY_PAUSE_S: Final = 0.02
"""Between two pieces of the background verification, so that everything else goes first: it is
through a million payments in half an hour, and through a day's in a second."""


COMMIT_BOUNDS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

HIGH_WATER_S: Final = 60.0
"""So many seconds of facts can be lost unnoticed by the mark beside the journal."""


class _Start:
    """The first command of every boot."""

    actor = "posd"
    claim = None

    def __init__(self, facts: tuple[Fact, ...]) -> None:
        self._facts = facts

    def decide(self, _ledger: Ledger, _at: Circumstance, /) -> Decision:
        return Decision(self._facts, STORE)


class Journal:
    """What is durable. Made by `open`; used from one loop.

    Attributes:
        boot: Boot epoch, one more than that of the posd before.
        parked: Ids of objects with facts that this posd cannot read; commands on them are refused.
        queries: Bounded look-ups.
        feed: Events in their order.
        outbox: What is owed upstream.
        marks: When something was last done that is no fact.
        audits: Look-ups of audits and drafted refunds.
        recent: The latest facts of a few kinds.
        histories: What has happened to a few objects.
        before: The last fact of the boot before, or None if this is the first.
        commit_times: How long commands waited until they were on disk.
    """

    def __init__(
        self,
        writing: apsw.Connection,
        reading: apsw.Connection,
        committer: Committer,
        executor: BatchExecutor,
        clock: Clock,
        identity: Identity | None = None,
    ) -> None:
        self._db = writing
        self._reading = reading
        self._committer = committer
        self._identity = identity
        self.before: Entry | None = None
        self.commit_times = Durations(COMMIT_BOUNDS_S)
        self._durable = committer.head
        self._reached = verify.origin(reading)
        self._checkpoint = verify.last_checkpoint(reading)
        self._growth = Growth(committer.head.seq)
        self._pages = Pages(reading)
        self._pages.add(committer.take_written())
        self._writer = Writer(writing, executor, self._told)
        self.boot = committer.origin.boot
        self.parked = committer.parked
        self.queries = Queries(reading)
        self.feed = EventFeed(reading)
        self.audits = AuditQueries(reading)
        self.recent = RecentFacts(reading)
        self.histories = Histories(reading)
        self.outbox = Outbox(reading, writing, self._writer.write, clock)
        self.marks = Marks(reading, writing, self._writer.write)

    @classmethod
    def open(  # noqa: PLR0913 (composition: each is one seam or one word of the envelope)
        cls,
        path: Path,
        *,
        executor: BatchExecutor,
        clock: Clock,
        node: str,
        livemode: bool,
        software: str,
        render_events: RenderEvents,
        vfs: str | None = None,
        identity: Identity | None = None,
    ) -> "Journal":
        """Open or make the journal, verify it from its last checkpoint, begin a boot epoch.

        Blocks for the verification of at most CHECKPOINT_FACTS facts and one fsync. The executor
        is the journal's: it is closed with it, and when opening fails. With an `identity`, facts
        that are missing since the last start are noticed, and a journal that is gone is not made
        anew. Raises JournalDamaged, JournalTooNew, JournalFailed, and ConfigError if the journal
        was made in the other mode.
        """
        try:
            with ExitStack() as undo, verify.damage_named():
                undo.callback(executor.close)
                if identity is not None:
                    epochs.refuse_if_gone(path, identity.high_water.read())
                db = connection.open_writer(path, vfs)
                undo.callback(db.close)
                last = verify.newest_entry(db) if connection.layout(db) else None
                if last is not None and last.livemode is not livemode:
                    raise _other_mode(path, livemode=livemode)
                connection.migrate(db, last.boot if last else 0)
                connection.trust(db)
                origin = Origin(last.boot + 1 if last else 1, node, livemode)
                parked = verify.unreadable_objects(db) - {STORE}
                head = _head(db, last)
                committer = Committer(db, head, origin, clock, render_events, parked)
                first = epochs.first_facts(db, software, identity, last)
                write_now(db, partial(_begin, db, committer, first))
                reading = connection.open_reader(path, vfs)
                undo.callback(reading.close)
                journal = cls(db, reading, committer, executor, clock, identity)
                journal.before = last
                if committer.life.restored_seq > head.seq:
                    journal.note_high_water()
                undo.pop_all()
                return journal
        except (apsw.Error, OSError) as error:
            raise JournalFailed(f"{path}: {error}") from error

    @property
    def head(self) -> int:
        """Number of the last fact that is durable."""
        return self._growth.head

    async def commit(self, command: Command) -> Committed:
        """Decide the command and write what it makes true; returns when that is on disk.

        A caller that is cancelled learns nothing, and the command is carried out all the same.
        Raises what `decide` raised, nothing being written: Refused; IdempotencyMismatch for a
        claim made before with another digest; JournalFailed once the disk has failed (M17).
        """
        asked_at = asyncio.get_running_loop().time()
        committed = await self._writer.write(partial(self._committer.commit, command))
        self.commit_times.note(asyncio.get_running_loop().time() - asked_at)
        return committed

    async def caught_up(self) -> None:
        """Return when whatever was to be committed before is, or was refused. Raises JournalFailed.

        A caller that is cancelled takes nothing away from those who wait.
        """
        await self._writer.write(lambda: None)

    def tail(self, after: int) -> Tail:
        """All entries after this one, then those to come. Raises JournalFailed in the end."""
        return Tail(self._pages, self._growth, after)

    def heads(self) -> Heads:
        """How far the journal is durable, whenever it has grown from now on."""
        return Heads(self._growth)

    async def verify_rest(self) -> None:
        """Verify what the start did not: everything up to its last checkpoint.

        In pieces, behind waiting commits. Raises JournalDamaged, JournalFailed.
        """
        until = self._checkpoint = verify.last_checkpoint(self._reading)
        self._reached = verify.origin(self._reading)
        while self._reached != until:
            self._reached = await self._writer.write(
                partial(verify.piece, self._db, self._reached, until)
            )
            await asyncio.sleep(VERIFY_PAUSE_S)

    def standing(self) -> Standing:
        """How far the chain is verified."""
        head = Position(self._durable.seq, self._durable.hash)
        return Standing(verify.origin(self._reading), self._reached, self._checkpoint, head)

    @property
    def life(self) -> Life:
        """Which life of the journal this is."""
        return self._committer.life

    def note_high_water(self) -> None:
        """Write down how far the journal is durable. Blocks for an fsync. Raises OSError."""
        if self._identity is not None:
            self._identity.high_water.write(self._high_water())

    async def keep_high_water(self) -> None:
        """For ever: write down how far the journal is durable, soon after it has grown.

        Raises OSError, JournalFailed.
        """
        heads = self.heads()
        while self._identity is not None:
            await self._identity.high_water.keep(self._high_water())
            await asyncio.sleep(HIGH_WATER_S)
            await anext(heads)

    async def prune_events(self, before_ms: int) -> int:
        """Forget events of facts before this wall time; how many. Facts are never forgotten."""
        pruned = 0
        while count := await self._writer.write(partial(events.prune, self._db, before_ms)):
            pruned += count
        return pruned

    async def let_go(self, leaving: "Leaving") -> Committed:
        """Let months leave that lie in a verified archive; returns when that is on disk.

        For a journal that nobody else follows meanwhile. Raises NotArchivable, nothing being
        written; JournalFailed.
        """
        from posd.journal.archive import let_go

        return await self._writer.write(partial(let_go, self._db, self._committer.commit, leaving))

    def close(self) -> None:
        """Finish the batch in hand and let go of the file. Blocks for that batch.

        Commits that no batch had taken up raise JournalFailed, and so do tails.
        """
        self._writer.close()
        self._reading.close()
        self._db.close()

    def _high_water(self) -> HighWater:
        life, head = self._committer.life, self._durable
        return HighWater(life.journal, life.epoch, self.boot, head.seq, head.hash)

    def _told(self, failure: JournalFailed | None) -> None:
        if failure is None:
            self._pages.add(self._committer.take_written())
            self._durable = self._committer.head
            self._growth.reach(self._committer.head.seq)
        else:
            self._growth.fail(failure)


def _begin(db: apsw.Connection, committer: Committer, first: tuple[Fact, ...]) -> None:
    committer.commit(_Start(first))
    steps.sign(db, committer.origin.boot)


def _head(db: apsw.Connection, last: Entry | None) -> Head:
    if last is None:
        return Head(0, chain.GENESIS, "", None)
    return Head(last.seq, last.hash, last.account, segments.newest(db))


def _other_mode(path: Path, *, livemode: bool) -> ConfigError:
    wanted, found = ("live", "test") if livemode else ("test", "live")
    return ConfigError(
        f"{path}: mode = {wanted!r}, but this journal was made in mode {found!r}; each mode needs a"
        " state directory of its own"
    )
