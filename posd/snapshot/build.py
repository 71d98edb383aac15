"""The journal's records, the readers' and the forwarder's states → one Snapshot.

It asks no device, holds no lock, and costs a bounded number of look-ups however long the journal.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from posd.live import Live, Trouble
from posd.model.attempt import Attempt, AttemptState
from posd.model.backlog import Backlog, OfflineLimits
from posd.model.facts import AttemptKind
from posd.model.payment_intent import IntentState, PaymentIntent
from posd.model.reader import Reader, made
from posd.model.restore import Restore
from posd.outcome import IN_DIALOGUE
from posd.snapshot.days import days
from posd.snapshot.gap import gap, with_gap
from posd.snapshot.locations import StripesFleet, by_location
from posd.snapshot.orders import OrderQueries, orders
from posd.snapshot.verdict import verdict, with_drafts
from posd.snapshot.views import (
    Errand,
    Lane,
    LaneView,
    Level,
    MirrorView,
    PaymentStatus,
    PaymentView,
    Place,
    ReaderStatus,
    ReaderView,
    ReportStatus,
    Snapshot,
    Upstream,
    UpstreamState,
)
from posd_drivers.ability import Need

PAYMENTS_MAX: Final = 20
ERRANDS_MAX: Final = 20
UNHEARD_MS: Final = 2 * 60 * 1000
"""How long a till may take to ask what became of a payment that is approved (M15)."""
UNHEARD_SHOWN_MS: Final = 24 * 3600 * 1000
"""A till that has not asked for a day is not about to take the money again."""

TAKES_NO_CARD: Final = frozenset(Need) - {Need.WAIT, Need.CARD_REMOVED}
"""What an idle terminal wants that does not pass by itself."""
USED_ELSEWHERE_SHOWN_MS: Final = 24 * 3600 * 1000
"""A store looks into its books once a day."""
COMES_BACK: Final = frozenset({Trouble.RESTARTING, Trouble.UPDATING})
"""Why a terminal goes away by itself."""
_TAKES_CARDS: Final = frozenset({ReaderStatus.ONLINE, ReaderStatus.BUSY})
_FOR_A_PERSON: Final = frozenset({AttemptState.PERSON, AttemptState.SET_ASIDE})
ATTEMPT_STATUS: Final[Mapping[AttemptState, PaymentStatus]] = {
    AttemptState.STARTED: PaymentStatus.AT_READER,
    AttemptState.REPORTED: PaymentStatus.AT_READER,
    AttemptState.UNKNOWN: PaymentStatus.UNPROVEN,
    AttemptState.PERSON: PaymentStatus.NEEDS_A_PERSON,
    AttemptState.SET_ASIDE: PaymentStatus.SET_ASIDE,
    AttemptState.APPROVED: PaymentStatus.APPROVED,
    AttemptState.DECLINED: PaymentStatus.DECLINED,
    AttemptState.ABORTED: PaymentStatus.CANCELLED,
    AttemptState.NOT_SENT: PaymentStatus.NOT_CHARGED,
    AttemptState.NOT_CHARGED: PaymentStatus.NOT_CHARGED,
}


class Queries(OrderQueries, Protocol):
    """The journal's query-only connection, as far as the snapshot looks."""

    def readers(self) -> Sequence[Reader]:
        """All readers."""
        ...

    def attempt(self, id_: str) -> Attempt | None:
        """The attempt of that id."""
        ...

    def unproven_attempts(self) -> Sequence[Attempt]:
        """Every attempt whose outcome is not proven."""
        ...

    def backlog(self) -> Backlog:
        """How much Stripe has not been told, what is in hand included."""
        ...

    def open_refund_draft_count(self) -> int:
        """How many drafted refunds are not over."""
        ...

    def contradicted_attempts(self) -> Sequence[Attempt]:
        """Every attempt whose decision a later proof contradicts."""
        ...

    def unheard_payment_intents(self) -> Sequence[PaymentIntent]:
        """Every paid PaymentIntent whose till has not been told."""
        ...

    def held_attempts(self) -> Sequence[Attempt]:
        """Every attempt that holds a payment, neither captured nor given back."""
        ...

    def open_restore(self) -> Restore | None:
        """The restore whose gap nobody has accepted yet, or None."""
        ...

    def closings_since(self, attempt: Attempt) -> Sequence[Attempt]:
        """Every end of day that was begun with the attempt's terminal after it."""
        ...

    def payment_intent(self, id_: str) -> PaymentIntent | None:
        """The PaymentIntent of that id."""
        ...

    def latest_attempt(self, payment_intent: str) -> Attempt | None:
        """The latest attempt of this PaymentIntent, of whichever kind."""
        ...

    def latest_payment_intents(self, count: int) -> Sequence[PaymentIntent]:
        """The newest PaymentIntents, newest first."""
        ...


