"""What is true now, from the one snapshot: what the broker retains of this posd; pure.

Times are wall milliseconds, amounts minor units, and those only where the store wishes it. What
changes by itself is told as a moment, not as an age: else it would have to be told every second.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from hashlib import blake2s
from typing import Any, Final, TypeAlias

import msgspec

from posd.bus.topics import Topics
from posd.snapshot.concern_views import Concern
from posd.snapshot.concerns import concerns
from posd.snapshot.money_views import LimitView
from posd.snapshot.verdict import Known
from posd.snapshot.views import (
    LaneView,
    Level,
    PaymentStatus,
    ReaderView,
    Snapshot,
    Upstream,
    UpstreamState,
)

Json: TypeAlias = dict[str, Any]
Truth: TypeAlias = Mapping[str, Json]
"""What is retained, by topic."""

STREAM: Final = "payment_records"
"""The one stream that posd owes to Stripe."""
SEEN_MS: Final = 60_000
"""A reader is asked every few seconds how it is: when it answered last is told to the minute."""
IN_HAND: Final = frozenset({PaymentStatus.AT_READER, PaymentStatus.REFUNDING})


class NodeState(Enum):
    """How a posd is. LOST is told by the broker; whoever is behind a lost one is lost with it."""

    INIT = "init"
    READY = "ready"
    DEGRADED = "degraded"
    DRAINING = "draining"
    DISCONNECTED = "disconnected"
    LOST = "lost"


def node_state(snapshot: Snapshot, *, draining: bool) -> NodeState:
    """How this posd is."""
    if draining:
        return NodeState.DRAINING
    well = snapshot.verdict.level in (Level.OK, Level.RESTING)
    return NodeState.READY if well else NodeState.DEGRADED


def truth(snapshot: Snapshot, topics: Topics, *, amounts: bool) -> Truth:
    """Everything that is retained but for the state of the posd itself, and its health."""
    told: dict[str, Json] = {topics.info: info(snapshot)}
    for lane in snapshot.lanes:
        told[topics.lane(lane.name)] = _lane(lane, snapshot)
        for reader in filter(None, (lane.reader, lane.fallback)):
            told[topics.reader(reader.id)] = _reader(reader)
    if snapshot.upstream.state is not UpstreamState.NONE:
        told[topics.queue(STREAM)] = _queue(snapshot, amounts=amounts)
    for concern in _concerns(snapshot):
        topic = topics.alarm(concern.kind.value, concern.subject)
        told.setdefault(topic, _alarm(concern, amounts=amounts))
    return told


def info(snapshot: Snapshot) -> Json:
    """What this posd is. `rev` is another one whenever anything else here is."""
    told: Json = {
        "store": snapshot.store,
        "version": snapshot.version,
        "livemode": snapshot.livemode,
        "time_zone": snapshot.time_zone,
        "locale": snapshot.locale,
        "lanes": [_described(lane) for lane in snapshot.lanes],
        "readers": [
            {
                "id": reader.id,
                "label": reader.label,
                "terminal_id": reader.terminal_id,
                "simulated": reader.simulated,
                "location": reader.location,
            }
            for location in snapshot.locations
            for reader in location.readers
        ],
    }
    return {"rev": blake2s(msgspec.json.encode(told), digest_size=6).hexdigest(), **told}


def _described(lane: LaneView) -> Json:
    return {"name": lane.name, "reader": _id(lane.reader), "fallback": _id(lane.fallback)}


def _id(reader: ReaderView | None) -> str | None:
    return None if reader is None else reader.id


def _lane(lane: LaneView, snapshot: Snapshot) -> Json:
    serving = lane.reader
    return {
        "name": lane.name,
        "verdict": lane.level,
        "reader": _id(serving),
        "status": None if serving is None else serving.status,
        "abilities": [] if serving is None else serving.abilities,
        "payment": None if serving is None else _in_hand(serving, snapshot),
    }


def _in_hand(reader: ReaderView, snapshot: Snapshot) -> str | None:
    """The payment that the reader has in hand."""
    here = (one for one in snapshot.payments if one.reader == reader.label)
    return next((one.id for one in here if one.status in IN_HAND), None)


def _reader(reader: ReaderView) -> Json:
    seen_ms = reader.last_seen_ms
    return {
        "label": reader.label,
        "status": reader.status,
        "trouble": reader.trouble,
        "need": reader.need,
        "terminal_id": reader.terminal_id,
        "doing": reader.kind,
        "since": reader.since_ms,
        "last_answer": None if seen_ms is None else seen_ms - seen_ms % SEEN_MS,
    }


def _queue(snapshot: Snapshot, *, amounts: bool) -> Json:
    upstream = snapshot.upstream
    told: Json = {
        "state": upstream.state,
        "depth": upstream.waiting,
        "payments": upstream.payments,
        "parked": upstream.parked,
        "oldest": upstream.oldest_ms,
        "limits": [_limit(one) for one in snapshot.money.limits if amounts or not one.currency],
        "limits_reached": upstream.limits_reached,
    }
    return told | _sums(upstream) if amounts else told


def _sums(upstream: Upstream) -> Json:
    return {"amounts": upstream.amounts, "parked_amounts": upstream.parked_amounts}


def _limit(limit: LimitView) -> Json:
    return {"key": limit.key, "most": limit.most}


def _concerns(snapshot: Snapshot) -> Iterator[Concern]:
    """All of them: what is shown to a person is cut short."""
    known = Known(
        errands=snapshot.errands,
        closings=snapshot.days,
        upstream=snapshot.upstream,
        gap=snapshot.gap,
        drafts=snapshot.refund_drafts,
        certificate=snapshot.certificate,
        alarm_unheard_ms=snapshot.alarm_unheard_ms,
    )
    yield from concerns(known, snapshot.lanes, snapshot.orders, snapshot.at_ms)


def _alarm(concern: Concern, *, amounts: bool) -> Json:
    told: Json = {
        "code": concern.kind,
        "severity": Level.STOP if concern.stops else Level.ATTENTION,
        "subject": concern.subject,
        "name": concern.name,
        "since": concern.since_ms,
        "order": concern.order,
        "count": concern.count,
        "cause": concern.cause,
    }
    return told | {"amount": concern.amount, "currency": concern.currency} if amounts else told
