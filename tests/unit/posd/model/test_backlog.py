"""How much is too much, by itself and with one more payment."""

import pytest

from posd.model.backlog import HOUR_MS, NO_LIMITS, Backlog, Limit, OfflineLimits

NOW_MS = 1_795_420_800_000


@pytest.mark.parametrize(
    ("limits", "amount", "stopped_by"),
    [
        (OfflineLimits(amount_max=1_000), 300, ()),
        (OfflineLimits(amount_max=1_000), 301, (Limit.AMOUNT,)),
        (OfflineLimits(count_max=4), 1, ()),
        (OfflineLimits(count_max=3), 1, (Limit.COUNT,)),
        (OfflineLimits(age_max_h=2), 1, ()),
        (OfflineLimits(age_max_h=1), 1, (Limit.AGE,)),
        (OfflineLimits(699, 3, 1), 1, (Limit.AMOUNT, Limit.COUNT, Limit.AGE)),
        (NO_LIMITS, 10**9, ()),
    ],
)
def test_what_one_more_payment_would_pass(
    limits: OfflineLimits, amount: int, stopped_by: tuple[Limit, ...]
) -> None:
    backlog = Backlog(3, {"eur": 700, "chf": 5}, NOW_MS - 2 * HOUR_MS)
    assert limits.stopping(backlog, amount, "eur", NOW_MS) == stopped_by


def test_each_currency_has_the_limit_by_itself() -> None:
    backlog = Backlog(2, {"eur": 1_000, "chf": 5})
    limits = OfflineLimits(amount_max=1_000)
    assert limits.stopping(backlog, 1, "eur", NOW_MS) == (Limit.AMOUNT,)
    assert limits.stopping(backlog, 995, "chf", NOW_MS) == ()
    assert limits.reached(backlog, NOW_MS) == (Limit.AMOUNT,)


def test_a_limit_is_reached_when_there_is_room_for_no_more() -> None:
    limits = OfflineLimits(amount_max=1_000, count_max=3)
    assert limits.reached(Backlog(2, {"eur": 999}), NOW_MS) == ()
    assert limits.reached(Backlog(3, {"eur": 999}), NOW_MS) == (Limit.COUNT,)
    assert limits.reached(Backlog(2, {"eur": 1_000}), NOW_MS) == (Limit.AMOUNT,)


@pytest.mark.parametrize(
    ("age_h", "alarm_h"), [(None, None), (3, None), (4, 4), (23, 4), (24, 24), (72, 72), (500, 72)]
)
def test_alarms_come_after_4_24_and_72_hours(age_h: int | None, alarm_h: int | None) -> None:
    oldest_ms = None if age_h is None else NOW_MS - age_h * HOUR_MS
    assert Backlog(1, {"eur": 1}, oldest_ms).alarm_h(NOW_MS) == alarm_h


def test_a_report_of_tomorrow_is_not_old() -> None:
    assert Backlog(1, {"eur": 1}, NOW_MS + 72 * HOUR_MS).age_ms(NOW_MS) == 0


def test_each_limit_tells_what_is_set() -> None:
    limits = OfflineLimits(1, 2, 3)
    assert [limits.value(limit) for limit in Limit] == [1, 2, 3]
