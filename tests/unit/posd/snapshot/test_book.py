"""What the terminals took, by business day and by half hour."""

from msgspec.structs import replace

from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import AttemptKind, Baseline
from posd.snapshot.book import Book, Outcome
from posd.snapshot.money_views import Tally
from posd.snapshot.plot_views import BUCKET_MS, BUCKETS
from posd.snapshot.views import PaymentStatus
from tests.unit.posd.snapshots import DAY, MINUTE_MS, NOW_MS

HOUR_MS = 60 * MINUTE_MS
SALE = Attempt(
    id="att_1",
    kind=AttemptKind.SALE,
    payment_intent="pi_1",
    reader="tmr_1",
    amount=1250,
    currency="eur",
    baseline=Baseline("52500041", asked=True),
    state=AttemptState.APPROVED,
    started_ms=NOW_MS - 2100,
    changed_ms=NOW_MS,
    approved_amount=1250,
)


def book(*outcomes: tuple[int, Attempt]) -> Book:
    noted = Book(DAY)
    for at_ms, attempt in outcomes:
        noted.note(Outcome(at_ms, attempt))
    return noted


def kind(kind_: AttemptKind, state: AttemptState = AttemptState.APPROVED) -> Attempt:
    return replace(SALE, kind=kind_, state=state)


def test_sales_and_captures_are_paid_and_what_is_only_held_is_not() -> None:
    _, day = book(
        (NOW_MS, SALE),
        (NOW_MS, kind(AttemptKind.CAPTURE)),
        (NOW_MS, kind(AttemptKind.PREAUTHORISATION)),
    ).today(NOW_MS)
    assert day.paid.told() == Tally(2, {"eur": 2500})
    assert day.refunded.told() == Tally()


def test_a_tip_is_paid_too() -> None:
    _, day = book((NOW_MS, replace(SALE, approved_amount=1400))).today(NOW_MS)
    assert day.paid.told() == Tally(1, {"eur": 1400})


def test_what_goes_back_is_refunded_and_takes_nothing_from_what_was_paid() -> None:
    given = [(NOW_MS, kind(one)) for one in (AttemptKind.REVERSAL, AttemptKind.REFUND)]
    _, day = book((NOW_MS, SALE), *given).today(NOW_MS)
    assert (day.paid.told().count, day.refunded.told()) == (1, Tally(2, {"eur": 2500}))


def test_a_refund_that_is_declined_is_no_customers_decline() -> None:
    declined = AttemptState.DECLINED
    _, day = book(
        (NOW_MS, kind(AttemptKind.REFUND, declined)), (NOW_MS, kind(AttemptKind.SALE, declined))
    ).today(NOW_MS)
    assert day.declined.told() == Tally(1, {"eur": 1250})
    assert day.paid.told() == Tally()


def test_currencies_are_not_added_up() -> None:
    _, day = book((NOW_MS, SALE), (NOW_MS, replace(SALE, currency="chf"))).today(NOW_MS)
    assert day.paid.told() == Tally(2, {"eur": 1250, "chf": 1250})


def test_the_day_begins_when_the_store_says() -> None:
    """14:02 in Berlin; the day began at 04:00."""
    early, late = NOW_MS - 10 * HOUR_MS - 3 * MINUTE_MS, NOW_MS - 10 * HOUR_MS - MINUTE_MS
    name, day = book((early, SALE), (late, SALE)).today(NOW_MS)
    assert (name, day.paid.told().count) == ("2026-07-31", 1)
    assert DAY.of(early) == "2026-07-30"


def test_half_hours_end_with_the_one_of_now() -> None:
    told = list(book((NOW_MS, SALE), (NOW_MS - BUCKET_MS, SALE)).half_hours(NOW_MS))
    assert len(told) == BUCKETS
    assert [paid.count for _, paid, _ in told][-3:] == [0, 1, 1]
    last_ms = told[-1][0]
    assert last_ms <= NOW_MS < last_ms + BUCKET_MS
    assert told[0][0] == last_ms - (BUCKETS - 1) * BUCKET_MS


def test_what_is_told_in_any_order_comes_to_the_same() -> None:
    told = [(NOW_MS - n * BUCKET_MS, replace(SALE, amount=n, id=f"att_{n}")) for n in range(9)]
    forth, back = book(*told), book(*told[::-1])
    assert list(forth.half_hours(NOW_MS)) == list(back.half_hours(NOW_MS))
    assert forth.last_sale("tmr_1") == back.last_sale("tmr_1")


def test_a_year_of_sales_takes_no_more_memory_than_a_day() -> None:
    noted = book(*((NOW_MS + n * 12 * HOUR_MS, SALE) for n in range(700)))
    assert len(noted._days) <= 2
    assert len(noted._buckets) <= BUCKETS + 1


def test_the_last_sale_of_a_reader_says_how_it_went_and_how_long_it_took() -> None:
    later = replace(
        kind(AttemptKind.SALE, AttemptState.DECLINED), id="att_2", payment_intent="pi_2"
    )
    noted = book((NOW_MS, SALE), (NOW_MS + 5000, later))
    sale = noted.last_sale("tmr_1")
    assert sale is not None
    assert (sale.payment_intent, sale.status, sale.took_ms) == (
        "pi_2",
        PaymentStatus.DECLINED,
        7100,
    )
    assert noted.last_sale("tmr_2") is None


def test_a_payment_that_is_only_held_is_a_sale_to_the_lane() -> None:
    sale = book((NOW_MS, kind(AttemptKind.PREAUTHORISATION))).last_sale("tmr_1")
    assert sale is not None
    assert sale.status is PaymentStatus.HELD
