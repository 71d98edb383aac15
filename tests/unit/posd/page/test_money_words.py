"""Money today in words: sums by currency, limits as shares, and books that agree or do not."""

import pytest
from msgspec.structs import replace

from posd.model.closing import Agreement
from posd.page import money_words
from posd.page.catalogue import LANGUAGES, shipped
from posd.page.words import Words
from posd.snapshot.blame_views import Direction, TrendView
from posd.snapshot.money_views import DayMatch, LimitView, MoneyView, Tally
from posd.snapshot.views import Level, Upstream, UpstreamState
from tests.unit.posd.page.telling import english, front
from tests.unit.posd.snapshots import Shop


def words(*, amounts: bool = True) -> Words:
    return Words(Shop(locale="en-GB").snapshot(), shipped("en"), amounts=amounts)


def test_sums_stand_by_currency() -> None:
    both = Tally(3, {"eur": 1250, "chf": 900})
    assert money_words.sums(both, words()) == "CHF9.00 + €12.50"
    assert money_words.sums(Tally(), words()) == ""
    assert money_words.sums(both, words(amounts=False)) == "••• + •••"


@pytest.mark.parametrize(
    ("limit", "told", "share", "level"),
    [
        (
            LimitView("amount_max", 40000, 6120, "eur"),
            "€61.20 of €400.00 that may wait",
            15.3,
            Level.OK,
        ),
        (LimitView("count_max", 10, 8), "8 of 10 payments that may wait", 80, Level.ATTENTION),
        (LimitView("age_max_h", 24, 30), "30 of 24 hours that it may wait", 100, Level.STOP),
        (LimitView("count_max", 0, 0), "0 of 0 payments that may wait", 100, Level.STOP),
    ],
)
def test_a_limit_says_how_much_of_it_is_used(
    limit: LimitView, told: str, share: float, level: Level
) -> None:
    assert money_words.limit(limit, words()) == told
    assert money_words.share(limit) == share
    assert money_words.limit_level(limit) is level


def test_books_are_told_with_their_day() -> None:
    match = DayMatch("2026-07-30", Agreement.EQUAL, Agreement.DIFFERS, Agreement.NOT_CHECKED)
    snapshot = replace(Shop().snapshot(), money=MoneyView(match=match))
    assert money_words.books_title(snapshot.money, words()) == "Books of 30 Jul 2026"
    assert money_words.books(snapshot, words()) == [
        ("Readers", Agreement.EQUAL),
        ("Tills", Agreement.DIFFERS),
        ("Stripe", Agreement.NOT_CHECKED),
    ]
    last = MoneyView(match=DayMatch(terminals=Agreement.EQUAL))
    assert money_words.books_title(last, words()) == "Books of the last end of day"


def test_books_that_nobody_compared_are_not_marked_as_well() -> None:
    marks = money_words.BOOKS_LEVELS
    assert [one for one in Agreement if marks[one] is Level.OK] == [Agreement.EQUAL]
    assert marks[Agreement.DIFFERS] is Level.ATTENTION


def test_before_any_day_was_compared_nothing_is_said_of_books() -> None:
    assert money_words.books(Shop().snapshot(), words()) == []
    assert money_words.books_title(MoneyView(), words()) == "No day has been compared yet."


def test_a_store_without_stripe_has_no_books_of_stripes_and_nothing_to_send() -> None:
    shop = Shop(upstream=Upstream(UpstreamState.NONE))
    match = DayMatch("2026-07-30", Agreement.EQUAL)
    snapshot = replace(shop.snapshot(), money=MoneyView(match=match))
    assert [who for who, _ in money_words.books(snapshot, words())] == ["Readers", "Tills"]
    assert "Not at Stripe yet" not in front(snapshot)
    assert "Not at Stripe yet" in front(Shop().snapshot())


@pytest.mark.parametrize(
    ("trend", "told"),
    [
        (TrendView(), ""),
        (TrendView(Direction.BETTER, 4, 12), "falling, was 12"),
        (TrendView(Direction.WORSE, 9, 4), "growing, was 4"),
        (TrendView(Direction.SAME, 4, 4), "steady"),
    ],
)
def test_the_queue_falls_or_grows(trend: TrendView, told: str) -> None:
    assert money_words.trend(trend, english(Shop().snapshot())) == told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_agreement_and_direction_has_words(language: str) -> None:
    text = shipped(language).text
    assert all(text(f"money.agreement.{agreement.value}") for agreement in Agreement)
    assert all(text(f"money.trend.{direction.value}", n=1) for direction in Direction)
