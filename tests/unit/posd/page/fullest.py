"""A store of which the front page shows as much as it ever does."""

from msgspec.structs import replace

from posd.model.attempt import AttemptState
from posd.model.closing import Agreement
from posd.model.upstream_facts import MirrorKind
from posd.page.words import HOUR_MS
from posd.snapshot.blame_views import (
    BlameView,
    Direction,
    Fault,
    LegKind,
    LegState,
    LegView,
    TrendView,
)
from posd.snapshot.money_views import DayMatch, LimitView, MoneyView, Tally
from posd.snapshot.orders import ORDERS_MAX
from posd.snapshot.plot_views import BUCKET_MS, BUCKETS, Bucket, Outage, Part, PlotView
from posd.snapshot.views import (
    Ability,
    Lane,
    LaneView,
    MirrorView,
    PaymentStatus,
    SaleView,
    Snapshot,
)
from tests.unit.posd.snapshots import MINUTE_MS, NOW_MS, Shop

PLACE = "tml_1"
FROM_MS = NOW_MS // BUCKET_MS * BUCKET_MS - (BUCKETS - 1) * BUCKET_MS
SUMS = Tally(1234, {"eur": 1234567, "chf": 7654321})
SALE = SaleView("pi_posd_1", PaymentStatus.APPROVED, 1234567, "eur", NOW_MS, 12_345)
OUTAGES = 90


def full_shop(lanes: int = 12) -> Shop:
    """So many lanes, and everything else as often as it is shown, with the longest labels."""
    shop = Shop(livemode=False, name="S" * 100)
    label = "Reader at the counter " * 2
    readers = [shop.add_reader(f"reader{n}", label=label, location=PLACE) for n in range(lanes)]
    shop.lanes = tuple(Lane(f"Lane number {n}", id_) for n, id_ in enumerate(readers))
    _add_cloud_readers(shop, 40)
    for _order in range(ORDERS_MAX):
        shop.purchases.ask(NOW_MS - MINUTE_MS)
    kinds = [kind.value for kind in MirrorKind]
    refused = dict.fromkeys(kinds, "no permission " * 10)
    shop.mirror = MirrorView(NOW_MS - 9 * HOUR_MS, NOW_MS - 8 * HOUR_MS, refused)
    for n in range(40):
        state = AttemptState.PERSON if n % 2 else AttemptState.APPROVED
        order = "ORDER-2026-07-31-000001"
        shop.add_payment(readers[n % lanes], state, age_ms=n * MINUTE_MS, order=order)
    return shop


def full_snapshot(shop: Shop | None = None) -> Snapshot:
    """What is told of it after a day full of payments and outages."""
    snapshot = (shop or full_shop()).snapshot()
    return replace(
        snapshot,
        lanes=tuple(_experienced(lane) for lane in snapshot.lanes),
        money=MoneyView(
            "2026-07-31",
            counted=True,
            paid=SUMS,
            refunded=SUMS,
            declined=SUMS,
            unproven=SUMS,
            waiting=SUMS,
            waiting_since_ms=FROM_MS,
            limits=(
                LimitView("amount_max", 9_999_999, 7_654_321, "chf"),
                LimitView("count_max", 2000, 1234),
                LimitView("age_max_h", 48, 23),
            ),
            match=DayMatch("2026-07-30", *[Agreement.NOT_CHECKED] * 3),
        ),
        blame=BlameView(
            Fault.INTERNET, tuple(LegView(kind, LegState.DOWN, FROM_MS) for kind in LegKind)
        ),
        trend=TrendView(Direction.WORSE, 1234, 1000),
        plot=_full_plot(),
        help_code="7F3K",
    )


def _add_cloud_readers(shop: Shop, count: int) -> None:
    """Stripe's own readers at the one location, each with the longest names that happen."""
    shop.fleet.tell(MirrorKind.LOCATION, PLACE, display_name="Lange Reihe " * 80)
    action = {"type": "process_payment_intent", "status": "in_progress"}
    for n in range(count):
        more = {"label": f"Entrance {n} " * 80, "location": PLACE, "device_type": "stripe_s700"}
        shop.fleet.tell(MirrorKind.READER, f"tmr_{n}", **more)
        shop.fleet.passes[f"tmr_{n}"] = {"status": "offline", "action": action}


def _experienced(lane: LaneView) -> LaneView:
    """A lane whose reader has sold, and can do everything."""
    assert lane.reader is not None
    return replace(lane, reader=replace(lane.reader, last_sale=SALE, abilities=tuple(Ability)))


def _full_plot() -> PlotView:
    buckets = (
        Bucket(FROM_MS + n * BUCKET_MS, 1000 + 37 * n, {}, 300 - n, 5 * n) for n in range(BUCKETS)
    )
    parts = tuple(Part)
    outages = (
        Outage(parts[n % 3], "Reader at the counter", FROM_MS + n * 15 * MINUTE_MS, NOW_MS)
        for n in range(OUTAGES)
    )
    return PlotView(counted=True, buckets=tuple(buckets), outages=tuple(outages))
