"""What the page says of a day, and what it tells a manager to do."""

import pytest
from msgspec.structs import replace

from posd.model.closing import Agreement
from posd.page.commands import for_day
from posd.page.day_words import about
from posd.snapshot.day_views import ClosedView, DayStatus, DayView, TakenView
from tests.unit.posd.page.telling import english
from tests.unit.posd.snapshots import MINUTE_MS, NOW_MS, Shop

OPEN = DayView("tmr_posd_front", "front", "eur", DayStatus.OPEN, TakenView(2, 3000))
SINCE = "Since its last end of day: 2 payments, €30.00."


AT = "2:01\u202fPM"
"""A minute ago, as the locale writes it."""


def told(day: DayView) -> list[str]:
    return about(day, english(Shop().snapshot()))


def test_an_ordinary_day() -> None:
    assert told(OPEN) == [SINCE]
    assert told(replace(OPEN, taken=TakenView(1, -100))) == [
        "Since its last end of day: 1 payment, -€1.00."
    ]


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (DayStatus.CLOSING, f"It closes its day since {AT}."),
        (
            DayStatus.UNPROVEN,
            f"Its end of day is not proven since {AT}: the terminal is being asked",
        ),
        (DayStatus.NEEDS_A_PERSON, "Nothing proves whether its day is closed."),
        (DayStatus.CONTRADICTED, "The terminal's totals prove the opposite"),
        (DayStatus.REFUSED, "The terminal refused its end of day (result code A1)."),
    ],
)
def test_what_became_of_the_latest_attempt(status: DayStatus, says: str) -> None:
    day = replace(OPEN, status=status, since_ms=NOW_MS - MINUTE_MS, code=0xA1)
    assert told(day)[0].startswith(says)
    asks_somebody = status not in (DayStatus.CLOSING, DayStatus.UNPROVEN)
    command = for_day(day) or ""
    assert command.startswith("posd readers end-of-day tmr_posd_front") is asks_somebody


def test_every_status_has_words() -> None:
    for status in DayStatus:
        assert (told(replace(OPEN, status=status)) == [SINCE]) is (status is DayStatus.OPEN)


@pytest.mark.parametrize(
    ("amount", "agreement", "says"),
    [
        (3000, Agreement.EQUAL, f"Closed at {AT}, €30.00: equal to posd's journal."),
        (
            2000,
            Agreement.DIFFERS,
            (
                f"Closed at {AT}, €20.00: differs from posd's journal, which has 2 payments, "
                "€30.00. Compare the receipts."
            ),
        ),
        (
            None,
            Agreement.NOT_CHECKED,
            f"Closed at {AT}: not checked against posd's journal, which has 2 payments, €30.00.",
        ),
    ],
)
def test_the_last_closing(amount: int | None, agreement: Agreement, says: str) -> None:
    closed = ClosedView(NOW_MS - MINUTE_MS, amount, TakenView(2, 3000), agreement)
    assert told(replace(OPEN, closed=closed))[-1] == says


def test_what_may_come_back_unpaid_is_said_apart() -> None:
    day = replace(OPEN, taken=TakenView(2, 3000, at_risk_count=1, at_risk_amount=1000))
    assert told(day) == [SINCE, "Paid, may still come back unpaid: 1 of them, €10.00."]


def test_a_day_that_is_late_says_since_when() -> None:
    late = replace(OPEN, due_ms=NOW_MS - 2 * MINUTE_MS)
    assert told(late) == [SINCE]
    assert told(replace(late, overdue=True))[0].startswith(
        "Its day should have been closed at 2:00\u202fPM. Look at the reader, then close its day."
    )
