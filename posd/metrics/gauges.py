"""The one snapshot in numbers; pure. Not what the store took, only what of it is at risk."""

from collections.abc import Iterator, Mapping

from posd.metrics import families
from posd.metrics.readings import Reading, alone, by_currency, infos, one_of
from posd.snapshot.views import ReaderView, Snapshot


def gauges(now: Snapshot) -> Iterator[Reading]:
    """How everything stands at the snapshot's moment."""
    yield infos(families.STORE_INFO, [(now.store, "live" if now.livemode else "test")])
    yield one_of(families.VERDICT, {(): now.verdict.level})
    yield alone(families.NEEDS, len(now.needs.shown) + now.needs.more)
    yield alone(families.NEEDS_RED, now.needs.stops)
    yield alone(families.UNPROVEN, now.money.unproven.count)
    yield by_currency(families.UNPROVEN_AMOUNT, now.money.unproven.amounts)
    yield alone(families.GAP, float(now.gap is not None))
    ends_ms = None if now.certificate is None else now.certificate.expires_ms
    yield alone(families.CERTIFICATE, _seconds(ends_ms))
    yield from _lanes(now)
    yield from _stripe(now)


def _lanes(now: Snapshot) -> Iterator[Reading]:
    yield one_of(families.LANE, {(lane.name,): lane.level for lane in now.lanes})
    readers = readers_held(now)
    lane_of = {lane.reader.id: lane.name for lane in now.lanes if lane.reader is not None}
    named = [(id_, one.label, lane_of.get(id_, "")) for id_, one in readers.items()]
    yield infos(families.READER_INFO, named)
    yield one_of(families.READER, {(id_,): one.status for id_, one in readers.items()})
    seen = {(id_,): _seconds(one.last_seen_ms) for id_, one in readers.items()}
    yield Reading(
        families.READER_SEEN, {labels: at for labels, at in seen.items() if at is not None}
    )


def readers_held(now: Snapshot) -> Mapping[str, ReaderView]:
    """Every reader that posd holds, by id: each serves a lane, stands in for one, or is its own."""
    serving = (reader for lane in now.lanes for reader in (lane.reader, lane.fallback))
    return {reader.id: reader for reader in serving if reader is not None}


def _stripe(now: Snapshot) -> Iterator[Reading]:
    upstream = now.upstream
    age_ms = 0 if upstream.oldest_ms is None else max(now.at_ms - upstream.oldest_ms, 0)
    yield one_of(families.UPSTREAM, {(): upstream.state})
    yield alone(families.QUEUE, upstream.waiting)
    yield alone(families.QUEUE_PARKED, upstream.parked)
    yield alone(families.QUEUE_AGE, age_ms / 1000)
    yield alone(families.QUEUE_PAYMENTS, upstream.payments)
    yield by_currency(families.QUEUE_AMOUNT, upstream.amounts)
    heard_ms = None if now.mirror is None else now.mirror.heard_ms
    yield alone(families.MIRROR_HEARD, _seconds(heard_ms))


def _seconds(wall_ms: int | None) -> float | None:
    return None if wall_ms is None else wall_ms / 1000
