"""A journal of many years, filled in minutes: one day's rows, over and over with other numbers.

The first day is written by the journal itself. Each other day is a copy of that day's rows in which
the ids, the wall time and the numbers of the facts are the next day's, and the hashes are reckoned
anew; so what a start verifies, a look-up reads and a payment builds on is what a posd had written.
Events are left out: a posd forgets those of more than 30 days ago.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import apsw
from msgspec.structs import replace

from posd.clock import utc
from posd.journal import chain, segments
from posd.journal.command import Claim, Entry
from posd.journal.executor import LoopExecutor
from posd.journal.records import READERS, save
from posd.journal.segments import Segment
from posd.journal.store import Journal
from posd.model.facts import (
    ApprovalHeard,
    AttemptApproved,
    AttemptKind,
    AttemptStarted,
    Baseline,
    EffectDone,
    PaymentIntentCreated,
    Proof,
    StatusReported,
)
from posd.render import event
from posd_drivers.card_reader import Kind, Transaction
from tests.unit.posd.journal.scenario import (
    DAY_MS,
    TILL,
    Facts,
    TurnedClock,
    effect,
    reader,
)

FIRST_DAY_MS: Final = 1_500_000_000_000
"""2017-07-14T02:40:00Z: so many years of sales lie behind the day of the measurement."""
READER: Final = "tmr_posd_lane-1"
TERMINAL: Final = "52523535"
AMOUNT: Final = 1250
_DAY: Final = "_00001_"
"""Stands in every id of the first day, and in no other text."""
_COPIED: Final = ("payment_intent", "attempt", "idempotency", "outbox", "history")
"""Tables with rows of a day of its own; `fact_NNNN` is made beside them."""
_SEQ_COLUMNS: Final = frozenset({"seq", "created_seq"})
_QUICK: Final[Mapping[str, int | str]] = {
    "journal_mode": "off",
    "synchronous": 0,
    "locking_mode": "exclusive",
    "cache_size": -400_000,
}
"""For a file that is worth nothing until it is whole; 400 MB of cache keep all indexes' tops."""


def fill(file: Path, days: int, payments_a_day: int) -> None:
    """Make the journal of a store that has sold so much, each day closed."""
    asyncio.run(_first_day(file, payments_a_day))
    with closing(apsw.Connection(str(file))) as db:
        for name, value in _QUICK.items():
            db.pragma(name, value)
        with db:
            _Years(db).repeat(days - 1)
        db.pragma("locking_mode", "normal")
        db.pragma("journal_mode", "wal")


async def _first_day(file: Path, payments: int) -> None:
    journal = Journal.open(
        file,
        executor=LoopExecutor(lambda: 0.0),
        clock=TurnedClock(FIRST_DAY_MS),
        node="bench",
        livemode=False,
        software="bench",
        render_events=event.events,
    )
    await journal.commit(Facts((reader(READER),)))
    for number in range(payments):
        for command in _payment(number):
            await journal.commit(command)
    for command in _closing():
        await journal.commit(command)
    await journal.prune_events(FIRST_DAY_MS + DAY_MS)
    journal.close()


def _payment(number: int) -> Iterator[Facts]:
    name = f"{_DAY}{number:05d}"
    intent, attempt, report = f"pi_posd{name}", f"att_posd{name}", f"report{name}"
    taken = Transaction(Kind.SALE, TERMINAL, AMOUNT, "eur", 0, number + 1, trace=number)
    baseline = Baseline(TERMINAL, asked=True, receipt=number)
    sale = AttemptKind.SALE
    created = PaymentIntentCreated(intent, AMOUNT, "eur", order=f"order{name}", business_day=_DAY)
    yield Facts((created,), intent, claim=_claim(f"create{name}"))
    started = AttemptStarted(attempt, sale, intent, READER, AMOUNT, "eur", baseline)
    yield Facts((started,), attempt, claim=_claim(f"process{name}"))
    yield Facts((StatusReported(attempt, taken, accepted=True),), attempt)
    approved = AttemptApproved(attempt, f"ch_posd{name}", AMOUNT, Proof.DIALOGUE, taken)
    yield Facts((approved,), attempt, effects=(effect(report, intent),))
    yield Facts((ApprovalHeard(intent),))
    yield Facts((EffectDone(report, intent, f"pr{name}"),), settled=(report,))


def _closing() -> Iterator[Facts]:
    attempt, baseline = f"att_posd{_DAY}closing", Baseline(TERMINAL, asked=True)
    kind = AttemptKind.END_OF_DAY
    yield Facts((AttemptStarted(attempt, kind, "", READER, 0, "eur", baseline),))
    done = Transaction(Kind.END_OF_DAY, TERMINAL, 0, "eur", 0, None, None)
    yield Facts((StatusReported(attempt, done, accepted=True),))
    yield Facts((AttemptApproved(attempt, None, 0, Proof.DIALOGUE, done),))


