"""The journal's records, the readers' and the forwarder's states → one Snapshot.

It asks no device, holds no lock, and costs a bounded number of look-ups however long the journal.
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from posd.live import Live
from posd.model.backlog import Backlog, OfflineLimits
from posd.snapshot.days import days
from posd.snapshot.errands import errands
from posd.snapshot.gap import gap, with_gap
from posd.snapshot.locations import StripesFleet, by_location
from posd.snapshot.orders import orders
from posd.snapshot.payments import payment_views
from posd.snapshot.queries import Queries
from posd.snapshot.readers import lane_views, reader_view
from posd.snapshot.verdict import verdict, with_drafts
from posd.snapshot.views import MirrorView, Place, Snapshot, Upstream, UpstreamState


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
    readers = {reader.id: reader_view(reader, queries, live[reader.id], at_ms) for reader in held}
    lanes = lane_views(place.lanes, readers)
    closings = days(held, queries, place.closing_time, at_ms)
    lost = gap(queries.open_restore())
    drafts = queries.open_refund_draft_count()
    waiting = errands(queries, held, readers, at_ms)
    told = with_gap(verdict(lanes, waiting, closings, upstream, at_ms), lost)
    return Snapshot(
        at_ms=at_ms,
        store=place.store,
        time_zone=place.time_zone,
        locale=place.locale,
        livemode=place.livemode,
        version=place.version,
        verdict=with_drafts(told, drafts),
        lanes=lanes,
        errands=waiting,
        payments=payment_views(queries, readers, upstream),
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
