"""One command: claim, legality, facts, records, events, outbox, all or nothing."""

from collections.abc import Iterator, Sequence
from typing import Final

import apsw
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from posd.clock import Clock, utc
from posd.errors import IdempotencyMismatch, Refused
from posd.journal import chain, epochs, events, records, segments
from posd.journal.command import (
    Claim,
    Command,
    Committed,
    Decision,
    Entry,
    RenderEvents,
)
from posd.journal.ledger import StoredLedger
from posd.journal.outbox_rows import owe, requeue, settle
from posd.journal.segments import Segment
from posd.model.belonging import object_of
from posd.model.effect import EffectState
from posd.model.facts import FACT_VERSION, AccountLearned, EffectParked, Fact, encode
from posd.model.projection import Circumstance, Record, project
from posd.model.queue_facts import EffectHeld, EffectWrittenOff
from posd.model.restore import Provenance
from posd.model.restore_facts import RestoreNoticed

STORE: Final = "store"
"""The object of facts about the whole store; it is never parked, or posd could not start."""
_legs: Final = msgspec.json.Encoder(order="sorted")


class Head(Struct, frozen=True):
    """The end of the journal. `account` is "" while none is known; `segment` None at the start."""

    seq: int
    hash: bytes
    account: str
    segment: Segment | None


class Origin(Struct, frozen=True):
    """What every envelope of one boot says of where it comes from."""

    boot: int
    node: str
    livemode: bool


