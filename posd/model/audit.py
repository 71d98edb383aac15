"""What terminal, journal, Stripe and till have of one closing period, and whether it is the same.

Sums are exact and in minor units, counts of a terminal modulo 256. Equal is never said without
evidence (M16): whatever was not compared is named with the reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from posd.model import closing
from posd.model.attempt import Attempt, AttemptState
from posd.model.audit_facts import Difference, Side
from posd.model.closing import COUNT_MODULUS, Agreement, Closing, Takings
from posd.model.facts import AttemptKind, Proof
from posd_drivers.card_reader import Totals

DIFFERENCES_MAX: Final = 50
"""More differences of one period and side are counted and not listed."""
UNCHECKED_MAX: Final = 100
"""More reasons why something of a day was not checked are not kept."""
_TAKES: Final = frozenset({AttemptKind.SALE, AttemptKind.CAPTURE})
_GIVES_BACK: Final = frozenset({AttemptKind.REVERSAL, AttemptKind.REFUND})


class Unchecked(Enum):
    """Why two sides were not compared, or not wholly."""

    NOT_CLOSED = "not_closed"
    NO_TOTALS = "no_totals"
    BEGINNING_UNKNOWN = "beginning_unknown"
    BELOW_ZERO = "below_zero"
    UNPROVEN = "unproven"
    NO_STRIPE = "no_stripe"
    OFFLINE = "offline"
    REFUSED = "refused"
    NOT_IN_TIME = "not_in_time"
    TOO_MANY = "too_many"
    STILL_OWED = "still_owed"
    NOT_REPORTED = "not_reported"
    NO_LIST = "no_list"
    LIST_MISSING = "list_missing"


ABSENT: Final = frozenset({Unchecked.NO_STRIPE, Unchecked.NO_LIST})
"""The store has no such books: the others can agree without them."""


class Differs(Enum):
    """What two sides say differently; the `kind` of a Difference."""

    AMOUNT = "amount"
    COUNT = "count"
    USED_BY_HAND = "used_by_hand"
    CLOSED_BY_HAND = "closed_by_hand"
    DECIDED_BY_PERSON = "decided_by_person"
    CONTRADICTED = "contradicted"
    REFUNDED = "refunded"
    MISSING = "missing"
    UNKNOWN = "unknown"
    SECOND = "second"


class Sum(Struct, frozen=True):
    """How many bookings, and what they come to in minor units."""

    count: int = 0
    amount: int = 0

    def plus(self, amount: int) -> "Sum":
        """The sum with one more booking of that amount."""
        return Sum(self.count + 1, self.amount + amount)


class Pair(Struct, frozen=True):
    """The journal beside another side.

    Attributes:
        agreement: What the comparison comes to.
        unchecked: Why it was not made, or not wholly.
        differences: What differs, at most DIFFERENCES_MAX.
        difference_count: How much differs.
    """

    agreement: Agreement
    unchecked: tuple[Unchecked, ...] = ()
    differences: tuple[Difference, ...] = ()
    difference_count: int = 0


class Standing(Enum):
    """How a booking stands with Stripe, as the journal has it."""

    REPORTED = "reported"
    WAITING = "waiting"
    PARKED = "parked"
    WRITTEN_OFF = "written_off"
    NOT_OWED = "not_owed"


class Books(Struct, frozen=True):
    """What the journal has of one closing period of a reader.

    Attributes:
        terminal_id: Whose period it is, or None where the terminal did not tell.
        takings: As the terminal would add them up.
        taken: Sales and captures.
        given_back: Reversals and refunds, below zero.
        by_standing: How that stands with Stripe.
        imported: What Stripe has of the period that the journal lost.
        imported_refunds: What lost facts gave back of its payments, as Stripe has it; above zero.
        unproven: Attempts of which nobody knows whether they booked.
        contradicted: Attempts decided against what a terminal proved, and nobody has seen it yet.
        by_person: Bookings that rest on a person's word.
        by_hand: Amounts that somebody took or gave back beside posd, as far as posd noticed; None
            where somebody closed the day.
        first_ms, last_ms: Wall times of its first and last booking.
        closing: How it ended, or None while it is open.
    """

    reader: str
    currency: str
    terminal_id: str | None
    takings: Takings = Takings()
    taken: Sum = Sum()
    given_back: Sum = Sum()
    by_standing: Mapping[Standing, Sum] = field(default_factory=dict)
    imported: Sum = Sum()
    imported_refunds: Sum = Sum()
    unproven: tuple[str, ...] = ()
    contradicted: tuple[str, ...] = ()
    by_person: Mapping[str, int] = field(default_factory=dict)
    by_hand: tuple[int | None, ...] = ()
    first_ms: int | None = None
    last_ms: int | None = None
    closing: Closing | None = None

    @property
    def net(self) -> Sum:
        """Everything that was booked, in and out."""
        count = self.taken.count + self.given_back.count
        return Sum(count, self.taken.amount + self.given_back.amount)


def booked_amount(attempt: Attempt) -> int | None:
    """What an attempt moved, below zero where it gave back; None if it moved nothing for certain.

    A pre-authorisation holds, and a release lets go: neither moves money.
    """
    if attempt.state is not AttemptState.APPROVED:
        return None
    if attempt.kind in _TAKES:
        return attempt.approved_amount or 0
    if attempt.kind in _GIVES_BACK:
        return -(attempt.approved_amount or 0)
    return None


def note(
    books: Books, attempt: Attempt, original: Attempt | None, standing: Standing | None
) -> Books:
    """The books with one more attempt of the period; `original` is what it builds on.

    `standing` is None only for an attempt that moved nothing for certain.
    """
    if attempt.unproven:
        books = replace(books, unproven=_some(books.unproven, attempt.id))
    if attempt.contradicted:
        books = replace(books, contradicted=_some(books.contradicted, attempt.id))
    amount = booked_amount(attempt)
    if amount is None:
        return books
    first_ms = attempt.started_ms if books.first_ms is None else books.first_ms
    books = replace(
        books,
        takings=closing.book(books.takings, attempt, original),
        first_ms=min(first_ms, attempt.started_ms),
        last_ms=max(books.last_ms or attempt.started_ms, attempt.started_ms),
    )
    if attempt.proof is Proof.PERSON and len(books.by_person) < DIFFERENCES_MAX:
        books = replace(books, by_person={**books.by_person, attempt.id: amount})
    assert standing is not None, attempt
    sum_ = books.by_standing.get(standing, Sum()).plus(amount)
    books = replace(books, by_standing={**books.by_standing, standing: sum_})
    if attempt.kind in _TAKES:
        return replace(books, taken=books.taken.plus(amount))
    return replace(books, given_back=books.given_back.plus(amount))


def end(books: Books, end_of_day: Attempt) -> tuple[Books, Takings]:
    """The period as it was closed, and the takings that the next one begins with."""
    closed, begun = closing.close(books.takings, end_of_day)
    return replace(books, closing=closed), begun


def with_terminal(books: Books) -> Pair:
    """The journal beside what the terminal added up when the period was closed."""
    if books.closing is None:
        return Pair(Agreement.NOT_CHECKED, (Unchecked.NOT_CLOSED,))
    totals = books.closing.totals
    known = replace(
        books.takings,
        count=books.takings.count + books.imported.count,
        amount=books.takings.amount + books.imported.amount,
    )
    agreement = closing.compare(known, totals)
    why = () if agreement is not Agreement.NOT_CHECKED else (_why_not(known, totals),)
    if agreement is Agreement.EQUAL and books.unproven:
        return Pair(Agreement.NOT_CHECKED, (Unchecked.UNPROVEN,))
    if agreement is not Agreement.DIFFERS or totals is None:
        return Pair(agreement, why)
    return differing(Side.TERMINAL, _at_terminal(books, known, totals))


def with_other(
    side: Side, differences: Sequence[Difference], unchecked: Iterable[Unchecked]
) -> Pair:
    """The journal beside Stripe or the tills: equal if nothing differs and nothing was left out."""
    why = tuple(dict.fromkeys(unchecked))
    if differences:
        return replace(differing(side, differences), unchecked=why)
    return Pair(Agreement.NOT_CHECKED if why else Agreement.EQUAL, why)


def _at_terminal(books: Books, known: Takings, totals: Totals) -> list[Difference]:
    assert books.closing is not None, books
    found: list[Difference] = []
    closed = books.closing.attempt
    if known.amount != totals.amount:
        found.append(_terminal(Differs.AMOUNT, closed, known.amount, totals.amount))
    count = sum(brand.count for brand in totals.brands)
    if totals.brands and not known.given_back and (count - known.count) % COUNT_MODULUS:
        found.append(_terminal(Differs.COUNT, closed, known.count % COUNT_MODULUS, count))
    found += [_by_hand(books.reader, amount) for amount in books.by_hand]
    found += [
        _terminal(Differs.DECIDED_BY_PERSON, one, amount, None)
        for one, amount in books.by_person.items()
    ]
    found += [_terminal(Differs.CONTRADICTED, one, None, None) for one in books.contradicted]
    return found


def _why_not(known: Takings, totals: Totals | None) -> Unchecked:
    if totals is None:
        return Unchecked.NO_TOTALS
    return Unchecked.BEGINNING_UNKNOWN if known.since_ms is None else Unchecked.BELOW_ZERO


def differing(side: Side, found: Iterable[Difference]) -> Pair:
    """A pair that differs in these; those beyond the limit are counted."""
    every = tuple(found)
    assert all(one.side is side for one in every), every
    return Pair(Agreement.DIFFERS, (), every[:DIFFERENCES_MAX], len(every))


def worst(agreements: Iterable[Agreement]) -> Agreement:
    """What several comparisons come to: equal only if each of them is, and there is one."""
    found = set(agreements)
    if Agreement.DIFFERS in found:
        return Agreement.DIFFERS
    return Agreement.EQUAL if found == {Agreement.EQUAL} else Agreement.NOT_CHECKED


def _terminal(kind: Differs, subject: str, ours: int | None, theirs: int | None) -> Difference:
    return Difference(Side.TERMINAL, kind.value, subject, ours, theirs)


def _by_hand(reader: str, amount: int | None) -> Difference:
    kind = Differs.CLOSED_BY_HAND if amount is None else Differs.USED_BY_HAND
    return _terminal(kind, reader, None, amount)


def _some(ids: tuple[str, ...], one: str) -> tuple[str, ...]:
    return ids if len(ids) == DIFFERENCES_MAX else (*ids, one)
