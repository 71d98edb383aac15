"""The journal as its disk has it, read after each batch by a connection that posd knows nothing of.

What the facts add up to is kept here once more, by rules of its own and as far as the invariants
ask: posd's records are not believed, they are what is checked.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import apsw

from posd.journal import connection, segments
from posd.journal.command import Entry
from posd.model import facts
from posd.model.payment_intent import MANUAL
from posd.model.restore_facts import (
    GapAccepted,
    PaymentImported,
    RestoreNoticed,
    UpstreamListed,
)

CHARGES: Final = frozenset({facts.AttemptKind.SALE, facts.AttemptKind.PREAUTHORISATION})
"""What asks for a card, to take money or to hold it."""
UNPROVEN: Final = frozenset({"started", "reported", "unknown", "person", "set_aside"})
"""Money may have moved, or may yet."""
UNENDED: Final = UNPROVEN - {"set_aside"}
"""The reader is taken."""
NO_MONEY: Final = frozenset({"declined", "aborted", "not_sent", "not_charged"})
"""Proven that this attempt took nothing."""

EDGES: Final = {
    "CancelRequested": ({"started"}, None),
    "StatusReported": ({"started", "reported"}, "reported"),
    "ReceiptPrinted": ({"started", "reported", "unknown"}, None),
    "AttemptApproved": ({"reported", "unknown", "person", "set_aside"}, "approved"),
    "AttemptDeclined": ({"started", "reported"}, "declined"),
    "AttemptAborted": ({"started", "reported"}, "aborted"),
    "AttemptNotSent": ({"started"}, "not_sent"),
    "OutcomeUnknown": ({"started", "reported"}, "unknown"),
    "AttemptNotCharged": ({"unknown", "person", "set_aside"}, "not_charged"),
    "PersonNeeded": ({"unknown"}, "person"),
    "AttemptSetAside": ({"person"}, "set_aside"),
    "DiscrepancyFound": ({"approved", "not_charged"}, None),
    "DiscrepancyClosed": ({"approved", "not_charged"}, None),
}
"""By kind of fact: the states it may follow, and the state it leads to; None keeps the state."""


@dataclass(slots=True)
class AttemptSeen:
    """One attempt. Amounts in minor units, times in the loop's seconds, whatever posd's clock says.

    `original` is the attempt that it builds on, `terminal` the id of the terminal that runs it;
    `doubt_s` is since when money may have moved, by what the terminal reported or did not;
    `gives_back` whether it is of a refund.
    """

    id: str
    intent: str
    reader: str
    amount: int
    state: str
    started_s: float
    since_s: float
    doubt_s: float | None = None
    gives_back: bool = False
    kind: facts.AttemptKind = facts.AttemptKind.SALE
    original: str | None = None
    terminal: str | None = None

    @property
    def effect(self) -> str:
        """The id of the last thing that Stripe is told of it."""
        return f"{self.id}-{'refund' if self.gives_back else 'guarantee'}"


@dataclass(slots=True)
class IntentSeen:
    """One PaymentIntent and the ids of its attempts, oldest first.

    `manual`: it is held first; `captured_s`: and taken since then, without a word to its terminal.
    """

    id: str
    amount: int
    order: str | None
    day: str
    attempts: list[str] = field(default_factory=list)
    manual: bool = False
    captured_s: float | None = None


class History:
    """Every fact so far and what it made true.

    Attributes:
        head: Number of the last fact that was taken in.
        hash: Its hash.
        attempts: By id.
        intents: By id.
        orders: Ids of an order's PaymentIntents, by order and business day.
        effects: Ids of the effects that Stripe has answered or refused for good.
        at_reader: Id of the latest attempt at a reader.
        gap: Whether posd knows that facts are lost; nothing is sent until a person accepts that.
        listed: Whether Stripe has told what it knows of them.
        imported: Ids of the PaymentIntents that it told of, which lost facts took or gave free.
    """

    def __init__(self, path: Path) -> None:
        self.head = 0
        self.hash = bytes(32)
        self.attempts: dict[str, AttemptSeen] = {}
        self.intents: dict[str, IntentSeen] = {}
        self.orders: dict[tuple[str, str], list[str]] = {}
        self.effects: set[str] = set()
        self.at_reader: dict[str, str] = {}
        self.gap = self.listed = False
        self.imported: set[str] = set()
        self._path = path
        self._db: apsw.Connection | None = None

    def anew(self) -> "History":
        """The same journal, of which nothing is taken in."""
        self.let_go()
        return History(self._path)

    def unread(self) -> Iterator[Entry]:
        """The facts on disk that have not been taken in; take each in before the next."""
        # Most batches that a disk writes hold no fact, and facts of a month are one page.
        db = self.connected()
        written: int = db.execute("SELECT coalesce(max(seq), 0) FROM head").get
        while self.head < written and (page := segments.page(db, self.head, -1)):
            yield from page

    def take(self, entry: Entry, at_s: float) -> None:
        """Add one fact, which is on disk since `at_s`."""
        self.head, self.hash = entry.seq, entry.hash
        match entry.fact:
            case facts.PaymentIntentCreated() as made:
                key = (made.order or made.payment_intent, made.business_day)
                self.orders.setdefault(key, []).append(made.payment_intent)
                self.intents[made.payment_intent] = IntentSeen(
                    made.payment_intent,
                    made.amount,
                    made.order,
                    made.business_day,
                    manual=made.capture_method == MANUAL,
                )
            case facts.PaymentIntentCaptured(intent):
                self.intents[intent].captured_s = at_s
            case facts.AttemptStarted() as began:
                self._begin(began, at_s)
            case facts.EffectDone(effect) | facts.EffectParked(effect):
                self.effects.add(effect)
            case RestoreNoticed():
                self.gap, self.listed = True, False
            case UpstreamListed():
                self.listed = True
            case PaymentImported(payment_intent=intent):
                self.imported.add(intent)
            case GapAccepted():
                self.gap = False
            case _ if entry.kind in EDGES:
                self._move(self.attempts[entry.object], entry, at_s)
            case _:
                pass

    def connected(self) -> apsw.Connection:
        """The connection: it can read and nothing else."""
        if self._db is None:
            self._db = connection.open_reader(self._path, None)
        return self._db

    def let_go(self) -> None:
        """Close the connection, as the end of the machine would; the next look opens another."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def latest(self, intent: str) -> AttemptSeen | None:
        """The latest attempt of a PaymentIntent."""
        tries = self.tries(intent)
        return tries[-1] if tries else None

    def tries(self, intent: str) -> list[AttemptSeen]:
        """All attempts of a PaymentIntent, oldest first."""
        known = self.intents.get(intent)
        return [self.attempts[one] for one in known.attempts] if known else []

    def of_reader(self, reader: str) -> AttemptSeen | None:
        """The latest attempt at a reader."""
        return self.attempts.get(self.at_reader.get(reader, ""))

    def day_begun_s(self, reader: str) -> float:
        """When the last end of day began at a reader."""
        closings = [
            one.started_s
            for one in self.attempts.values()
            if one.reader == reader and one.kind is facts.AttemptKind.END_OF_DAY
        ]
        return closings[-1]

    def owed(self) -> list[AttemptSeen]:
        """Attempts that are approved and not certain, or not told as given back, at Stripe."""
        return [
            attempt
            for attempt in self.attempts.values()
            if attempt.state == "approved"
            and self._is_told(attempt)
            and attempt.effect not in self.effects
        ]

    def owed_since_s(self, attempt: AttemptSeen) -> float:
        """Since when Stripe is to be told of an attempt, in the loop's seconds."""
        return self.intents[attempt.intent].captured_s or attempt.since_s

    def _is_told(self, attempt: AttemptSeen) -> bool:
        """Whether Stripe is told of it, once it is proven (M12)."""
        match attempt.kind:
            case facts.AttemptKind.SALE:
                intent = self.intents[attempt.intent]
                return intent.captured_s is not None or not intent.manual
            case facts.AttemptKind.CAPTURE:
                return True
            case _:
                return attempt.gives_back

    def _begin(self, began: facts.AttemptStarted, at_s: float) -> None:
        self.attempts[began.attempt] = AttemptSeen(
            id=began.attempt,
            intent=began.payment_intent,
            reader=began.reader,
            amount=began.amount,
            state="started",
            started_s=at_s,
            since_s=at_s,
            gives_back=began.refund is not None,
            kind=began.kind,
            original=began.original,
            terminal=began.baseline.terminal_id,
        )
        if began.payment_intent:
            self.intents[began.payment_intent].attempts.append(began.attempt)
        self.at_reader[began.reader] = began.attempt

    def _move(self, attempt: AttemptSeen, entry: Entry, at_s: float) -> None:
        state = EDGES[entry.kind][1]
        if isinstance(entry.fact, facts.StatusReported) and not entry.fact.accepted:
            state = "unknown"
        if state is not None and state != attempt.state:
            attempt.state, attempt.since_s = state, at_s
            attempt.doubt_s = at_s if attempt.doubt_s is None else attempt.doubt_s