class AtStripe(Struct, frozen=True):
    """What posd knows of Stripe now: what is owed, its fleet, and how old that is.

    `mirror` is None in a store without a Stripe account.
    """

    upstream: Upstream
    fleet: StripesFleet
    mirror: MirrorView | None = None


def build(
    place: Place, queries: Queries, live: Mapping[str, Live], stripe: AtStripe, at_ms: int
) -> Snapshot:
    """What is true at `at_ms`. `live` has one entry for each reader that posd holds, by id."""
    upstream = _with_backlog(stripe.upstream, place.limits, queries.backlog(), at_ms)
    held = [reader for reader in queries.readers() if reader.id in live]
    readers = {reader.id: _reader(reader, queries, live[reader.id], at_ms) for reader in held}
    lanes = _lanes(place.lanes, readers)
    closings = days(held, queries, place.closing_time, at_ms)
    lost = gap(queries.open_restore())
    drafts = queries.open_refund_draft_count()
    errands = (
        *_errands(queries, readers),
        *_unheard(queries, readers, at_ms),
        *_uncaptured(queries, readers),
        *_out_of_reach(queries, held, readers),
    )[:ERRANDS_MAX]
    told = with_gap(verdict(lanes, errands, closings, upstream, at_ms), lost)
    return Snapshot(
        at_ms=at_ms,
        store=place.store,
        time_zone=place.time_zone,
        locale=place.locale,
        livemode=place.livemode,
        version=place.version,
        verdict=with_drafts(told, drafts),
        lanes=lanes,
        errands=errands,
        payments=_payments(queries, readers, upstream),
        upstream=upstream,
        mirror=stripe.mirror,
        locations=by_location(place, tuple(readers.values()), stripe.fleet),
        orders=orders(queries, at_ms),
        days=closings,
        gap=lost,
        refund_drafts=drafts,
    )


def _with_backlog(
    upstream: Upstream, limits: OfflineLimits, backlog: Backlog, at_ms: int
) -> Upstream:
    """What Stripe does not know, where it is told anything at all."""
    if upstream.state is UpstreamState.NONE:
        return upstream
    return replace(
        upstream,
        payments=backlog.payments,
        amounts=backlog.amounts,
        alarm_h=backlog.alarm_h(at_ms),
        limits_reached=tuple(limit.value for limit in limits.reached(backlog, at_ms)),
        refuses=limits.refuses,
    )


def _lately(noticed_ms: int | None, at_ms: int) -> int | None:
    recent = noticed_ms is not None and at_ms - noticed_ms < USED_ELSEWHERE_SHOWN_MS
    return noticed_ms if recent else None


def _reader(reader: Reader, queries: Queries, live: Live, at_ms: int) -> ReaderView:
    attempt = queries.attempt(reader.attempt) if reader.attempt else None
    taken = attempt if attempt and attempt.unended else None
    since_ms = taken.started_ms if taken else None
    return ReaderView(
        id=reader.id,
        label=reader.label or reader.terminal_id or reader.id,
        status=_reader_status(reader, taken, live),
        simulated=reader.simulated,
        terminal_id=reader.terminal_id,
        last_seen_ms=live.last_seen_ms,
        since_ms=reader.quarantine.since_ms if reader.quarantine else since_ms,
        step=live.step.value if live.step and taken else None,
        trouble=live.trouble.value if live.trouble else None,
        amount=taken.amount if taken else None,
        currency=taken.currency if taken else None,
        kind=taken.kind if taken else None,
        need=live.need.value if live.need else None,
        used_elsewhere_ms=_lately(reader.used_elsewhere_ms, at_ms),
        stranger=_stranger(reader),
        location=reader.location,
    )


