"""What an audit found of a closing period, book by book, and what differs."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from posd.model.audit import Differs, Pair, Sum
from posd.model.audit_facts import Difference
from posd.model.audit_findings import PeriodFindings
from posd.page.words import Words

COUNTS: Final = frozenset({Differs.COUNT.value})
"""What differs in a number, and not in money."""


class Row(Struct, frozen=True):
    """One book of a period.

    Attributes:
        book: Whose it is: a key of `audit.book`.
        count: How many bookings it has, or None where that is not told.
        amount: Minor units, or None where it has nothing to tell.
        pair: How the journal agrees with it; None for the journal itself.
    """

    book: str
    count: int | None
    amount: int | None
    pair: Pair | None = None


def rows(found: PeriodFindings) -> Sequence[Row]:
    """The journal's book, then the others'."""
    books, closing = found.books, found.books.closing
    totals = None if closing is None else closing.totals
    return (
        Row("journal", books.net.count, books.net.amount),
        Row("terminal", None, None if totals is None else totals.amount, found.terminal),
        _told("stripe", found.at_stripe, found.stripe),
        _told("till", found.listed, found.till),
    )


def why_not(pair: Pair, words: Words) -> str:
    """Why two books were not compared, or not wholly."""
    return " ".join(words.text(f"audit.unchecked.{one.value}") for one in pair.unchecked)


def difference(one: Difference, currency: str, words: Words) -> str:
    """What two books say differently."""
    return words.text(
        f"audit.differs.{one.kind}",
        ours=_number(one, one.ours, currency, words),
        theirs=_number(one, one.theirs, currency, words),
    )


def _told(book: str, sum_: Sum, pair: Pair) -> Row:
    return Row(book, sum_.count, sum_.amount, pair) if sum_.count else Row(book, None, None, pair)


def _number(one: Difference, number: int | None, currency: str, words: Words) -> str:
    if number is None:
        return words.text("audit.nothing")
    return str(number) if one.kind in COUNTS else words.money(number, currency)
