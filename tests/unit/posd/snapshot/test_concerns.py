"""What needs a person: worst money first, three at most, each once."""

import pytest
from msgspec.structs import replace

from posd.live import Trouble
from posd.model.attempt import AttemptState
from posd.model.quarantine_facts import BreakCause
from posd.model.reader import Quarantine, Stranger
from posd.snapshot.concern_views import SHOWN_MAX, Concern, ConcernKind
from posd.snapshot.views import Lane, Upstream, UpstreamState
from posd_drivers.ability import Need
from tests.unit.posd.snapshots import MINUTE_MS, NOW_MS, Shop, busy_shop, offline, online

HOUR_MS = 60 * MINUTE_MS


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.lanes = (Lane("1", shop.add_reader("front", label="Front counter")),)
    return shop


def shown(shop: Shop) -> tuple[Concern, ...]:
    return shop.snapshot().needs.shown


def kinds(shop: Shop) -> list[ConcernKind]:
    return [one.kind for one in shown(shop)]


def test_where_all_is_well_nobody_is_needed(shop: Shop) -> None:
    assert kinds(shop) == []


def test_an_unproven_payment_says_how_much_and_where(shop: Shop) -> None:
    person = AttemptState.PERSON
    intent = shop.add_payment(
        "tmr_posd_front", person, 780, order="B-1", reason="receipt_out_of_step"
    )
    (concern,) = shown(shop)
    assert concern == Concern(
        ConcernKind.UNPROVEN,
        subject=intent,
        name="Front counter",
        since_ms=NOW_MS - MINUTE_MS,
        amount=780,
        currency="eur",
        order="B-1",
        cause="receipt_out_of_step",
        stops=True,
    )


def test_most_money_comes_first_and_no_more_than_three_are_shown(shop: Shop) -> None:
    for amount in (780, 99, 125000, 4000, 1):
        shop.add_payment(shop.add_reader(f"r{amount}"), AttemptState.PERSON, amount)
    needs = shop.snapshot().needs
    assert [one.amount for one in needs.shown] == [125000, 4000, 780]
    assert (len(needs.shown), needs.more) == (SHOWN_MAX, 2)


def test_money_comes_before_a_reader_and_a_reader_before_a_report(shop: Shop) -> None:
    lost = shop.add_reader("back", offline(Trouble.CABLE))
    shop.lanes += (Lane("2", lost),)
    shop.add_payment("tmr_posd_front", AttemptState.PERSON, 1)
    shop.upstream = Upstream(UpstreamState.OK, parked=1, parked_amounts={"eur": 100_000})
    assert kinds(shop) == [
        ConcernKind.UNPROVEN,
        ConcernKind.READER_LOST,
        ConcernKind.REPORTS_PARKED,
    ]
    assert shown(shop)[1].cause == "cable"


def test_a_reader_of_two_lanes_is_told_once() -> None:
    shop = Shop()
    lost = shop.add_reader("front", offline())
    shop.lanes = (Lane("1", lost), Lane("2", lost))
    assert kinds(shop) == [ConcernKind.READER_LOST]


def test_a_reader_whose_payment_is_unproven_is_told_as_the_payment(shop: Shop) -> None:
    shop.add_payment("tmr_posd_front", AttemptState.PERSON)
    assert kinds(shop) == [ConcernKind.UNPROVEN]


def test_a_terminal_that_restarts_needs_nobody(shop: Shop) -> None:
    shop.live["tmr_posd_front"] = offline(Trouble.RESTARTING)
    assert kinds(shop) == []


def test_a_reader_says_why_it_takes_no_card(shop: Shop) -> None:
    shop.live["tmr_posd_front"] = replace(online(), need=Need.TECHNICIAN)
    (concern,) = shown(shop)
    assert (concern.kind, concern.cause) == (ConcernKind.READER_NOT_READY, "technician")


def test_a_stranger_in_its_place_is_not_merely_a_reader_that_is_gone(shop: Shop) -> None:
    shop.live["tmr_posd_front"] = offline(Trouble.OTHER_TERMINAL)
    shop.change_reader("tmr_posd_front", stranger=Stranger(NOW_MS, "99", None))
    assert kinds(shop) == [ConcernKind.READER_EXCHANGED]


def test_a_quarantined_reader_waits_to_be_accepted(shop: Shop) -> None:
    why = Quarantine(NOW_MS - HOUR_MS, BreakCause.BUG, None, "AssertionError")
    shop.change_reader("tmr_posd_front", quarantine=why)
    (concern,) = shown(shop)
    assert (concern.kind, concern.since_ms) == (ConcernKind.READER_QUARANTINED, NOW_MS - HOUR_MS)


def test_reports_that_wait_too_long_are_told_with_their_sum(shop: Shop) -> None:
    shop.upstream = Upstream(UpstreamState.OFFLINE, waiting=2, oldest_ms=NOW_MS - 11 * MINUTE_MS)
    shop.untold = replace(shop.untold, payments=2, amounts={"eur": 500, "chf": 900})
    (concern,) = shown(shop)
    assert (concern.kind, concern.count) == (ConcernKind.REPORTS_LATE, 2)
    assert (concern.amount, concern.currency) == (900, "chf")


def test_a_queue_that_stands_still_is_not_told_twice(shop: Shop) -> None:
    shop.upstream = Upstream(
        UpstreamState.PAUSED, NOW_MS, "HTTP 401", waiting=2, oldest_ms=NOW_MS - HOUR_MS
    )
    (concern,) = shown(shop)
    assert (concern.kind, concern.cause) == (ConcernKind.REPORTS_PAUSED, "HTTP 401")


def test_drafts_and_lost_facts_are_the_stores(shop: Shop) -> None:
    shop.refund_drafts = 2
    assert [(one.kind, one.count) for one in shown(shop)] == [(ConcernKind.REFUND_DRAFTED, 2)]


def test_on_a_bad_afternoon_the_worst_is_named() -> None:
    assert kinds(busy_shop())[0] is ConcernKind.UNPROVEN


def test_a_reader_that_another_stands_in_for_is_not_red(shop: Shop) -> None:
    lost = shop.add_reader("back", offline(Trouble.CABLE))
    shop.lanes += (Lane("2", lost, "tmr_posd_front"),)
    assert [(one.kind, one.stops) for one in shown(shop)] == [(ConcernKind.READER_LOST, False)]
    shop.lanes = (*shop.lanes[:1], Lane("2", lost))
    assert [one.stops for one in shown(shop)] == [True]


def test_all_that_is_red_is_counted_shown_or_not(shop: Shop) -> None:
    for number in range(5):
        shop.add_payment(shop.add_reader(f"r{number}"), AttemptState.PERSON)
    shop.refund_drafts = 1
    needs = shop.snapshot().needs
    assert (len(needs.shown), needs.more, needs.stops) == (3, 3, 5)
