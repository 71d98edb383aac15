"""Hardware on its way: what the page shows of it, for how long, and what to do."""

import msgspec
import pytest

from posd.model.hardware import Next, OrderState
from posd.page.stripe_words import order as told
from posd.snapshot.orders import ORDERS_MAX, SHOWN_MS
from tests.unit.posd.page.telling import english, front
from tests.unit.posd.snapshots import MINUTE_MS, NOW_MS, Shop

EARLIER_MS = NOW_MS - MINUTE_MS
PARCEL = [{"carrier": "dhl", "tracking_number": "0034"}]


@pytest.fixture
def shop() -> Shop:
    return Shop()


def sentences(shop: Shop) -> list[str]:
    snapshot = shop.snapshot()
    return [told(order, english(snapshot)) for order in snapshot.orders]


@pytest.mark.parametrize(
    ("status", "next_", "sentence"),
    [
        ("pending", Next.WAIT, "Ordered. It can still be cancelled."),
        ("ready_to_ship", Next.WAIT, "Packed. It can no longer be cancelled."),
        ("shipped", Next.WAIT, "On its way. dhl 0034."),
        (
            "delivered",
            Next.RECEIVE,
            "Delivered. 2 of 2 pieces are not in use yet.",
        ),
        ("undeliverable", Next.ASK_STRIPE, "The carrier could not deliver it. Ask Stripe."),
        ("lost_at_sea", Next.WAIT, "Stripe says 'lost_at_sea'."),
    ],
)
def test_an_order_says_where_it_is_and_what_to_do(
    shop: Shop, status: str, next_: Next, sentence: str
) -> None:
    shop.purchases.place(EARLIER_MS, status, shipment_tracking=PARCEL)
    (order,) = shop.snapshot().orders
    assert (order.id, order.status, order.next) == ("thor_1", status, next_)
    assert sentences(shop) == [sentence]


def test_an_order_that_nobody_knows_of_for_certain_is_shown(shop: Shop) -> None:
    shop.purchases.ask(EARLIER_MS)
    shop.purchases.ask(EARLIER_MS, OrderState.REFUSED, refused=0)
    never, open_ = sentences(shop)
    assert open_.startswith("Stripe has not said whether it is placed.")
    assert never == "Stripe never had it: nothing was ordered. Order again."


def test_what_is_over_is_not_shown(shop: Shop) -> None:
    shop.purchases.place(EARLIER_MS, "canceled")
    shop.purchases.ask(EARLIER_MS, OrderState.REFUSED, refused=400)
    done = shop.purchases.place(EARLIER_MS, "delivered", quantity=1)
    shop.purchases.unpack(done, "tmr_1", EARLIER_MS)
    assert shop.snapshot().orders == ()


def test_a_parcel_is_shown_until_all_of_it_is_in_use_or_two_weeks_have_passed(shop: Shop) -> None:
    order = shop.purchases.place(EARLIER_MS, "delivered", quantity=2)
    shop.purchases.unpack(order, "tmr_1", EARLIER_MS)
    (view,) = shop.snapshot().orders
    assert (view.pieces, view.open_pieces) == (2, 1)
    assert shop.snapshot(EARLIER_MS + SHOWN_MS - 1).orders
    assert not shop.snapshot(EARLIER_MS + SHOWN_MS).orders


def test_only_the_latest_are_shown(shop: Shop) -> None:
    for _order in range(ORDERS_MAX + 1):
        shop.purchases.place(EARLIER_MS, "pending")
    assert [order.id for order in shop.snapshot().orders] == [
        f"thor_{number}" for number in range(ORDERS_MAX + 1, 1, -1)
    ]


def test_the_page_has_a_line_for_each_and_no_heading_without_one(shop: Shop) -> None:
    assert "Hardware on its way" not in front(shop.snapshot())
    shop.purchases.place(EARLIER_MS, "pending")
    page = front(shop.snapshot())
    assert "Hardware on its way" in page
    assert 'Ordered. It can still be cancelled. <span class="quiet">thor_1,' in page


def test_what_stripe_says_is_escaped(shop: Shop) -> None:
    shop.purchases.place(EARLIER_MS, "<script>")
    assert "<script>" not in front(shop.snapshot())


def test_the_snapshot_travels(shop: Shop) -> None:
    shop.purchases.place(EARLIER_MS, "pending")
    snapshot = shop.snapshot()
    assert msgspec.json.decode(msgspec.json.encode(snapshot), type=type(snapshot)) == snapshot
