"""The store's money today, as the front page tells it."""

from typing import Final

from posd.model.closing import Agreement
from posd.page.words import Words
from posd.snapshot.blame_views import TrendView
from posd.snapshot.money_views import DayMatch, LimitView, MoneyView, Tally
from posd.snapshot.views import Level, Snapshot, UpstreamState

BOOKS_LEVELS: Final = {
    Agreement.EQUAL: Level.OK,
    Agreement.DIFFERS: Level.ATTENTION,
    Agreement.NOT_CHECKED: Level.RESTING,
}
"""How it is marked whether books agree."""
NEARLY: Final = 0.8
"""The share of a limit from which on somebody should look."""


def sums(tally: Tally, words: Words) -> str:
    """The sums of each currency, the alphabet's first first; nothing where there are none."""
    return " + ".join(words.money(sum_, name) for name, sum_ in sorted(tally.amounts.items()))


def books(snapshot: Snapshot, words: Words) -> list[tuple[str, Agreement]]:
    """Whose books are compared with the journal's, and whether they are equal to it.

    Nobody's before any day was compared; not Stripe's where Stripe is told nothing.
    """
    match = snapshot.money.match
    if match == DayMatch():
        return []
    told = [
        (words.text("money.books_of_terminals"), match.terminals),
        (words.text("money.books_of_tills"), match.tills),
    ]
    if tells_stripe(snapshot):
        told.append((words.text("money.books_of_stripe"), match.stripe))
    return told


def tells_stripe(snapshot: Snapshot) -> bool:
    """Whether the store tells Stripe of its payments, so that some can wait for that."""
    return snapshot.upstream.state is not UpstreamState.NONE


def books_title(money: MoneyView, words: Words) -> str:
    """Of which day the books are."""
    if money.match == DayMatch():
        return words.text("money.no_books")
    day = money.match.business_day
    if day is None:
        return words.text("money.books_of_last_day")
    return words.text("money.books", day=words.day(day))


def limit(view: LimitView, words: Words) -> str:
    """How much of a limit is used up."""
    if view.currency is None:
        return words.text(f"money.limit.{view.key}", used=view.used, most=view.most)
    used, most = (words.money(sum_, view.currency) for sum_ in (view.used, view.most))
    return words.text(f"money.limit.{view.key}", used=used, most=most)


def share(view: LimitView) -> float:
    """The part of the limit that is used up, in percent, 100 at most."""
    return round(100 * min(view.used / view.most, 1), 1) if view.most else 100.0


def limit_level(view: LimitView) -> Level:
    """How the limit is marked."""
    if view.used >= view.most:
        return Level.STOP
    return Level.ATTENTION if view.used >= NEARLY * view.most else Level.OK


def trend(view: TrendView, words: Words) -> str:
    """Whether the queue falls or grows; nothing where there is none."""
    if not view.waiting and not view.before:
        return ""
    return words.text(f"money.trend.{view.direction.value}", n=view.before)
