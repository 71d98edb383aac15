"""What the terminals' books come to, order by order; an order's own amount names it in all of them.

What is booked by hand is in the books and in no till: whoever keyed it in answers for it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from posd_simulator.terminal.ledger import (
    BOOKING,
    HAND,
    REFUND,
    REVERSAL,
    SALE,
    Book,
    Transaction,
)


def root(book: Book, row: Transaction) -> Transaction:
    """The sale, refund or reservation that a row of a book goes back to; often itself."""
    while row.original:
        earlier = (one for one in reversed(book.stored) if one.trace == row.original)
        row = next(earlier)
    return row


def sales(book: Book) -> list[int]:
    """The orders that tills had this terminal book something for."""
    return [
        root(book, row).amount
        for row in book.stored
        if row.kind in (SALE, BOOKING) and row.origin != HAND
    ]


def sold_by_hand(books: Iterable[Book]) -> frozenset[int]:
    """The amounts of the sales that were keyed in."""
    return frozenset(
        row.amount
        for book in books
        for row in book.stored
        if row.kind == SALE and row.origin == HAND
    )


def nets(book: Book, refunds: Mapping[int, int]) -> Counter[int]:
    """By order: what tills had it take, less what they had it give back, in minor units.

    Args:
        book: One terminal's.
        refunds: By trace number: the order that a refund to a card is of.
    """
    net: Counter[int] = Counter()
    for row in book.stored:
        if row.origin == HAND:
            continue
        match row.kind:
            case _ if row.kind in (SALE, BOOKING):
                net[root(book, row).amount] += row.amount
            case _ if row.kind == REVERSAL:
                net[root(book, row).amount] -= row.amount
            case _ if row.kind == REFUND and row.trace in refunds:
                net[refunds[row.trace]] -= row.amount
            case _:
                pass
    return net
