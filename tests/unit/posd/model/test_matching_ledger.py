"""Whatever hands do at the terminal: "not done" is never said of what its book holds (M4, M5)."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from posd.model.attempt import Attempt, start
from posd.model.facts import AttemptKind, AttemptStarted, Baseline
from posd.model.matching import Charged, NotCharged, Told, Verdict, judge, stamp
from posd_drivers.card_reader import Kind, Transaction
from tests.unit.posd.model.terminal_book import TERMINAL, Book, Booking, Habits

OURS = 1250
AMOUNTS = (1250, 900)
FEW = 20
"""So many bookings make a day."""
Hand = Callable[[Book], None]
KINDS = {
    AttemptKind.SALE: Kind.SALE,
    AttemptKind.PREAUTHORISATION: Kind.SALE,
    AttemptKind.CAPTURE: Kind.SALE,
    AttemptKind.RELEASE: Kind.REVERSAL,
    AttemptKind.REVERSAL: Kind.REVERSAL,
    AttemptKind.REFUND: Kind.REFUND,
}


def sells(amount: int) -> Hand:
    return lambda book: _ignore(book.book(Kind.SALE, amount))


def refunds(amount: int) -> Hand:
    return lambda book: _ignore(book.book(Kind.REFUND, amount))


def reverses(book: Book) -> None:
    """The last one, where there is one to reverse; ours too."""
    if book.everything:
        taken = book.everything[-1]
        book.book(Kind.REVERSAL, taken.amount, of=taken.trace)


def comes_round(more: int) -> Hand:
    """Closes the day and sells until the number is the baseline's again, and `more` than that."""

    def hand(book: Book) -> None:
        numbers = book.receipt_before + more if book.receipt_before < FEW else more
        book.close()
        for _ in range(numbers):
            book.book(Kind.SALE, OURS)

    return hand


def _ignore(_row: Booking) -> None:
    """What a hand does, nobody keeps."""


HANDS = st.sampled_from([*map(sells, AMOUNTS), *map(refunds, AMOUNTS), reverses, Book.close])
HABITS = st.builds(
    Habits,
    begins_anew=st.booleans(),
    clears_store=st.booleans(),
    starts_at=st.sampled_from([0, 1]),
    tells=st.sampled_from(
        [frozenset(), frozenset({"trace"}), frozenset({"stamp"}), frozenset({"trace", "stamp"})]
    ),
    names_refunds=st.booleans(),
)
BEGINNINGS = st.sampled_from([0, 0, 0, 1, 2, 15, 9997, 9998, 9999])
AFTERNOONS = st.one_of(
    st.lists(HANDS, max_size=4),
    st.integers(0, 1).map(lambda more: [comes_round(more)]),
)
"""Anything, or a closed day and then as many sales like ours as the number needs to come round."""


def baseline(book: Book, *, by_totals: bool) -> Baseline:
    """What the terminal said of itself before the attempt."""
    if by_totals:
        return Baseline(TERMINAL, asked=False, totals=book.totals())
    last = book.last()
    if last is None:
        return Baseline(TERMINAL, asked=True)
    return Baseline(TERMINAL, asked=True, receipt=last.receipt, trace=last.trace, stamp=stamp(last))


def builds_on(book: Book, kind: AttemptKind) -> Attempt | None:
    """A sale, or what is reserved, that was booked earlier in the same period."""
    if kind in (AttemptKind.SALE, AttemptKind.PREAUTHORISATION):
        return None
    sold = book.book(Kind.SALE, OURS)
    if kind in (AttemptKind.CAPTURE, AttemptKind.RELEASE):
        book.reserved.add(sold.receipt)
    told = book.last()
    assert told is not None
    known = replace(told, trace=sold.trace)
    return replace(_attempt(AttemptKind.SALE, Baseline(TERMINAL, asked=True)), last=known)


def _attempt(kind: AttemptKind, before: Baseline) -> Attempt:
    fact = AttemptStarted("att_posd_1", kind, "pi_posd_1", "tmr_posd_1", OURS, "eur", before)
    return start(fact, at_ms=0)


