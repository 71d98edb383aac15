"""The snapshot of the readers' days: what was closed, whether it agrees, and what waits."""

from datetime import time
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace

from posd.model.attempt import AttemptState
from posd.model.closing import Agreement, Closing, Takings
from posd.model.closing_time import ClosingTime
from posd.snapshot.day_views import ClosedView, DayStatus, DayView, TakenView
from posd.snapshot.days import DAYS_MAX, OVERDUE_MS
from posd.snapshot.views import Level, ReaderStatus, Snapshot
from posd_drivers.ability import Need
from posd_drivers.card_reader import Totals
from tests.unit.posd.snapshots import MINUTE_MS, NOW_MS, Shop, online

BERLIN = ZoneInfo("Europe/Berlin")
AT_TWO = ClosingTime(time(14), BERLIN)
"""Two minutes ago."""
AT_ONE = ClosingTime(time(13), BERLIN)


@pytest.fixture
def shop() -> Shop:
    """A store with one reader that took a payment since it was last closed."""
    store = Shop()
    front = store.add_reader("front")
    takings = Takings(NOW_MS - 9 * MINUTE_MS, 2, 3000, at_risk_count=1, at_risk_amount=1000)
    store.change_reader(front, registered_ms=0, takings=takings)
    return store


def day(shop: Shop) -> DayView:
    (one,) = shop.snapshot().days
    return one


def test_what_was_taken_is_told_with_what_is_at_risk_apart(shop: Shop) -> None:
    told = day(shop)
    assert told.taken == TakenView(2, 3000, at_risk_count=1, at_risk_amount=1000)
    assert (told.status, told.closed, told.due_ms) == (DayStatus.OPEN, None, None)
    assert (told.reader, told.label, told.currency) == ("tmr_posd_front", "front", "eur")


def test_a_store_that_closes_nothing_is_told_nothing(shop: Shop) -> None:
    shop.change_reader("tmr_posd_front", takings=Takings(None, 2, 3000))
    assert shop.snapshot().days == ()
    shop.closing_time = AT_TWO
    assert len(shop.snapshot().days) == 1


@pytest.mark.parametrize(
    ("totals", "since_ms", "agreement", "level"),
    [
        (Totals(3000), 1, Agreement.EQUAL, Level.OK),
        (Totals(2999), 1, Agreement.DIFFERS, Level.ATTENTION),
        (Totals(3000), None, Agreement.NOT_CHECKED, Level.OK),
        (None, 1, Agreement.NOT_CHECKED, Level.OK),
    ],
)
def test_the_last_closing_says_whether_it_agrees(
    shop: Shop, totals: Totals | None, since_ms: int | None, agreement: Agreement, level: Level
) -> None:
    closing = Closing("att_1", NOW_MS - MINUTE_MS, totals, Takings(since_ms, 2, 3000))
    shop.change_reader("tmr_posd_front", closing=closing)
    amount = None if totals is None else totals.amount
    assert day(shop).closed == ClosedView(NOW_MS - MINUTE_MS, amount, TakenView(2, 3000), agreement)
    assert shop.snapshot().verdict.level is level


@pytest.mark.parametrize(
    ("state", "status", "level"),
    [
        (AttemptState.STARTED, DayStatus.CLOSING, Level.OK),
        (AttemptState.REPORTED, DayStatus.CLOSING, Level.OK),
        (AttemptState.UNKNOWN, DayStatus.UNPROVEN, None),
        (AttemptState.PERSON, DayStatus.NEEDS_A_PERSON, Level.STOP),
        (AttemptState.SET_ASIDE, DayStatus.NEEDS_A_PERSON, Level.STOP),
        (AttemptState.DECLINED, DayStatus.REFUSED, Level.ATTENTION),
        (AttemptState.ABORTED, DayStatus.REFUSED, Level.ATTENTION),
        (AttemptState.NOT_SENT, DayStatus.OPEN, Level.OK),
        (AttemptState.NOT_CHARGED, DayStatus.OPEN, Level.OK),
        (AttemptState.APPROVED, DayStatus.OPEN, Level.OK),
    ],
)
def test_what_became_of_the_latest_attempt(
    shop: Shop, state: AttemptState, status: DayStatus, level: Level | None
) -> None:
    shop.add_closing("tmr_posd_front", state, code=0xA1, reason="link_lost")
    snapshot = shop.snapshot()
    (told,) = snapshot.days
    assert (told.status, told.reason, told.since_ms) == (status, "link_lost", NOW_MS - MINUTE_MS)
    assert told.code == (0xA1 if status is DayStatus.REFUSED else None)
    assert snapshot.errands == ()
    if level is not None:
        assert snapshot.verdict.level is level