class Committer:
    """Turns commands into rows. Lives on the writer's side.

    Attributes:
        head: The end of the journal as far as it is written, durable or not yet.
        origin: What every envelope says of this boot.
        parked: Ids of objects whose history this posd cannot read.
        life: Which life of the journal the facts are of.
    """

    def __init__(
        self,
        db: apsw.Connection,
        head: Head,
        origin: Origin,
        clock: Clock,
        render_events: RenderEvents,
        parked: frozenset[str],
    ) -> None:
        self.head = head
        self.life = epochs.life(db)
        self._db = db
        self.origin = origin
        self._clock = clock
        self._render_events = render_events
        self.parked = parked
        self._ledger = StoredLedger(db)
        self._written: list[Entry] = []
        self._kinds: set[tuple[str, int]] = set()

    def take_written(self) -> Sequence[Entry]:
        """The entries written since this was last asked, in order. Not while a batch runs."""
        written, self._written = self._written, []
        return written

    def commit(self, command: Command) -> Committed:
        """Write what the command decides. The caller undoes all of it after an exception.

        Raises Refused, IdempotencyMismatch; anything else is a bug of the command's.
        """
        claim = command.claim
        if claim is not None and (earlier := self._earlier(claim)) is not None:
            return earlier
        at = Circumstance(
            self._clock.wall_ms(), self.origin.livemode, command.actor, self._provenance()
        )
        decision = command.decide(self._ledger, at)
        if not decision.facts:
            assert not decision.effects, "an effect is owed by a fact"
            assert not decision.settled, "an effect is settled by a fact"
            if claim is not None and decision.answer:
                # A late repetition must not find the way free for a second attempt (M14).
                self._claim(claim, decision.answer, self.head.seq)
            return Committed(self.head.seq, (), decision.answer)
        head, entries, changed = self._write(decision, at)
        if claim is not None:
            self._claim(claim, decision.answer, head.seq)
        self.head = head
        for entry in entries:
            self.life = epochs.life_after(self.life, entry)
        self._written += entries
        self._kinds.update((entry.kind, entry.version) for entry in entries)
        return Committed(head.seq, changed, decision.answer)

    def _write(
        self, decision: Decision, at: Circumstance
    ) -> tuple[Head, Sequence[Entry], tuple[Record, ...]]:
        changed: dict[tuple[type[Record], str], Record] = {}
        entries: list[Entry] = []
        head = self.head
        for fact in decision.facts:
            head, entry = self._append(head, fact, at, decision)
            entries.append(entry)
            for record in self._project(entry, fact, at):
                changed[type(record), record.id] = record
        self._db.execute(
            "INSERT INTO head (id, seq, hash, account) VALUES (1, ?, ?, ?) ON CONFLICT (id)"
            " DO UPDATE SET seq = excluded.seq, hash = excluded.hash, account = excluded.account",
            (head.seq, head.hash, head.account),
        )
        self._owe(decision, at)
        if any(isinstance(fact, RestoreNoticed) for fact in decision.facts):
            epochs.doubt_all(self._db)
        return head, entries, tuple(changed.values())

    def _provenance(self) -> Provenance:
        life = self.life
        return Provenance(life.journal, life.epoch, self.origin.boot, self.head.seq + 1)

    def _earlier(self, claim: Claim) -> Committed | None:
        row = self._db.execute(
            "SELECT digest, answer, seq FROM idempotency"
            " WHERE access_key = ? AND route = ? AND key = ?",
            (claim.access_key, claim.route, claim.key),
        ).get
        if row is None:
            return None
        digest, answer, seq = row
        if digest != claim.digest:
            raise IdempotencyMismatch(claim.key)
        return Committed(seq, (), answer, replayed=True)

    def _claim(self, claim: Claim, answer: str, seq: int) -> None:
        self._db.execute(
            "INSERT INTO idempotency (access_key, route, key, digest, answer, seq)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (claim.access_key, claim.route, claim.key, claim.digest, answer, seq),
        )

    def _append(
        self, head: Head, fact: Fact, at: Circumstance, decision: Decision
    ) -> tuple[Head, Entry]:
        account = fact.account if isinstance(fact, AccountLearned) else head.account
        segment = self._segment(head, at)
        entry = chain.seal(
            Entry(
                seq=head.seq + 1,
                kind=type(fact).__name__,
                version=FACT_VERSION,
                object=object_of(fact),
                boot=self.origin.boot,
                node=self.origin.node,
                actor=at.actor,
                account=account,
                livemode=at.livemode,
                wall_ms=at.wall_ms,
                legs=_legs.encode(decision.legs),
                body=encode(fact),
                previous=head.hash,
                hash=b"",
                fact=fact,
            )
        )
        segments.append(self._db, segment, entry)
        self._index(entry)
        return Head(entry.seq, entry.hash, account, segment), entry

    def _segment(self, head: Head, at: Circumstance) -> Segment:
        label = segments.label_of(utc(at.wall_ms))
        if head.segment is not None and head.segment.label == label:
            return head.segment
        ordinal = 1 if head.segment is None else head.segment.ordinal + 1
        segment = Segment(ordinal, label, head.seq + 1)
        segments.add(self._db, segment)
        return segment

    def _index(self, entry: Entry) -> None:
        self._db.execute(
            "INSERT INTO history (object, seq) VALUES (?, ?)", (entry.object, entry.seq)
        )
        if (entry.kind, entry.version) not in self._kinds:
            self._db.execute(
                "INSERT OR IGNORE INTO fact_kind (kind, version, first_seq) VALUES (?, ?, ?)",
                (entry.kind, entry.version, entry.seq),
            )
        if entry.seq % chain.CHECKPOINT_FACTS == 0:
            self._db.execute(
                "INSERT INTO checkpoint (seq, hash) VALUES (?, ?)", (entry.seq, entry.hash)
            )

    def _project(self, entry: Entry, fact: Fact, at: Circumstance) -> Sequence[Record]:
        changed = project(fact, at, self._ledger)
        for id_ in {entry.object, *(record.id for record in changed)} & self.parked:
            raise Refused(
                "resource_parked",
                f"{id_} has a history that this version of posd cannot read. Install the newer"
                " version again.",
                status=409,
            )
        for record in changed:
            records.save(self._db, record, entry.seq)
        for event in self._render_events(entry.seq, fact, changed, self._ledger, at):
            events.keep(self._db, event, at.wall_ms)
        return changed

    def _owe(self, decision: Decision, at: Circumstance) -> None:
        states = dict(_told_states(decision.facts))
        owed_ms = at.wall_ms
        for id_ in decision.settled:
            state = states.get(id_, EffectState.DONE)
            owed_ms = min(owed_ms, settle(self._db, id_, state, at.wall_ms))
        for id_ in decision.requeued:
            requeue(self._db, id_)
        for effect in decision.effects:
            account = effect.account or self._ledger.account()
            owe(self._db, replace(effect, account=account), owed_ms)
            if self.life.restored_seq:
                epochs.doubt(self._db, effect.id, self.life.restored_seq)


def _told_states(facts: Sequence[Fact]) -> Iterator[tuple[str, EffectState]]:
    """What becomes of the effects that these facts settle, where it is not that they are done."""
    for fact in facts:
        match fact:
            case EffectParked(effect) | EffectHeld(effect):
                yield effect, EffectState.PARKED
            case EffectWrittenOff(effect):
                yield effect, EffectState.WRITTEN_OFF
            case _:
                pass