def _claim(key: str) -> Claim:
    return Claim(TILL, "POST /v1/payment_intents", key, "d1")


class _Years:
    """Copies of the first day, each behind the last fact of the one before."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        (self._segment,) = segments.segments(db)
        entries = list(segments.rows(db, self._segment, 0))
        first = next(at for at, entry in enumerate(entries) if _DAY in entry.object)
        self._day = entries[first:]
        self._last = entries[-1]
        self._tables = {table: _Rows(db, table, self._day[0].seq) for table in _COPIED}

    def repeat(self, days: int) -> None:
        """Write so many more days."""
        for day in range(2, days + 2):
            later = _Later(day)
            offset = self._last.seq - self._day[0].seq + 1
            self._write_facts(later)
            for rows in self._tables.values():
                rows.copy(later, offset)
        self._end(_Later(days + 1))

    def _write_facts(self, later: "_Later") -> None:
        for template in self._day:
            entry = chain.seal(
                replace(
                    template,
                    seq=self._last.seq + 1,
                    object=later.text(template.object),
                    wall_ms=later.wall_ms,
                    body=later.octets(template.body),
                    previous=self._last.hash,
                )
            )
            self._append(entry)
            self._last = entry

    def _append(self, entry: Entry) -> None:
        label = segments.label_of(utc(entry.wall_ms))
        if label != self._segment.label:
            self._segment = Segment(self._segment.ordinal + 1, label, entry.seq)
            segments.add(self._db, self._segment)
        segments.append(self._db, self._segment, entry)
        if entry.seq % chain.CHECKPOINT_FACTS == 0:
            self._db.execute(
                "INSERT INTO checkpoint (seq, hash) VALUES (?, ?)", (entry.seq, entry.hash)
            )

    def _end(self, last_day: "_Later") -> None:
        """The journal's head, and the reader after its last end of day."""
        self._db.execute("UPDATE head SET seq = ?, hash = ?", (self._last.seq, self._last.hash))
        body = self._db.execute("SELECT body FROM reader").get
        reader = READERS.decode(last_day.octets(body))
        assert reader.closing is not None, "each day is closed"
        takings = replace(reader.closing.takings, since_ms=last_day.wall_ms - DAY_MS)
        closed = replace(reader.closing, takings=takings)
        told = replace(reader, closing=closed, registered_ms=FIRST_DAY_MS)
        save(self._db, told, self._last.seq)


class _Later:
    """What is the first day's, as a later day has it."""

    def __init__(self, day: int) -> None:
        self.wall_ms = FIRST_DAY_MS + (day - 1) * DAY_MS
        self._name = f"_{day:05d}_"
        self._words = ((_DAY, self._name), (str(FIRST_DAY_MS), str(self.wall_ms)))

    def text(self, told: str) -> str:
        """Ids and days in a text."""
        return told.replace(_DAY, self._name)

    def octets(self, told: bytes) -> bytes:
        """Ids, days and times in canonical JSON."""
        for old, new in self._words:
            told = told.replace(old.encode(), new.encode())
        return told


class _Rows:
    """The rows of the first day in one table."""

    def __init__(self, db: apsw.Connection, table: str, first_seq: int) -> None:
        # Generated columns are no columns of a row.
        columns = [name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")]
        self._seq_at = [at for at, name in enumerate(columns) if name in _SEQ_COLUMNS]
        self._position_at = columns.index("position") if "position" in columns else None
        names = ", ".join(columns)
        where = f" WHERE seq >= {first_seq}" if table == "history" else ""
        self._rows = [tuple(row) for row in db.execute(f"SELECT {names} FROM {table}{where}")]  # noqa: S608
        marks = ", ".join("?" * len(columns))
        self._insert = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
        self._db = db

    def copy(self, later: _Later, offset: int) -> None:
        """Write them as the later day has them, its facts `offset` further on."""
        self._db.executemany(self._insert, (self._row(row, later, offset) for row in self._rows))

    def _row(self, row: Sequence[Any], later: _Later, offset: int) -> list[Any]:
        copied = [_copied(value, later) for value in row]
        for at in self._seq_at:
            copied[at] += offset
        if self._position_at is not None:
            copied[self._position_at] = None
        return copied


def _copied(value: Any, later: _Later) -> Any:  # noqa: ANN401 (SQLite's own types)
    match value:
        case bytes():
            return later.octets(value)
        case str():
            return later.text(value)
        case _ if value == FIRST_DAY_MS:
            return later.wall_ms
        case _:
            return value
