"""The snapshot in numbers."""

from msgspec.structs import replace

from posd.durations import Buckets
from posd.metrics import families
from posd.metrics.families import Family
from posd.metrics.gauges import gauges
from posd.metrics.readings import Labels
from posd.snapshot.certificate_view import CertificateView
from posd.snapshot.money_views import MoneyView, Tally
from posd.snapshot.views import GapView, MirrorView, Snapshot, Upstream, UpstreamState
from tests.unit.posd.snapshots import NOW_MS, Shop, busy_shop


def values(now: Snapshot, family: Family) -> dict[Labels, float | Buckets]:
    """What the metric reads."""
    (found,) = [dict(one.values) for one in gauges(now) if one.family is family]
    return found


def states(now: Snapshot, family: Family) -> set[Labels]:
    """Which states it is in."""
    return {labels for labels, value in values(now, family).items() if value == 1.0}


def test_each_lane_and_reader_is_in_one_state_and_told_of_in_all() -> None:
    now = busy_shop().snapshot()
    levels = {(lane.name, lane.level.value) for lane in now.lanes}
    assert states(now, families.LANE) == levels
    assert {lane for lane, _ in levels} == {"1", "2", "3", "4"}
    assert len(values(now, families.LANE)) == 4 * 4
    assert states(now, families.READER) == {
        ("tmr_posd_front", "busy"),
        ("tmr_posd_back", "offline"),
        ("tmr_posd_cafe", "needs_a_person"),
        ("tmr_posd_garden", "online"),
    }
    assert len(values(now, families.READER)) == 4 * 8


def test_a_reader_has_the_name_of_the_lane_that_it_serves_and_not_that_it_stands_in_for() -> None:
    named = values(busy_shop().snapshot(), families.READER_INFO)
    assert ("tmr_posd_garden", "Garden", "4") in named
    assert ("tmr_posd_cafe", "Café", "3") in named
    assert set(named.values()) == {1.0}


def test_the_verdict_is_the_pages() -> None:
    now = busy_shop().snapshot()
    assert states(now, families.VERDICT) == {(now.verdict.level.value,)}
    everything = len(now.needs.shown) + now.needs.more
    assert everything > 0
    assert values(now, families.NEEDS) == {(): everything}
    assert values(now, families.NEEDS_RED) == {(): now.needs.stops}


def test_the_store_is_named_with_its_mode() -> None:
    live, test = busy_shop().snapshot(), busy_shop(livemode=False).snapshot()
    assert values(live, families.STORE_INFO) == {("Lyon 14", "live"): 1.0}
    assert values(test, families.STORE_INFO) == {("Lyon 14", "test"): 1.0}


def test_the_queue_has_a_length_a_sum_and_an_age() -> None:
    upstream = Upstream(
        UpstreamState.OFFLINE,
        NOW_MS - 5000,
        waiting=3,
        oldest_ms=NOW_MS - 90_500,
        parked=2,
        payments=4,
        amounts={"eur": 1250, "chf": 300},
    )
    now = replace(busy_shop().snapshot(), upstream=upstream, at_ms=NOW_MS)
    assert values(now, families.QUEUE) == {(): 3}
    assert values(now, families.QUEUE_PARKED) == {(): 2}
    assert values(now, families.QUEUE_AGE) == {(): 90.5}
    assert values(now, families.QUEUE_PAYMENTS) == {(): 4}
    assert values(now, families.QUEUE_AMOUNT) == {("eur",): 1250.0, ("chf",): 300.0}
    assert states(now, families.UPSTREAM) == {("offline",)}
    assert len(values(now, families.UPSTREAM)) == len(UpstreamState)


def test_an_empty_queue_is_not_old_whatever_the_clock_does() -> None:
    now = Shop().snapshot()
    assert values(replace(now, upstream=Upstream(UpstreamState.OK)), families.QUEUE_AGE) == {(): 0}
    ahead = Upstream(UpstreamState.OK, oldest_ms=now.at_ms + 60_000)
    assert values(replace(now, upstream=ahead), families.QUEUE_AGE) == {(): 0}


def test_what_was_taken_is_not_told_and_what_is_not_proven_is() -> None:
    money = MoneyView(paid=Tally(9, {"eur": 987_654}), unproven=Tally(1, {"eur": 780}))
    now = replace(busy_shop().snapshot(), money=money)
    assert values(now, families.UNPROVEN) == {(): 1}
    assert values(now, families.UNPROVEN_AMOUNT) == {("eur",): 780.0}
    assert 987_654 not in [number for one in gauges(now) for number in one.values.values()]


def test_what_is_not_there_has_no_number() -> None:
    now = replace(Shop().snapshot(), certificate=None, mirror=None, gap=None)
    assert values(now, families.CERTIFICATE) == {}
    assert values(now, families.MIRROR_HEARD) == {}
    assert values(now, families.GAP) == {(): 0.0}


def test_moments_are_unix_seconds() -> None:
    now = replace(
        Shop().snapshot(),
        certificate=CertificateView(1_800_000_000_000),
        mirror=MirrorView(1_785_499_320_500),
        gap=GapView("gap_1", "restored", NOW_MS, sells=True),
    )
    assert values(now, families.CERTIFICATE) == {(): 1_800_000_000.0}
    assert values(now, families.MIRROR_HEARD) == {(): 1_785_499_320.5}
    assert values(now, families.GAP) == {(): 1.0}
