"""The store's money today."""

import pytest
from msgspec.structs import replace

from posd.model.attempt import AttemptState
from posd.model.audit import UNCHECKED_MAX
from posd.model.audit_facts import DayAudited, Difference, Side
from posd.model.backlog import Backlog, OfflineLimits
from posd.model.closing import Agreement
from posd.model.day_audit import DayAudit
from posd.snapshot.book import Outcome
from posd.snapshot.day_views import ClosedView, DayStatus, DayView, TakenView
from posd.snapshot.money import match
from posd.snapshot.money_views import LimitView, Tally
from posd.snapshot.views import Upstream, UpstreamState
from tests.unit.posd.snapshot.test_book import SALE
from tests.unit.posd.snapshots import MINUTE_MS, NOW_MS, Shop, nothing_lately

HOUR_MS = 60 * MINUTE_MS
EQUAL, DIFFERS, NOT_CHECKED = Agreement.EQUAL, Agreement.DIFFERS, Agreement.NOT_CHECKED
AUDITED = DayAudited(
    audit="audit_2026-07-30",
    business_day="2026-07-30",
    agreement="equal",
    differences=(),
    difference_count=0,
    unchecked=(),
    first_seq=1,
    last_seq=9,
    first_hash="00",
    last_hash="ff",
    export_sha256="ab",
)


def sides(found: DayAudited) -> list[Agreement]:
    told = match(DayAudit(found.audit, found, "key_1", NOW_MS), ())
    assert told.business_day == "2026-07-30"
    return [told.terminals, told.tills, told.stripe]


def test_what_was_taken_today_is_counted_and_says_so_once_all_is() -> None:
    lately = nothing_lately()
    lately.book.note(Outcome(NOW_MS, SALE))
    money = Shop().snapshot(lately=lately).money
    assert (money.business_day, money.paid, money.counted) == (
        "2026-07-31",
        Tally(1, {"eur": 1250}),
        False,
    )
    assert money.from_ms < NOW_MS < money.until_ms
    lately.book.counted = True
    assert Shop().snapshot(lately=lately).money.counted


def test_unproven_is_what_may_have_moved_and_not_what_is_at_a_reader() -> None:
    shop = Shop()
    for number, state in enumerate(
        (AttemptState.STARTED, AttemptState.UNKNOWN, AttemptState.PERSON, AttemptState.SET_ASIDE)
    ):
        shop.add_payment(shop.add_reader(f"r{number}"), state, 100 * 10**number)
    shop.add_closing(shop.add_reader("closing"), AttemptState.PERSON)
    assert shop.snapshot().money.unproven == Tally(3, {"eur": 111_000})


def test_what_waits_is_measured_against_each_limit_that_is_set() -> None:
    shop = Shop(
        limits=OfflineLimits(amount_max=40_000, age_max_h=24),
        untold=Backlog(4, {"eur": 6120, "chf": 100}),
        upstream=Upstream(UpstreamState.OFFLINE, waiting=4, oldest_ms=NOW_MS - 90 * MINUTE_MS),
    )
    money = shop.snapshot().money
    assert money.waiting == Tally(4, {"eur": 6120, "chf": 100})
    assert money.waiting_since_ms == NOW_MS - 90 * MINUTE_MS
    assert money.limits == (
        LimitView("amount_max", 40_000, 6120, "eur"),
        LimitView("age_max_h", 24, 1),
    )


def test_a_store_that_tells_stripe_nothing_waits_for_nothing() -> None:
    shop = Shop(upstream=Upstream(UpstreamState.NONE), untold=Backlog(4, {"eur": 6120}))
    assert shop.snapshot().money.waiting == Tally()


def test_an_audit_that_found_all_equal_says_so_of_each_side() -> None:
    assert sides(AUDITED) == [EQUAL, EQUAL, EQUAL]


def test_what_differs_differs_on_its_own_side_only() -> None:
    found = Difference(Side.TILL, "missing", "B-1", 1250, None)
    told = replace(AUDITED, agreement="differs", differences=(found,), difference_count=1)
    assert sides(told) == [EQUAL, DIFFERS, EQUAL]


def test_what_was_not_compared_is_not_equal() -> None:
    told = replace(AUDITED, unchecked=("tmr_1 stripe: still_owed", "tmr_1 till: no_list"))
    assert sides(told) == [EQUAL, NOT_CHECKED, NOT_CHECKED]


@pytest.mark.parametrize(
    "changes",
    [
        {"agreement": "not_checked"},
        {"difference_count": 1, "agreement": "differs"},
        {"unchecked": ("tmr_1 other: x",) * UNCHECKED_MAX},
    ],
    ids=["nothing was compared", "not every difference is listed", "nor every gap"],
)
def test_equal_is_never_said_of_what_the_audit_left_out(changes: dict[str, object]) -> None:
    assert EQUAL not in sides(replace(AUDITED, **changes))


@pytest.mark.parametrize(
    ("closed", "told"),
    [
        ((), NOT_CHECKED),
        ((EQUAL,), EQUAL),
        ((EQUAL, NOT_CHECKED), NOT_CHECKED),
        ((EQUAL, DIFFERS), DIFFERS),
    ],
)
def test_without_an_audit_the_terminals_ends_of_day_are_what_is_known(
    closed: tuple[Agreement, ...], told: Agreement
) -> None:
    days = [
        DayView(
            "tmr_1",
            "1",
            "eur",
            DayStatus.OPEN,
            TakenView(0, 0),
            ClosedView(1, 2, TakenView(0, 0), one),
        )
        for one in closed
    ]
    view = match(None, days)
    assert (view.terminals, view.tills, view.stripe) == (told, NOT_CHECKED, NOT_CHECKED)
    assert view.business_day is None
