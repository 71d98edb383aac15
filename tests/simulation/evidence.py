"""What everybody saw so far: the journal's disk, the terminals' books, the tills, Stripe.

Nothing of it is asked of posd. The invariants read it; who fills it is `watch`.
"""

from collections import Counter
from dataclasses import dataclass, field

from posd_simulator.terminal.ledger import Entry, Line
from tests.simulation.history import AttemptSeen, History
from tests.simulation.limits import Limits
from tests.simulation.till import Told


@dataclass(frozen=True, slots=True)
class Booked:
    """A line in a terminal's book, and the attempt whose command the terminal ran, if any."""

    reader: str
    line: Line
    attempt: AttemptSeen | None


@dataclass(frozen=True, slots=True)
class Commanded:
    """A sale leaves for a terminal; whether that has just refused the frame by a NAK."""

    reader: str
    refused: bool


@dataclass(frozen=True, slots=True)
class Posted:
    """A request that left for Stripe. `at_s` is the loop's time."""

    method: str
    path: str
    body: bytes
    key: str | None
    at_s: float


@dataclass(frozen=True, slots=True)
class Guaranteed:
    """A Payment Record at Stripe that has become one of `value` minor units for certain."""

    record: str
    attempt: str
    value: int


@dataclass(frozen=True, slots=True)
class Closed:
    """An end of day in a terminal's book, of `amount` minor units; `empty`: nothing was in it.

    `attempt` is that whose command the terminal ran, or None: somebody closed it by hand.
    """

    attempt: str | None
    amount: int
    empty: bool


@dataclass(frozen=True, slots=True)
class Record:
    """A Payment Record at Stripe: what is certain, and what was told as given back."""

    attempt: str
    certain: int
    given_back: int


@dataclass(slots=True)
class Evidence:
    """What was seen.

    Attributes:
        history: The journal, as its disk has it.
        standing: By amount: the lines of sales that stand in the terminals' books.
        charged: By attempt: the amount that stands for it in its terminal's book.
        commanded: The attempts whose sale has left for a terminal.
        paid_s: By PaymentIntent: since when, in the loop's seconds, a till knows it is paid.
        pressed: By PaymentIntent: the keys with which tills asked to have it taken.
        made_with: By till and key: the PaymentIntent that a till was given under it.
        keys: What was sent to Stripe under each key.
        bodies: The key under which each path and body was sent.
        first_sent_s: When a key was first sent.
        posted_s: When anything was last sent to Stripe.
        tried_s: By attempt: when anything that tells of it was last sent to Stripe.
        looked_s: By path: when posd last looked at Stripe's records, or at one of them.
        guaranteed: By attempt: Stripe's records that are certain.
        mistaken: Amounts of payments on which a person erred; what follows from it is theirs.
        gone_back: Amounts of sales that a terminal has taken back; their orders are free again.
        back: By order, named by its amount: what went back of it to a card.
        refunds: By reader and trace number: the order that a refund to a card is of.
        closed: By reader: the ends of day in its terminal's book.
        records: By id: Stripe's records.
        lost: Amounts of payments of which the journal has lost something, and of their orders.
        lost_intents: Those payments.
        lost_attempts: By attempt that the journal has lost, or its end: its order's amount.
        limits: What the store wants to have untold at Stripe at most; None: whatever comes.
        told_seq: The last fact that anybody but the disk knows of.
    """

    history: History
    standing: dict[int, list[Line]] = field(default_factory=dict)
    charged: dict[str, int] = field(default_factory=dict)
    commanded: set[str] = field(default_factory=set)
    paid_s: dict[str, float] = field(default_factory=dict)
    pressed: dict[str, set[str]] = field(default_factory=dict)
    made_with: dict[tuple[str, str], str] = field(default_factory=dict)
    keys: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    bodies: dict[tuple[str, bytes], str] = field(default_factory=dict)
    first_sent_s: dict[str, float] = field(default_factory=dict)
    posted_s: float = 0.0
    tried_s: dict[str, float] = field(default_factory=dict)
    looked_s: dict[str, float] = field(default_factory=dict)
    guaranteed: dict[str, list[Guaranteed]] = field(default_factory=dict)
    mistaken: set[int] = field(default_factory=set)
    gone_back: set[int] = field(default_factory=set)
    back: Counter[int] = field(default_factory=Counter)
    refunds: dict[str, dict[int, int]] = field(default_factory=dict)
    closed: dict[str, list[Closed]] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)
    lost_intents: set[str] = field(default_factory=set)
    lost_attempts: dict[str, int] = field(default_factory=dict)
    limits: Limits | None = None
    told_seq: int = 0

    def note_told(self, told: Told) -> None:
        """A till knows that a payment is paid."""
        self.paid_s.setdefault(told.intent, told.at_s)

    def note_booked(self, booked: Booked, order: int) -> None:
        """A terminal wrote in its book what is of this order, named by its amount."""
        transaction, attempt = booked.line.transaction, booked.attempt
        match booked.line.entry:
            case Entry.STORED:
                self._note_stored(booked, order)
                if attempt is not None:
                    self.charged[attempt.id] = transaction.amount
            case Entry.REVERSED:
                standing = self.standing.get(order, [])
                standing[:] = [one for one in standing if one.transaction != transaction]
                if attempt is not None:
                    self.charged.pop(attempt.id, None)
            case Entry.DECLINED:
                pass

    def _note_stored(self, booked: Booked, order: int) -> None:
        transaction, attempt = booked.line.transaction, booked.attempt
        match transaction.kind:
            case "sale" | "preauthorisation":
                self.standing.setdefault(order, []).append(booked.line)
            case "booking":
                self.standing[order] = [booked.line]
            case "reversal" | "release":
                self._is_gone(order)
            case "refund" if attempt is not None:
                order = self.history.intents[attempt.intent].amount
                self.refunds.setdefault(booked.reader, {})[transaction.trace] = order
                self.back[order] += transaction.amount
                taken = sum(one.transaction.amount for one in self.standing.get(order, []))
                if self.back[order] >= taken:
                    self._is_gone(order)
            case _:
                pass

    def _is_gone(self, order: int) -> None:
        """All of it is back; the order is free again."""
        self.standing.pop(order, None)
        self.gone_back.add(order)
