"""The watch over a run: it sees every step, has each checked, and keeps the first thing found.

Nothing here raises into what it watches: a violation is kept with its time, and ends the run.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2
from typing_extensions import override

from posd.errors import JournalFailed
from posd.failpoints import Failpoint
from posd.journal.command import Entry
from posd.journal.store import Journal
from posd_simulator.cloud.ledger import Changed
from posd_simulator.cloud.ledger import Ledger as CloudLedger
from posd_simulator.cloud.rules.payment_records import guaranteed_value, refunded_value
from posd_simulator.terminal.ledger import (
    BOOKING,
    CLOSING,
    HAND,
    PREAUTHORISATION,
    REFUND,
    SALE,
    Line,
    Transaction,
)
from posd_simulator.terminal.ledger import Entry as Booking
from tests.simulation import books, invariants, setback
from tests.simulation.at_terminal import PART_AMOUNT_MAX
from tests.simulation.evidence import (
    Booked,
    Closed,
    Commanded,
    Evidence,
    Guaranteed,
    Posted,
    Record,
)
from tests.simulation.history import EDGES, AttemptSeen, History
from tests.simulation.invariants import Check
from tests.simulation.lane import Lane
from tests.simulation.till import Told, Word
from tests.simulation.trace import Trace


@dataclass(frozen=True, slots=True)
class Violation:
    """What must not be true and was. `at_s` is the loop's time, seconds since the opening."""

    at_s: float
    invariant: str
    what: str

    @override
    def __str__(self) -> str:
        return f"{self.invariant} at {self.at_s:.3f} s: {self.what}"


