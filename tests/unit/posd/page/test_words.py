"""Words: amounts and times are the locale's, and whoever may not see amounts sees none."""

import pytest

from posd.page.catalogue import shipped
from posd.page.words import DAY_MS, HOUR_MS, MINUTE_MS, Words
from tests.unit.posd.page.telling import english
from tests.unit.posd.snapshots import NOW_MS, Shop


def words(locale: str = "en") -> Words:
    return english(Shop(locale=locale).snapshot())


@pytest.mark.parametrize(
    ("locale", "amount", "currency", "written"),
    [
        ("en", 123450, "eur", "€1,234.50"),
        ("de-DE", 123450, "eur", "1.234,50\xa0€"),
        ("de-CH", 123450, "chf", "CHF\xa01\u2019234.50"),
        ("es-CL", 123450, "clp", "$123.450"),
        ("ja-JP", 1250, "jpy", "￥1,250"),
        ("de-XX", 5, "eur", "0,05\xa0€"),
        ("xx-XX", 5, "eur", "€0.05"),
    ],
)
def test_amounts_are_the_locales(locale: str, amount: int, currency: str, written: str) -> None:
    assert words(locale).money(amount, currency) == written


def test_who_may_not_see_amounts_sees_none() -> None:
    hidden = Words(Shop().snapshot(), shipped("en"), amounts=False)
    assert hidden.money(123450, "eur") == "•••"


def test_times_are_the_stores() -> None:
    german = words("de-DE")
    assert german.at(NOW_MS) == "14:02"
    assert german.at(NOW_MS - 15 * HOUR_MS) == "30.07.26 23:02"
    assert german.iso(NOW_MS) == "2026-07-31T14:02:00+02:00"
    assert german.exactly(NOW_MS) == "31.07.26 14:02:00"


@pytest.mark.parametrize(
    ("passed_ms", "age"),
    [
        (-5_000, "0\u00a0s"),
        (MINUTE_MS - 1, "59\u00a0s"),
        (MINUTE_MS, "1 min"),
        (HOUR_MS, "1 h"),
        (47 * HOUR_MS, "47 h"),
        (2 * DAY_MS, "2 d"),
    ],
)
def test_ages_have_one_unit(passed_ms: int, age: str) -> None:
    assert words().age(NOW_MS - passed_ms) == age
