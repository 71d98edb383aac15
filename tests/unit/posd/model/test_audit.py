"""What the journal has of a closing period, beside what its terminal added up."""

import pytest
from msgspec.structs import replace

from posd.model.audit import Books, Pair, Standing, Unchecked, note, with_terminal
from posd.model.audit_facts import Difference, Side
from posd.model.closing import Agreement, Closing, Takings
from posd.model.facts import AttemptKind
from posd_drivers.card_reader import BrandTotals, Totals
from tests.unit.posd.model.test_closing import approved

BOOKS = Books("tmr_posd_1", "eur", "52523535", Takings(since_ms=1_000))


def closed(books: Books, totals: Totals | None) -> Books:
    """The same period, closed by a terminal that told this."""
    return replace(books, closing=Closing("att_posd_9", 9_000, totals, books.takings))


@pytest.mark.parametrize("kind", [AttemptKind.PREAUTHORISATION, AttemptKind.RELEASE])
def test_what_holds_or_lets_go_is_no_booking(kind: AttemptKind) -> None:
    assert note(BOOKS, approved(kind, 7777), None, None) == BOOKS


def test_a_terminal_that_told_no_totals_is_not_compared() -> None:
    """Not even where nothing was booked: equal is never said without evidence."""
    assert with_terminal(closed(BOOKS, None)) == Pair(Agreement.NOT_CHECKED, (Unchecked.NO_TOTALS,))


def test_a_terminal_with_the_same_sum_of_another_number_of_bookings_differs() -> None:
    """Its octet has 300 as 44."""
    books = replace(BOOKS, takings=Takings(since_ms=1_000, count=300, amount=30_000))
    told = Totals(30_000, (BrandTotals("visa", 40, 20_000), BrandTotals("girocard", 5, 10_000)))
    found = Difference(Side.TERMINAL, "count", "att_posd_9", 44, 45)
    assert with_terminal(closed(books, told)) == Pair(Agreement.DIFFERS, (), (found,), 1)


def test_a_booking_that_proof_contradicts_is_named_where_the_terminal_differs() -> None:
    """Until a person has seen what came of it; then it explains nothing any more."""
    sale = replace(approved(AttemptKind.SALE, 1250), discrepancy="still_in_the_book")
    amount = Difference(Side.TERMINAL, "amount", "att_posd_9", 1250, 2500)
    contradicted = Difference(Side.TERMINAL, "contradicted", "att_posd_1", None, None)
    books = note(BOOKS, sale, None, Standing.WAITING)
    assert with_terminal(closed(books, Totals(2500))).differences == (amount, contradicted)
    seen = note(BOOKS, replace(sale, discrepancy_closed=True), None, Standing.WAITING)
    assert with_terminal(closed(seen, Totals(2500))).differences == (amount,)