class Watch:
    """Sees a run's steps.

    Attributes:
        seen: What everybody saw so far.
        trace: The trace of the run.
        found: The violations; the first one is the story, what follows may be its echo.
        over: Set at the first violation.
        sometimes: How often each thing that should happen now and then did (I23).
        facts: How many facts of each kind reached the disk.
    """

    def __init__(self, folder: Path, trace: Trace) -> None:
        self.seen = Evidence(History(folder / "journal.db"))
        self.found: list[Violation] = []
        self.over = asyncio.Event()
        self.sometimes: Counter[str] = Counter()
        self.facts: Counter[str] = Counter()
        self.trace = trace

    def find(self, invariant: str, what: str) -> None:
        """This must not be true."""
        self.found.append(Violation(asyncio.get_running_loop().time(), invariant, what))
        self.over.set()

    def wrote(self) -> None:
        """A batch is on disk, and nobody knows yet."""
        for entry in self.seen.history.unread():
            self._note(entry)
            if not self._checked(invariants.ON_FACT, entry):
                return
            self.seen.history.take(entry, asyncio.get_running_loop().time())
            self.trace.note("journal", entry.hash)

    def opened(self, journal: Journal) -> None:
        """A posd has opened the journal: all that was known is in it, and it is sound (I13)."""
        if journal.head < self.seen.told_seq:
            self.find("I13", f"the journal ends at {journal.head}, known was {self.seen.told_seq}")
        sound = journal._db.pragma("integrity_check")
        if sound != "ok":
            self.find("I13", f"integrity_check says {sound}")
        self.wrote()

    def stopped(self, took_s: float) -> None:
        """A posd that was told to end is about to, after so many seconds."""
        self.sometimes["stopped in order"] += 1
        for what in invariants.i20_an_end_in_order(self.seen, took_s):
            self.find("I20", what)

    def day_begun_s(self, reader: str) -> float:
        """When the last end of day began at a reader, as far as the journal tells."""
        return self.seen.history.day_begun_s(reader)

    def put_back(self) -> None:
        """The journal is an older one: posd has forgotten what came after."""
        setback.forget(self.seen, asyncio.get_running_loop().time())
        self.sometimes["journal put back"] += 1

    def died(self) -> None:
        """A posd is dead: nobody but the disk knows what was not told."""
        self.sometimes["death"] += 1
        self.seen.history.let_go()

    def reached(self, point: Failpoint) -> None:
        """posd came by a failpoint."""
        self.sometimes[f"failpoint {point.value}"] += 1

    def commanded(self, lane: Lane, *, refused: bool) -> None:
        """A command leaves for a terminal, at first or because its frame was refused."""
        self._checked(invariants.ON_COMMAND, Commanded(lane.reader, refused))
        attempt = self.seen.history.of_reader(lane.reader)
        if attempt is not None:
            self.seen.commanded.add(attempt.id)

    def accepted(self, lane: Lane) -> None:
        """posd accepts an approval that a terminal reports."""
        self._checked(invariants.ON_ACCEPTING, lane.reader)

    def booked(self, lane: Lane, line: Line) -> None:
        """A terminal writes in its book."""
        transaction = line.transaction
        self.sometimes[f"book {line.entry.value} {line.reason}".strip()] += 1
        self.sometimes[f"book {transaction.kind} by {transaction.origin}"] += 1
        if transaction.kind == CLOSING:
            self._closed(lane, line)
            return
        attempt = self._asked_for(lane.reader, transaction.amount)
        lost = transaction.amount in self.seen.lost
        nobodys = attempt is None and (lost or _is_part(transaction))
        if transaction.origin != HAND and not nobodys:
            booked = Booked(lane.reader, line, attempt)
            self._checked(invariants.ON_BOOKING, booked)
            order = books.root(lane.book.book, transaction).amount
            self.seen.note_booked(booked, order)
            if transaction.kind == BOOKING:
                how = "part" if transaction.amount < order else "full"
                self.sometimes[f"captured in {how}"] += 1

    def _closed(self, lane: Lane, line: Line) -> None:
        """A terminal closes its day."""
        if line.entry is not Booking.STORED:
            return
        latest = self.seen.history.of_reader(lane.reader)
        by_hand = line.transaction.origin == HAND
        attempt = None if by_hand or latest is None else latest.id
        empty = not lane.book.book.period_before
        closed = Closed(attempt, line.transaction.amount, empty)
        self.seen.closed.setdefault(lane.reader, []).append(closed)

    def erred(self, intent: str, amount: int) -> None:
        """A person errs on a payment: what follows is theirs."""
        self.seen.mistaken.add(amount)
        if (known := self.seen.history.intents.get(intent)) is not None:
            self.seen.mistaken.add(known.amount)

    def heard(self, told: Told) -> None:
        """A till is told how a payment stands."""
        self.seen.told_seq = self.seen.history.head
        if told.intent in self.seen.lost_intents:
            return  # what is told of it now is what Stripe knows
        self._checked(invariants.ON_TELLING, told)
        if told.word is Word.PAID:
            self.seen.note_told(told)

    def pressed(self, intent: str, key: str) -> None:
        """A till is about to have a payment taken under this key."""
        self.seen.pressed.setdefault(intent, set()).add(key)

    def refused(self, code: str) -> None:
        """A till is refused something, by the error's code."""
        self.sometimes[f"refused {code}"] += 1

    def made(self, till: str, key: str, intent: str) -> None:
        """A till was given a PaymentIntent."""
        self._checked(invariants.ON_MAKING, (till, key, intent))
        self.seen.made_with.setdefault((till, key), intent)

    def posted(self, request: httpx2.Request, body: bytes) -> None:
        """A request leaves for Stripe."""
        posted = Posted(
            method=request.method,
            path=request.url.path,
            body=body,
            key=request.headers.get("idempotency-key"),
            at_s=asyncio.get_running_loop().time(),
        )
        self._checked(invariants.ON_POST, posted)
        self.seen.posted_s = posted.at_s
        if posted.method == "GET" and posted.path.startswith("/v1/payment_records"):
            self.seen.looked_s[posted.path] = posted.at_s
            self.sometimes["looks before it sends"] += 1
        if posted.key is not None:
            if posted.key in self.seen.keys:
                self.sometimes["sends again"] += 1
            self.seen.tried_s[posted.key.rpartition("-")[0]] = posted.at_s
            self.seen.keys[posted.key] = (posted.path, posted.body)
            self.seen.bodies[posted.path, posted.body] = posted.key
            self.seen.first_sent_s.setdefault(posted.key, posted.at_s)

    def strayed(self, request: httpx2.Request) -> None:
        """A request leaves for Stripe under the key of somebody else's account (M13)."""
        self.find("I10", f"{request.method} {request.url.path} is sent to somebody else's account")

    def recorded(self, changed: Changed) -> None:
        """Stripe's books change."""
        record = changed.payment_record
        if record is None:
            return
        attempt, value = record.metadata.get("posd_attempt", ""), guaranteed_value(record)
        self.seen.records[record.id] = Record(attempt, value, refunded_value(record))
        if not value:
            return
        certain = Guaranteed(record.id, attempt, value)
        self._checked(invariants.ON_RECORD, certain)
        self.seen.guaranteed.setdefault(certain.attempt, []).append(certain)

    def _asked_for(self, reader: str, amount: int) -> AttemptSeen | None:
        """The latest attempt of that amount at that reader."""
        latest = self.seen.history.of_reader(reader)
        if latest is not None and latest.amount == amount:
            return latest
        fitting = [
            attempt
            for attempt in self.seen.history.attempts.values()
            if (attempt.reader, attempt.amount) == (reader, amount)
        ]
        return fitting[-1] if fitting else None

    def _note(self, entry: Entry) -> None:
        self.facts[entry.kind] += 1
        if entry.kind == "PaymentIntentCaptured":
            self.sometimes["captured without its terminal"] += 1
        if entry.kind in EDGES:
            attempt = self.seen.history.attempts.get(entry.object)
            self.sometimes[f"edge {attempt.state if attempt else None} {entry.kind}"] += 1

    def _checked(self, checks: Sequence[Check], step: object) -> bool:
        """Whether all is well."""
        if self.found:
            return False
        for check in checks:
            for what in _told(check(self.seen, step)):
                self.find(check.__name__.partition("_")[0].upper(), what)
                return False
        return True


def _is_part(transaction: Transaction) -> bool:
    """Whether its terminal took less than was asked for: that is nobody's order (M10)."""
    with_a_card = transaction.kind in (SALE, PREAUTHORISATION, REFUND)
    return with_a_card and transaction.amount <= PART_AMOUNT_MAX


def _told(sentences: Iterator[str]) -> Iterator[str]:
    """At most the first sentence."""
    for sentence in sentences:
        yield sentence
        return


class WatchedStripe(CloudLedger):
    """Stripe's own books, each change of them seen."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    @override
    def apply(self, changed: Changed) -> None:
        super().apply(changed)
        self._watch.recorded(changed)


class BugAlarm(logging.Handler):
    """A bug that posd logs and survives is a violation all the same (M18)."""

    def __init__(self, watch: Watch, alive: Callable[[], bool]) -> None:
        super().__init__(logging.ERROR)
        self._watch = watch
        self._alive = alive

    @override
    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is None or isinstance(error, JournalFailed):
            return  # the disk's fault, if it is one: whoever runs posd knows
        if self._alive():
            self._watch.find("M18", f"{record.getMessage()}: {error!r}")
