"""What the page says of money that goes back, and of readers that take none at the moment."""

import pytest
from msgspec.structs import replace

from posd.model.attempt import AttemptState
from posd.model.facts import AttemptKind
from posd.page import payment_words, reader_words
from posd.snapshot.views import PaymentStatus
from tests.unit.posd.page.telling import english
from tests.unit.posd.snapshots import Shop


def refunding(state: AttemptState, amount: int = 400) -> Shop:
    """A store whose only payment is being refunded at its reader."""
    shop = Shop()
    reader = shop.add_reader("front")
    intent = shop.add_payment(reader, AttemptState.APPROVED, 1250)
    shop.add_refund(intent, reader, state, amount)
    return shop


def test_a_reader_that_gives_back_says_so() -> None:
    snapshot = refunding(AttemptState.STARTED).snapshot()
    reader = snapshot.lanes[0].reader
    assert reader is not None
    words = english(snapshot)
    assert reader_words.status(reader, words) == "Giving money back"
    assert reader_words.about(reader, words) == "€4.00 back, connecting"


def test_a_reader_that_closes_its_day_takes_no_payment() -> None:
    shop = refunding(AttemptState.STARTED)
    (refund,) = (one for one in shop.attempts.values() if one.refund)
    closing = replace(refund, kind=AttemptKind.END_OF_DAY, refund=None, payment_intent="")
    shop.attempts[refund.id] = replace(closing, amount=0)
    snapshot = shop.snapshot()
    reader = snapshot.lanes[0].reader
    assert reader is not None
    words = english(snapshot)
    assert reader_words.status(reader, words) == "Closing its day"
    assert reader_words.about(reader, words) == "end of day, connecting"


@pytest.mark.parametrize(
    ("state", "amount", "status"),
    [
        (AttemptState.STARTED, 400, PaymentStatus.REFUNDING),
        (AttemptState.UNKNOWN, 400, PaymentStatus.UNPROVEN),
        (AttemptState.PERSON, 400, PaymentStatus.NEEDS_A_PERSON),
        (AttemptState.SET_ASIDE, 400, PaymentStatus.SET_ASIDE),
        (AttemptState.APPROVED, 400, PaymentStatus.PARTLY_REFUNDED),
        (AttemptState.APPROVED, 1250, PaymentStatus.REFUNDED),
        (AttemptState.DECLINED, 400, PaymentStatus.APPROVED),
        (AttemptState.NOT_CHARGED, 400, PaymentStatus.APPROVED),
    ],
)
def test_a_payment_stands_as_its_refund_left_it(
    state: AttemptState, amount: int, status: PaymentStatus
) -> None:
    (payment,) = refunding(state, amount).snapshot().payments
    assert (payment.status, payment.amount) == (status, 1250)


def test_a_refund_that_needs_a_person_is_told_as_one() -> None:
    snapshot = refunding(AttemptState.PERSON).snapshot()
    (errand,) = snapshot.errands
    assert (errand.kind, errand.amount) == (AttemptKind.REFUND, 400)
    assert payment_words.about(errand, english(snapshot)) == "Refund · Unproven, needs a person"