def test_a_contradiction_stops(shop: Shop) -> None:
    shop.add_closing("tmr_posd_front", AttemptState.NOT_CHARGED, discrepancy="terminal_says_done")
    snapshot = shop.snapshot()
    assert (snapshot.days[0].status, snapshot.verdict.level) == (
        DayStatus.CONTRADICTED,
        Level.STOP,
    )
    assert snapshot.verdict.details == ("An end of day must be looked at: front.",)
    assert snapshot.errands == ()


@pytest.mark.parametrize("totals", [None, Totals(0)])
def test_what_was_refused_with_nothing_in_it_is_no_alarm(shop: Shop, totals: Totals | None) -> None:
    shop.add_closing("tmr_posd_front", AttemptState.DECLINED, totals=totals)
    if totals is None:
        shop.change_reader("tmr_posd_front", takings=Takings(NOW_MS))
    assert day(shop).status is DayStatus.OPEN


@pytest.mark.parametrize(
    ("at", "late_ms", "overdue"),
    [(AT_TWO, 2 * MINUTE_MS, False), (AT_ONE, OVERDUE_MS + 2 * MINUTE_MS, True)],
)
def test_a_day_that_is_not_closed_in_time_needs_somebody(
    shop: Shop,
    at: ClosingTime,
    late_ms: int,
    overdue: bool,  # noqa: FBT001
) -> None:
    shop.closing_time = at
    told = day(shop)
    assert (told.due_ms, told.overdue) == (NOW_MS - late_ms, overdue)
    assert shop.snapshot().verdict.level is (Level.ATTENTION if overdue else Level.OK)


@pytest.mark.parametrize(
    ("need", "status"),
    [
        (Need.END_OF_DAY, ReaderStatus.NOT_READY),
        (Need.TECHNICIAN, ReaderStatus.NOT_READY),
        (Need.WAIT, ReaderStatus.BUSY),
        (Need.CARD_REMOVED, ReaderStatus.ONLINE),
        (None, ReaderStatus.ONLINE),
    ],
)
def test_a_terminal_that_wants_something_first_takes_no_card(
    shop: Shop, need: Need | None, status: ReaderStatus
) -> None:
    shop.live["tmr_posd_front"] = replace(online(), need=need)
    (lane,) = shop.snapshot().lanes
    assert lane.reader is not None
    assert (lane.reader.status, lane.reader.need) == (status, need.value if need else None)
    assert lane.level is (Level.STOP if status is ReaderStatus.NOT_READY else Level.OK)


def test_a_chain_of_readers_is_cut_off(shop: Shop) -> None:
    for number in range(DAYS_MAX + 5):
        shop.add_closing(shop.add_reader(f"lane-{number}"), AttemptState.APPROVED)
    assert len(shop.snapshot().days) == DAYS_MAX


def test_it_survives_json(shop: Shop) -> None:
    shop.closing_time = AT_ONE
    shop.add_closing("tmr_posd_front", AttemptState.DECLINED, code=0x77)
    snapshot = shop.snapshot()
    assert msgspec.json.decode(msgspec.json.encode(snapshot), type=Snapshot) == snapshot