def _stranger(reader: Reader) -> str | None:
    found = reader.stranger
    return (found.terminal_id or found.device or "without a number") if found else None


def _reader_status(reader: Reader, taken: Attempt | None, live: Live) -> ReaderStatus:
    if reader.quarantine:
        return ReaderStatus.QUARANTINED
    if taken and taken.state is AttemptState.PERSON:
        return ReaderStatus.NEEDS_A_PERSON
    asked = live.online or live.trouble is Trouble.RESOLVING
    if taken and taken.state is AttemptState.UNKNOWN and asked:
        return ReaderStatus.RESOLVING
    if not live.online:
        away = taken is None and live.trouble in COMES_BACK
        return ReaderStatus.AWAY if away else ReaderStatus.OFFLINE
    if taken or live.need is Need.WAIT:
        return ReaderStatus.BUSY
    return ReaderStatus.NOT_READY if live.need in TAKES_NO_CARD else ReaderStatus.ONLINE


def _lanes(lanes: Sequence[Lane], readers: Mapping[str, ReaderView]) -> tuple[LaneView, ...]:
    named = {id_ for lane in lanes for id_ in (lane.reader, lane.fallback)}
    views = [
        _lane(lane.name, readers.get(lane.reader), readers.get(lane.fallback or ""))
        for lane in lanes
    ]
    free = [
        _lane(reader.label, reader, None) for id_, reader in readers.items() if id_ not in named
    ]
    return tuple(views + free)


def _lane(name: str, reader: ReaderView | None, fallback: ReaderView | None) -> LaneView:
    if reader and reader.status in _TAKES_CARDS:
        level = Level.OK
    elif fallback and fallback.status in _TAKES_CARDS:
        level = Level.ATTENTION
    elif reader and reader.status is ReaderStatus.AWAY:
        level = Level.RESTING
    else:
        level = Level.STOP
    return LaneView(name, level, reader, fallback)


def _errands(queries: Queries, readers: Mapping[str, ReaderView]) -> tuple[Errand, ...]:
    waiting = [attempt for attempt in queries.unproven_attempts() if attempt.state in _FOR_A_PERSON]
    waiting += queries.contradicted_attempts()
    waiting = [attempt for attempt in waiting if attempt.kind is not AttemptKind.END_OF_DAY]
    waiting.sort(key=lambda attempt: (attempt.state is AttemptState.SET_ASIDE, attempt.started_ms))
    return tuple(_errand(attempt, queries, readers) for attempt in waiting)


def _errand(attempt: Attempt, queries: Queries, readers: Mapping[str, ReaderView]) -> Errand:
    intent = queries.payment_intent(attempt.payment_intent)
    return Errand(
        payment_intent=attempt.payment_intent,
        kind=attempt.kind,
        status=_errand_status(attempt),
        amount=attempt.amount,
        currency=attempt.currency,
        order=intent.order if intent else None,
        reader=_label(attempt.reader, readers),
        since_ms=attempt.started_ms,
        reason=attempt.discrepancy or attempt.reason,
    )


def _unheard(queries: Queries, readers: Mapping[str, ReaderView], at_ms: int) -> Iterator[Errand]:
    """Paid, and its till has not asked since; it may be about to take the money again (M15)."""
    for intent in queries.unheard_payment_intents():
        attempt = queries.attempt(intent.attempt) if intent.attempt else None
        if attempt is not None and UNHEARD_MS <= at_ms - attempt.changed_ms < UNHEARD_SHOWN_MS:
            errand = _errand(attempt, queries, readers)
            yield replace(errand, status=PaymentStatus.UNHEARD, since_ms=attempt.changed_ms)


