"""What a terminal reports is held to what it was asked, and to what it builds on (M10, M11)."""

import pytest
from msgspec.structs import replace

from posd.model.as_asked import Mismatch, mismatch
from posd.model.attempt import Attempt
from posd.model.facts import AttemptKind
from posd_drivers.card_reader import CardDetails, Transaction
from tests.unit.posd.model.records import in_hand, sale

VISA = CardDetails(last4="0119")
OTHER = CardDetails(last4="4242")
SOLD = sale(card=VISA)


def attempt(kind: AttemptKind = AttemptKind.SALE, told: Transaction | None = None) -> Attempt:
    started = in_hand().attempt("att_posd_1")
    assert started is not None
    return replace(started, kind=kind, last=told)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (sale(), None),
        (sale(amount=None, currency=None), None),
        (sale(amount=1251), Mismatch.AMOUNT),
        (sale(amount=0), Mismatch.AMOUNT),
        (sale(currency="usd"), Mismatch.CURRENCY),
    ],
)
def test_a_sale_is_compared_by_amount_and_currency(
    told: Transaction, found: Mismatch | None
) -> None:
    assert mismatch(attempt(), None, told) is found


@pytest.mark.parametrize("kind", [AttemptKind.REVERSAL, AttemptKind.RELEASE])
@pytest.mark.parametrize(
    ("told", "found"),
    [
        (sale(original_trace=123), None),
        (sale(original_trace=None), None),
        (sale(original_trace=122), Mismatch.ORIGINAL),
        (sale(original_trace=123, amount=1250, card=VISA), None),
        (sale(original_trace=123, card=OTHER), Mismatch.CARD),
        (sale(original_trace=123, amount=400), Mismatch.AMOUNT),
    ],
)
def test_what_is_taken_back_is_what_was_sold(
    kind: AttemptKind, told: Transaction, found: Mismatch | None
) -> None:
    assert mismatch(attempt(kind), attempt(told=SOLD), told) is found


@pytest.mark.parametrize(
    ("card", "found"),
    [(VISA, None), (CardDetails(), None), (OTHER, Mismatch.CARD)],
)
def test_money_goes_back_to_the_card_that_paid(card: CardDetails, found: Mismatch | None) -> None:
    told = sale(card=card, original_trace=7)
    assert mismatch(attempt(AttemptKind.REFUND), attempt(told=SOLD), told) is found


def test_a_sale_that_a_person_called_charged_tells_nothing_to_compare_with() -> None:
    told = sale(card=OTHER, original_trace=7)
    assert mismatch(attempt(AttemptKind.REVERSAL), attempt(told=None), told) is None
    unread = sale(card=CardDetails(), trace=None)
    assert mismatch(attempt(AttemptKind.REVERSAL), attempt(told=unread), told) is None


def test_an_end_of_day_asks_for_no_amount() -> None:
    asked = replace(attempt(AttemptKind.END_OF_DAY), amount=0, currency="")
    assert mismatch(asked, None, sale(amount=99_000)) is None
