from datetime import time
from zoneinfo import ZoneInfo

import pytest

from posd.model.business_day import BusinessDay
from posd.model.money import CurrencyRefused, terminal_amount


@pytest.mark.parametrize("currency", ["eur", "chf", "jpy", "clp"])
def test_where_units_agree_the_same_integer_serves_both(currency: str) -> None:
    assert terminal_amount(1250, currency) == 1250


@pytest.mark.parametrize("currency", ["isk", "ugx", "mga", "huf", "twd", "xyz", "EUR", ""])
def test_a_currency_whose_units_differ_or_that_nobody_tested_is_refused(currency: str) -> None:
    with pytest.raises(CurrencyRefused):
        terminal_amount(1250, currency)


@pytest.mark.parametrize(
    ("wall_ms", "day"),
    [
        (1_790_042_400_000, "2026-09-22"),  # 04:00 in Berlin: the new day has begun
        (1_790_042_399_999, "2026-09-21"),  # a millisecond before
        (1_798_750_800_000, "2026-12-31"),  # 22:00 on New Year's Eve
        (1_798_765_200_000, "2026-12-31"),  # 02:00 on New Year's Day still belongs to the old day
    ],
)
def test_a_business_day_ends_when_the_owner_says(wall_ms: int, day: str) -> None:
    assert BusinessDay(ZoneInfo("Europe/Berlin"), time(4)).of(wall_ms) == day