def _uncaptured(queries: Queries, readers: Mapping[str, ReaderView]) -> Iterator[Errand]:
    """Sold to be captured later, and its terminal has closed the day since: the money is taken."""
    for attempt in queries.held_attempts():
        closings = queries.closings_since(attempt)
        closed_ms = [one.changed_ms for one in closings if one.state is AttemptState.APPROVED]
        if closed_ms:
            errand = _errand(attempt, queries, readers)
            yield replace(errand, status=PaymentStatus.UNCAPTURED, since_ms=closed_ms[0])


def _out_of_reach(
    queries: Queries, held: Sequence[Reader], readers: Mapping[str, ReaderView]
) -> Iterator[Errand]:
    """Reserved by a terminal that its reader has no more: nobody captures or releases it here."""
    for attempt in queries.held_attempts():
        reader = next((one for one in held if one.id == attempt.reader), None)
        reserved = attempt.kind is AttemptKind.PREAUTHORISATION
        if reserved and reader is not None and not made(reader, attempt):
            errand = _errand(attempt, queries, readers)
            yield replace(errand, status=PaymentStatus.OUT_OF_REACH, since_ms=attempt.changed_ms)


def _errand_status(attempt: Attempt) -> PaymentStatus:
    return PaymentStatus.CONTRADICTED if attempt.contradicted else ATTEMPT_STATUS[attempt.state]


def _payments(
    queries: Queries, readers: Mapping[str, ReaderView], upstream: Upstream
) -> tuple[PaymentView, ...]:
    latest = queries.latest_payment_intents(PAYMENTS_MAX)
    return tuple(_payment(intent, queries, readers, upstream) for intent in latest)


def _payment(
    intent: PaymentIntent, queries: Queries, readers: Mapping[str, ReaderView], upstream: Upstream
) -> PaymentView:
    paid = intent.state is IntentState.APPROVED
    latest = queries.latest_attempt(intent.id) if paid else None
    refunding = latest if latest is not None and latest.refund is not None else None
    telling = queries.attempt(intent.telling) if intent.telling else None
    attempt = refunding or telling
    return PaymentView(
        id=intent.id,
        amount=intent.amount_received if paid else intent.amount,
        currency=intent.currency,
        status=refund_status(intent, refunding) if refunding else payment_status(intent, telling),
        at_ms=attempt.changed_ms if attempt else intent.created_ms,
        reader=_label(attempt.reader, readers) if attempt else None,
        order=intent.order,
        report=_report(intent, upstream),
        at_risk=paid and intent.at_risk,
    )


def payment_status(intent: PaymentIntent, telling: Attempt | None) -> PaymentStatus:
    """How the payment stands; `telling` is the attempt that tells it."""
    if intent.state is IntentState.CANCELED:
        return PaymentStatus.CANCELLED
    if intent.state is IntentState.CAPTURABLE:
        return PaymentStatus.HELD
    return PaymentStatus.NEW if telling is None else ATTEMPT_STATUS[telling.state]


def refund_status(intent: PaymentIntent, refunding: Attempt) -> PaymentStatus:
    """How a payment stands whose latest attempt is a refund: it is paid, whatever comes of that."""
    if refunding.state in IN_DIALOGUE:
        return PaymentStatus.REFUNDING
    if refunding.unproven:
        return ATTEMPT_STATUS[refunding.state]
    if intent.given_back:
        return PaymentStatus.REFUNDED
    partly = intent.amount_refunded > 0
    return PaymentStatus.PARTLY_REFUNDED if partly else PaymentStatus.APPROVED


def _report(intent: PaymentIntent, upstream: Upstream) -> ReportStatus:
    if intent.payment_record:
        return ReportStatus.REPORTED
    certain = upstream.at_risk or not intent.at_risk
    taken = intent.state is IntentState.APPROVED
    owed = taken and certain and upstream.state is not UpstreamState.NONE
    return ReportStatus.WAITING if owed else ReportStatus.NOT_OWED


def _label(reader: str, readers: Mapping[str, ReaderView]) -> str:
    return readers[reader].label if reader in readers else reader
