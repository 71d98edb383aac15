"""A time of day in the store's zone, on ordinary days, on the two that are not, and beside them."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from posd.model.attempt import Attempt, AttemptState
from posd.model.closing import Closing, Takings
from posd.model.closing_time import ClosingTime, by_hand
from posd.model.facts import AttemptKind
from posd.model.reader import Reader
from posd_drivers.card_reader import BrandTotals, Totals
from tests.unit.posd.model.records import BASELINE

BERLIN = ZoneInfo("Europe/Berlin")
TEN_PM = ClosingTime(time(22), BERLIN)
HALF_PAST_TWO = ClosingTime(time(2, 30), BERLIN)
HOUR_MS = 3_600_000


def wall_ms(utc: str) -> int:
    return round(datetime.fromisoformat(f"{utc}+00:00").timestamp() * 1000)


NOW_MS = wall_ms("2026-11-23T22:00:00")
TODAYS_MS = wall_ms("2026-11-23T21:00:00")


@pytest.mark.parametrize(
    ("at", "now", "latest"),
    [
        # An ordinary day: Berlin is an hour ahead.
        (TEN_PM, "2026-11-23T20:59:59", "2026-11-22T21:00:00"),
        (TEN_PM, "2026-11-23T21:00:00", "2026-11-23T21:00:00"),
        (TEN_PM, "2026-11-24T20:59:59", "2026-11-23T21:00:00"),
        # The night of 2026-03-29 has no half past two: it is half past three then.
        (HALF_PAST_TWO, "2026-03-29T01:29:59", "2026-03-28T01:30:00"),
        (HALF_PAST_TWO, "2026-03-29T01:30:00", "2026-03-29T01:30:00"),
        (HALF_PAST_TWO, "2026-03-30T00:29:59", "2026-03-29T01:30:00"),
        # The night of 2026-10-25 has it twice: the first counts.
        (HALF_PAST_TWO, "2026-10-25T00:29:59", "2026-10-24T00:30:00"),
        (HALF_PAST_TWO, "2026-10-25T00:30:00", "2026-10-25T00:30:00"),
        (HALF_PAST_TWO, "2026-10-25T01:30:00", "2026-10-25T00:30:00"),
        (HALF_PAST_TWO, "2026-10-26T01:29:59", "2026-10-25T00:30:00"),
    ],
)
def test_it_comes_once_a_day(at: ClosingTime, now: str, latest: str) -> None:
    assert at.latest_ms(wall_ms(now)) == wall_ms(latest)


def reader(
    closed_ms: int | None = None, takings: Takings | None = None, registered_ms: int = 0
) -> Reader:
    """A reader that took a payment since it was last closed, if ever."""
    closing = None if closed_ms is None else Closing("att_posd_1", closed_ms, None, Takings())
    return Reader(
        id="tmr_posd_1",
        address="zvt+tcp://127.0.0.1:20007",
        label="Till 1",
        location=None,
        currency="eur",
        declared=True,
        livemode=False,
        registered_ms=registered_ms,
        closing=closing,
        takings=takings or Takings(closed_ms, count=1, amount=1250),
    )


def refused(at_ms: int, totals: Totals | None) -> Attempt:
    """An end of day that the terminal refused."""
    return Attempt(
        id="att_posd_2",
        kind=AttemptKind.END_OF_DAY,
        payment_intent="",
        reader="tmr_posd_1",
        amount=0,
        currency="eur",
        baseline=BASELINE,
        state=AttemptState.DECLINED,
        started_ms=at_ms,
        changed_ms=at_ms,
        code=0x77,
        totals=totals,
    )


NOTHING = Totals(0, (BrandTotals("visa", 0, 0),))


@pytest.mark.parametrize(
    ("known", "due"),
    [
        (reader(), True),
        (reader(closed_ms=TODAYS_MS - 1), True),
        (reader(closed_ms=TODAYS_MS), False),
        (reader(closed_ms=NOW_MS + HOUR_MS), False),
        (reader(closed_ms=NOW_MS + 25 * HOUR_MS), True),
        (reader(closed_ms=TODAYS_MS - 1, takings=Takings(TODAYS_MS - 1)), False),
        (reader(takings=Takings(None)), True),
        (reader(registered_ms=TODAYS_MS), True),
        (reader(registered_ms=TODAYS_MS + 1), False),
        (reader(registered_ms=NOW_MS + 1), True),
    ],
    ids=[
        "never closed",
        "closed the day before",
        "closed at that moment",
        "closed, and the clock went back an hour",
        "closed by a clock that was wrong by a day",
        "nothing in it",
        "nothing in it that posd knows of",
        "just registered before",
        "registered after",
        "registered by a clock that was wrong",
    ],
)
def test_what_the_journal_has_decides_whether_it_is_due(known: Reader, due: bool) -> None:  # noqa: FBT001
    assert TEN_PM.due_since(known, None, NOW_MS) == (TODAYS_MS if due else None)


def test_a_terminal_that_refused_for_it_has_nothing_to_close_is_done() -> None:
    known = reader(takings=Takings(None))
    assert TEN_PM.due_since(known, refused(NOW_MS, NOTHING), NOW_MS) is None
    assert TEN_PM.due_since(known, refused(TODAYS_MS - 1, NOTHING), NOW_MS) == TODAYS_MS
    for totals in (None, Totals(1250)):
        assert TEN_PM.due_since(known, refused(NOW_MS, totals), NOW_MS) == TODAYS_MS
    open_ = replace(refused(NOW_MS, NOTHING), state=AttemptState.UNKNOWN)
    assert TEN_PM.due_since(known, open_, NOW_MS) == TODAYS_MS


def test_without_a_time_only_a_person_closes() -> None:
    assert by_hand("tmr_posd_1") is None
