"""What needs a person, worst money first: everything that the verdict found, thing by thing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from posd.model.closing import Agreement
from posd.model.hardware import Next
from posd.snapshot.concern_views import SHOWN_MAX, Concern, ConcernKind, NeedsView
from posd.snapshot.day_views import DayStatus, DayView
from posd.snapshot.verdict import Known, ends_soon, is_late
from posd.snapshot.views import (
    Errand,
    LaneView,
    Level,
    OrderView,
    PaymentStatus,
    ReaderStatus,
    ReaderView,
    Upstream,
    UpstreamState,
)

_PAYMENTS: Final[Mapping[PaymentStatus, ConcernKind]] = {
    PaymentStatus.CONTRADICTED: ConcernKind.CONTRADICTED,
    PaymentStatus.SET_ASIDE: ConcernKind.SET_ASIDE,
    PaymentStatus.UNHEARD: ConcernKind.UNHEARD,
    PaymentStatus.UNCAPTURED: ConcernKind.UNCAPTURED,
    PaymentStatus.OUT_OF_REACH: ConcernKind.OUT_OF_REACH,
}
"""What is not here is unproven."""
_DAYS: Final[Mapping[DayStatus, ConcernKind]] = {
    DayStatus.NEEDS_A_PERSON: ConcernKind.DAY_UNPROVEN,
    DayStatus.CONTRADICTED: ConcernKind.DAY_CONTRADICTED,
    DayStatus.REFUSED: ConcernKind.DAY_REFUSED,
}
_READERS: Final[Mapping[ReaderStatus, ConcernKind]] = {
    ReaderStatus.QUARANTINED: ConcernKind.READER_QUARANTINED,
    ReaderStatus.NOT_READY: ConcernKind.READER_NOT_READY,
    ReaderStatus.OFFLINE: ConcernKind.READER_LOST,
}
_ORDERS: Final[Mapping[Next, ConcernKind]] = {
    Next.RECEIVE: ConcernKind.ORDER_ARRIVED,
    Next.ASK_STRIPE: ConcernKind.ORDER_UNDELIVERABLE,
    Next.ORDER_AGAIN: ConcernKind.ORDER_NEVER_PLACED,
}
_STOPS: Final = frozenset(
    {
        ConcernKind.CONTRADICTED,
        ConcernKind.UNPROVEN,
        ConcernKind.OUT_OF_REACH,
        ConcernKind.UNCAPTURED,
        ConcernKind.FACTS_MISSING,
        ConcernKind.DAY_UNPROVEN,
        ConcernKind.DAY_CONTRADICTED,
        ConcernKind.UNHEARD,
        ConcernKind.SET_ASIDE,
    }
)
"""What is red wherever it is: money that is not proven."""
_WORST: Final = list(ConcernKind)
_LEVELS: Final = list(Level)


def needs(
    known: Known, lanes: Sequence[LaneView], orders: Sequence[OrderView], at_ms: int
) -> NeedsView:
    """The first SHOWN_MAX of what needs a person at `at_ms`, and how many more there are."""
    found = concerns(known, lanes, orders, at_ms)
    more = max(len(found) - SHOWN_MAX, 0)
    return NeedsView(found[:SHOWN_MAX], more, sum(one.stops for one in found))


def concerns(
    known: Known, lanes: Sequence[LaneView], orders: Sequence[OrderView], at_ms: int
) -> tuple[Concern, ...]:
    """Everything that needs a person at `at_ms`, worst first."""
    found = [
        *map(_payment, known.errands),
        *_lanes(lanes),
        *_days(known.closings),
        *_reports(known.upstream, at_ms),
        *_store(known),
        *_orders(orders),
    ]
    found.sort(key=_urgency)
    return tuple(replace(one, stops=one.stops or one.kind in _STOPS) for one in found)


def _urgency(concern: Concern) -> tuple[int, int, int]:
    """Worst kind first, of one kind the most money, of the same money the oldest."""
    return _WORST.index(concern.kind), -(concern.amount or 0), concern.since_ms or 0


def _payment(errand: Errand) -> Concern:
    return Concern(
        _PAYMENTS.get(errand.status, ConcernKind.UNPROVEN),
        subject=errand.payment_intent,
        name=errand.reader,
        since_ms=errand.since_ms,
        amount=errand.amount,
        currency=errand.currency,
        order=errand.order,
        cause=errand.reason,
    )


def _lanes(lanes: Sequence[LaneView]) -> Iterator[Concern]:
    """A reader that is about to be back concerns nobody; one in two lanes concerns them once."""
    worst_last = sorted(lanes, key=lambda lane: _LEVELS.index(lane.level))
    readers = {lane.reader.id: (lane, lane.reader) for lane in worst_last if lane.reader}
    for lane, reader in readers.values():
        if lane.level in (Level.ATTENTION, Level.STOP):
            yield from _reader(lane, reader)
        if reader.used_elsewhere_ms is not None:
            kind, since_ms = ConcernKind.USED_ELSEWHERE, reader.used_elsewhere_ms
            yield Concern(kind, reader.id, lane.name, since_ms)


def _reader(lane: LaneView, reader: ReaderView) -> Iterator[Concern]:
    kind = _READERS.get(reader.status)
    if kind is ConcernKind.READER_LOST and reader.stranger is not None:
        kind = ConcernKind.READER_EXCHANGED
    if kind is not None:
        cause = reader.need if kind is ConcernKind.READER_NOT_READY else reader.trouble
        since_ms = reader.last_seen_ms if reader.since_ms is None else reader.since_ms
        stops = lane.level is Level.STOP
        yield Concern(kind, reader.id, lane.name, since_ms, cause=cause, stops=stops)


def _days(closings: Sequence[DayView]) -> Iterator[Concern]:
    for day in closings:
        kind = _DAYS.get(day.status)
        if kind is None and day.overdue:
            kind = ConcernKind.DAY_OVERDUE
        if kind is not None:
            since_ms = day.due_ms if kind is ConcernKind.DAY_OVERDUE else day.since_ms
            yield Concern(kind, day.reader, day.label, since_ms, cause=day.reason)
        elif day.closed is not None and day.closed.agreement is Agreement.DIFFERS:
            closed = day.closed
            off = None if closed.amount is None else abs(closed.amount - closed.taken.amount)
            yield Concern(
                ConcernKind.DAY_DIFFERS,
                day.reader,
                day.label,
                closed.at_ms,
                amount=off,
                currency=None if off is None else day.currency,
            )


def _reports(upstream: Upstream, at_ms: int) -> Iterator[Concern]:
    """What Stripe does not have."""
    waiting = _sum(ConcernKind.REPORTS_LATE, upstream.payments, upstream.amounts)
    waiting = replace(waiting, since_ms=upstream.oldest_ms)
    if upstream.limits_reached:
        yield replace(
            waiting,
            kind=ConcernKind.LIMIT_REACHED,
            cause=", ".join(upstream.limits_reached),
            stops=upstream.refuses,
        )
    if upstream.parked:
        yield _sum(ConcernKind.REPORTS_PARKED, upstream.parked, upstream.parked_amounts)
    if upstream.state is UpstreamState.PAUSED:
        paused = replace(waiting, kind=ConcernKind.REPORTS_PAUSED, cause=upstream.problem)
        yield replace(paused, since_ms=upstream.since_ms)
    elif is_late(upstream, at_ms):
        yield waiting


def _sum(kind: ConcernKind, count: int, amounts: Mapping[str, int]) -> Concern:
    """So many together; of several currencies, the greatest sum stands for all."""
    currency = max(amounts, key=lambda one: amounts[one], default=None)
    amount = None if currency is None else amounts[currency]
    return Concern(kind, amount=amount, currency=currency, count=count)


def _store(known: Known) -> Iterator[Concern]:
    if known.gap is not None:
        cause, since_ms = known.gap.cause, known.gap.since_ms
        yield Concern(ConcernKind.FACTS_MISSING, known.gap.id, since_ms=since_ms, cause=cause)
    if known.alarm_unheard_ms is not None:
        yield Concern(ConcernKind.ALARM_UNHEARD, since_ms=known.alarm_unheard_ms)
    if known.drafts:
        yield Concern(ConcernKind.REFUND_DRAFTED, count=known.drafts)
    certificate = known.certificate
    if certificate is not None and ends_soon(certificate):
        yield Concern(ConcernKind.CERTIFICATE_ENDS)
    if certificate is not None and certificate.problem is not None:
        yield Concern(ConcernKind.CERTIFICATE_REFUSED, cause=certificate.problem)


def _orders(orders: Sequence[OrderView]) -> Iterator[Concern]:
    for order in orders:
        if order.next in _ORDERS:
            yield Concern(
                _ORDERS[order.next], order.id, since_ms=order.since_ms, count=order.open_pieces
            )
