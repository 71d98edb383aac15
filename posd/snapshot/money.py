"""The store's money today, put together from what is counted, what is unproven and what waits."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol

from posd.model.attempt import Attempt, AttemptState
from posd.model.audit import UNCHECKED_MAX, worst
from posd.model.audit_facts import DayAudited, Side
from posd.model.backlog import HOUR_MS, Limit, OfflineLimits
from posd.model.closing import Agreement
from posd.model.day_audit import DayAudit
from posd.model.facts import AttemptKind
from posd.snapshot.book import Book
from posd.snapshot.day_views import DayView
from posd.snapshot.money_views import DayMatch, LimitView, MoneyView, Tally
from posd.snapshot.views import Upstream

_UNPROVEN: Final = frozenset({AttemptState.UNKNOWN, AttemptState.PERSON, AttemptState.SET_ASIDE})
"""Where money may have moved; what is in dialogue is only under way."""


class MoneyQueries(Protocol):
    """The journal's query-only connection, as far as money needs it."""

    def unproven_attempts(self) -> Sequence[Attempt]:
        """Every attempt whose outcome is not proven."""
        ...

    def latest_day_audit(self) -> DayAudit | None:
        """The accepted audit of the latest business day that has one."""
        ...


def money(
    book: Book,
    queries: MoneyQueries,
    upstream: Upstream,
    limits: OfflineLimits,
    closings: Sequence[DayView],
    at_ms: int,
) -> MoneyView:
    """What was taken today, and what of it is not settled, at `at_ms`."""
    business_day, day = book.today(at_ms)
    from_ms, until_ms = book.bounds_ms(business_day)
    return MoneyView(
        business_day=business_day,
        from_ms=from_ms,
        until_ms=until_ms,
        counted=book.counted,
        paid=day.paid.told(),
        refunded=day.refunded.told(),
        declined=day.declined.told(),
        unproven=_unproven(queries.unproven_attempts()),
        waiting=Tally(upstream.payments, upstream.amounts),
        waiting_since_ms=upstream.oldest_ms,
        limits=tuple(_limits(limits, upstream, at_ms)),
        match=match(queries.latest_day_audit(), closings),
    )


def _unproven(attempts: Iterable[Attempt]) -> Tally:
    doubted = [
        one for one in attempts if one.state in _UNPROVEN and one.kind is not AttemptKind.END_OF_DAY
    ]
    amounts: Counter[str] = Counter()
    for attempt in doubted:
        amounts[attempt.currency] += attempt.amount
    return Tally(len(doubted), dict(amounts))


def _limits(limits: OfflineLimits, upstream: Upstream, at_ms: int) -> Iterator[LimitView]:
    """How much of each limit that the store has set is used up."""
    age_ms = 0 if upstream.oldest_ms is None else max(at_ms - upstream.oldest_ms, 0)
    currency = max(upstream.amounts, key=lambda one: upstream.amounts[one], default=None)
    used: Mapping[Limit, int] = {
        Limit.AMOUNT: 0 if currency is None else upstream.amounts[currency],
        Limit.COUNT: upstream.payments,
        Limit.AGE: age_ms // HOUR_MS,
    }
    for limit in Limit:
        most = limits.value(limit)
        if most is not None:
            of = currency if limit is Limit.AMOUNT else None
            yield LimitView(limit.value, most, used[limit], of)


def match(latest: DayAudit | None, closings: Sequence[DayView]) -> DayMatch:
    """What the latest accepted audit says of each side; without one, what the terminals closed."""
    if latest is None:
        closed = [day.closed.agreement for day in closings if day.closed is not None]
        return DayMatch(terminals=worst(closed))
    return DayMatch(
        business_day=latest.found.business_day,
        terminals=_side(latest.found, Side.TERMINAL),
        tills=_side(latest.found, Side.TILL),
        stripe=_side(latest.found, Side.STRIPE),
    )


def _side(found: DayAudited, side: Side) -> Agreement:
    """Equal only if the audit compared that side, wholly, and no list of it was cut short (M16)."""
    if any(one.side is side for one in found.differences):
        return Agreement.DIFFERS
    nothing = Agreement(found.agreement) is Agreement.NOT_CHECKED and not found.unchecked
    cut = found.difference_count > len(found.differences)
    cut = cut or len(found.unchecked) >= UNCHECKED_MAX
    unchecked = any(f" {side.value}: " in one for one in found.unchecked)
    return Agreement.NOT_CHECKED if nothing or cut or unchecked else Agreement.EQUAL
