"""Whose fault it is."""

import pytest
from msgspec.structs import replace

from posd.live import Trouble
from posd.snapshot.blame import FAILING_MS
from posd.snapshot.blame_views import BlameView, Fault, LegKind, LegState
from posd.snapshot.views import Lane, MirrorView, Upstream, UpstreamState
from posd.upstream.contact import ContactNow, Heard
from tests.unit.posd.snapshots import MINUTE_MS, NOW_MS, Shop, offline

SINCE_MS = NOW_MS - 31 * MINUTE_MS
ANSWERED = ContactNow(Heard.ANSWERED, SINCE_MS, 38)
UP, DOWN, UNKNOWN = LegState.UP, LegState.DOWN, LegState.UNKNOWN


@pytest.fixture
def shop() -> Shop:
    shop = Shop(contact=ANSWERED, mirror=MirrorView(NOW_MS))
    shop.lanes = (Lane("1", shop.add_reader("front", label="Front counter")),)
    return shop


def told(shop: Shop) -> tuple[Fault, list[LegState]]:
    blame = shop.snapshot().blame
    return blame.fault, [leg.state for leg in blame.legs]


def test_all_is_well_and_stripe_answers_in_so_many_milliseconds(shop: Shop) -> None:
    assert told(shop) == (Fault.NOBODY, [UP, UP, UP])
    assert shop.snapshot().blame.legs[2].answer_ms == 38


def test_a_reader_that_is_away_is_the_stores_own(shop: Shop) -> None:
    shop.live["tmr_posd_front"] = offline()
    assert told(shop) == (Fault.OURS, [DOWN, UP, UP])
    leg = shop.snapshot().blame.legs[0]
    assert (leg.names, leg.since_ms) == (("Front counter",), NOW_MS - 5 * MINUTE_MS)


def test_a_reader_that_restarts_is_nobodys_fault(shop: Shop) -> None:
    shop.live["tmr_posd_front"] = offline(Trouble.RESTARTING)
    assert told(shop)[0] is Fault.NOBODY


@pytest.mark.parametrize(
    ("heard", "fault", "legs"),
    [
        (Heard.NOT_REACHED, Fault.INTERNET, [UP, DOWN, UNKNOWN]),
        (Heard.NOT_STRIPE, Fault.INTERNET, [UP, DOWN, UNKNOWN]),
        (Heard.SILENT, Fault.STRIPE, [UP, UP, DOWN]),
        (Heard.FAILING, Fault.STRIPE, [UP, UP, DOWN]),
    ],
)
def test_the_last_request_says_on_which_leg_it_broke(
    shop: Shop, heard: Heard, fault: Fault, legs: list[LegState]
) -> None:
    shop.contact = ContactNow(heard, SINCE_MS, 38)
    shop.mirror = MirrorView(NOW_MS, down_since_ms=SINCE_MS)
    assert told(shop) == (fault, legs)
    down = next(leg for leg in shop.snapshot().blame.legs if leg.state is DOWN)
    assert down.since_ms == SINCE_MS


def test_the_queues_word_counts_as_much_as_a_callers(shop: Shop) -> None:
    shop.upstream = Upstream(UpstreamState.OFFLINE, SINCE_MS)
    shop.contact = ContactNow(Heard.NOT_REACHED, SINCE_MS)
    assert told(shop)[0] is Fault.INTERNET


def test_one_lost_request_is_nobodys_fault(shop: Shop) -> None:
    shop.contact = ContactNow(Heard.NOT_REACHED, NOW_MS - 1000)
    assert told(shop) == (Fault.NOBODY, [UP, UP, UP])


def test_a_stripe_that_keeps_failing_is_told_though_it_answers(shop: Shop) -> None:
    shop.contact = ContactNow(Heard.FAILING, NOW_MS - FAILING_MS + 1, 38)
    assert told(shop)[0] is Fault.NOBODY
    shop.contact = ContactNow(Heard.FAILING, NOW_MS - FAILING_MS, 38)
    assert told(shop) == (Fault.STRIPE, [UP, UP, DOWN])


def test_a_credential_that_is_refused_is_the_stores_own(shop: Shop) -> None:
    shop.upstream = Upstream(UpstreamState.PAUSED, NOW_MS, "HTTP 401")
    assert told(shop) == (Fault.OURS, [UP, UP, UP])


def test_before_the_first_request_nothing_is_known(shop: Shop) -> None:
    shop.contact = ContactNow()
    assert told(shop) == (Fault.NOBODY, [UP, UNKNOWN, UNKNOWN])


def test_a_store_without_stripe_has_only_its_readers() -> None:
    shop = Shop(upstream=Upstream(UpstreamState.NONE))
    shop.add_reader("front")
    blame = shop.snapshot().blame
    assert [leg.kind for leg in blame.legs] == [LegKind.READERS]
    assert replace(blame, legs=()) == BlameView()
