"""What Stripe has not been told of is the first thing a store sees, once it is too much."""

from msgspec.structs import replace

from posd.model.backlog import HOUR_MS, Backlog, OfflineLimits
from posd.snapshot.verdict import REPORT_LATE_MS
from posd.snapshot.views import Level, Upstream, UpstreamState
from tests.unit.posd.snapshots import NOW_MS, Shop

EVERY_LANE = "Every lane can take cards."


def shop(age_ms: int, limits: OfflineLimits) -> Shop:
    """A store with one lane, three payments of which Stripe has not been told."""
    found = Shop(limits=limits, untold=Backlog(3, {"eur": 2_500}, NOW_MS - age_ms))
    found.add_reader("1")
    found.upstream = Upstream(UpstreamState.OFFLINE, NOW_MS, waiting=3, oldest_ms=NOW_MS - age_ms)
    return found


def test_it_is_told_to_programs_in_every_currency() -> None:
    told = shop(5 * HOUR_MS, OfflineLimits(count_max=3, age_max_h=4)).snapshot().upstream
    assert (told.payments, told.amounts) == (3, {"eur": 2_500})
    assert (told.alarm_h, told.limits_reached, told.refuses) == (
        4,
        ("count_max", "age_max_h"),
        False,
    )


def test_a_late_report_is_told_and_its_hours_once_they_are_many() -> None:
    for age_ms, sentence in (
        (REPORT_LATE_MS + 1, "Stripe does not have every payment yet."),
        (4 * HOUR_MS, "Stripe has lacked payments for more than 4 h."),
        (90 * HOUR_MS, "Stripe has lacked payments for more than 72 h."),
    ):
        verdict = shop(age_ms, OfflineLimits()).snapshot().verdict
        assert (verdict.level, verdict.sentence) == (Level.ATTENTION, EVERY_LANE)
        assert verdict.details == (sentence,)


def test_a_limit_that_warns_stops_no_lane_and_one_that_refuses_stops_all() -> None:
    limits = OfflineLimits(amount_max=2_500)
    reached = "The limit to what Stripe does not know is reached: amount_max."
    warned = shop(1, limits).snapshot().verdict
    assert (warned.level, warned.sentence, warned.details) == (
        Level.ATTENTION,
        EVERY_LANE,
        (reached,),
    )
    refused = shop(1, replace(limits, refuses=True)).snapshot().verdict
    assert (refused.level, refused.sentence, refused.details) == (
        Level.STOP,
        "No card is taken until Stripe is told.",
        (reached,),
    )


def test_a_store_without_stripe_owes_it_nothing() -> None:
    found = shop(90 * HOUR_MS, OfflineLimits(count_max=1, refuses=True))
    found.upstream = Upstream(UpstreamState.NONE)
    told = found.snapshot()
    assert (told.upstream, told.verdict.level) == (Upstream(UpstreamState.NONE), Level.OK)