def carry_out(book: Book, attempt: Attempt, original: Attempt | None) -> None:
    """The terminal does what we asked for."""
    said = None if original is None else original.last
    row = book.book(KINDS[attempt.kind], OURS, ours=True, of=None if said is None else said.trace)
    if attempt.kind is AttemptKind.PREAUTHORISATION:
        book.reserved.add(row.receipt)
    elif attempt.kind in (AttemptKind.CAPTURE, AttemptKind.RELEASE):
        assert said is not None
        assert said.receipt is not None
        book.reserved.discard(said.receipt)


def asked(
    data: st.DataObject, kind: AttemptKind, habits: Habits, *, by_totals: bool, done: bool
) -> tuple[Verdict, Book, Transaction | None]:
    """A morning by hand, our attempt, an afternoon by hand; then the terminal is asked."""
    book = Book(habits, receipt=data.draw(BEGINNINGS))
    for hand in data.draw(st.lists(HANDS, max_size=3)):
        hand(book)
    original = builds_on(book, kind)
    attempt = _attempt(kind, baseline(book, by_totals=by_totals))
    book.receipt_before = book.receipt
    if done:
        carry_out(book, attempt, original)
    for hand in data.draw(AFTERNOONS):
        hand(book)
    last = None if by_totals else book.last()
    told = Told(
        TERMINAL,
        last,
        repeats=not by_totals,
        totals=book.totals() if by_totals else None,
        reserved=tuple(sorted(book.reserved)),
    )
    return judge(attempt, told, original), book, last


@pytest.mark.no_cover
@settings(max_examples=400)
@given(data=st.data(), kind=st.sampled_from(list(KINDS)), habits=HABITS)
def test_not_done_is_never_said_of_what_the_book_holds(
    data: st.DataObject, kind: AttemptKind, habits: Habits
) -> None:
    verdict, book, _ = asked(data, kind, habits, by_totals=False, done=True)
    assert not isinstance(verdict, NotCharged), book


@given(
    data=st.data(),
    kind=st.sampled_from([AttemptKind.SALE, AttemptKind.REFUND, AttemptKind.REVERSAL]),
    habits=HABITS,
)
def test_nor_where_the_turnover_is_all_that_a_terminal_tells(
    data: st.DataObject, kind: AttemptKind, habits: Habits
) -> None:
    runs_on = Habits(starts_at=habits.starts_at, clears_store=habits.clears_store)
    verdict, book, _ = asked(data, kind, runs_on, by_totals=True, done=True)
    assert not isinstance(verdict, NotCharged), book


@given(data=st.data(), kind=st.sampled_from(list(KINDS)), habits=HABITS)
def test_done_is_said_only_of_what_stands_next_in_the_book_with_our_amount(
    data: st.DataObject, kind: AttemptKind, habits: Habits
) -> None:
    """By hand, too: the terminal's word for a sale by hand is its word for ours."""
    verdict, _, last = asked(data, kind, habits, by_totals=False, done=False)
    if isinstance(verdict, Charged):
        assert last is not None
        assert (last.amount, last.kind) == (OURS, KINDS[kind])


@given(data=st.data(), kind=st.sampled_from(list(KINDS)))
def test_what_was_left_alone_is_proven(data: st.DataObject, kind: AttemptKind) -> None:
    """Where no hand touches it: done is proven done, and not done not done."""
    book = Book(Habits(names_refunds=True), receipt=data.draw(BEGINNINGS))
    book.book(Kind.SALE, 900)
    original = builds_on(book, kind)
    attempt = _attempt(kind, baseline(book, by_totals=False))
    done = data.draw(st.booleans())
    if done:
        carry_out(book, attempt, original)
    told = Told(TERMINAL, book.last(), reserved=tuple(sorted(book.reserved)))
    assert isinstance(judge(attempt, told, original), Charged if done else NotCharged)
