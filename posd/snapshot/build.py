"""The journal's records, the readers' and the forwarder's states → one Snapshot.

It asks no device, holds no lock, and costs a bounded number of look-ups however long the journal.
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from posd.live import Live
from posd.model.backlog import Backlog, OfflineLimits
from posd.snapshot.blame import blame
from posd.snapshot.book import Book
from posd.snapshot.colours import Colours
from posd.snapshot.concerns import needs
from posd.snapshot.days import days
from posd.snapshot.depths import Depths
from posd.snapshot.errands import errands
from posd.snapshot.gap import gap
from posd.snapshot.last_day import last_day
from posd.snapshot.locations import StripesFleet, by_location
from posd.snapshot.money import money
from posd.snapshot.orders import orders
from posd.snapshot.outages import Outages
from posd.snapshot.payments import payment_views
from posd.snapshot.queries import Queries
from posd.snapshot.readers import in_colour, lane_views, reader_view
from posd.snapshot.verdict import Known, findings, verdict, worst
from posd.snapshot.views import MirrorView, Place, Snapshot, Upstream, UpstreamState
from posd.upstream.contact import ContactNow


class AtStripe(Struct, frozen=True):
    """What posd knows of Stripe now: what is owed, its fleet, how old that is, and the way there.

    `mirror` is None in a store without a Stripe account.
    """

    upstream: Upstream
    fleet: StripesFleet
    mirror: MirrorView | None = None
    contact: ContactNow = ContactNow()


class Lately(Struct, frozen=True):
    """What is remembered of the last day, for who looks now.

    Attributes:
        steady_ms: Monotonic milliseconds: what colours are timed by.
        help_code: As in Snapshot.
        alarm_unheard_ms: Since when the address for alarms does not hear them, or None.
    """

    book: Book
    outages: Outages
    depths: Depths
    colours: Colours
    steady_ms: int = 0
    help_code: str = ""
    alarm_unheard_ms: int | None = None


def build(
    place: Place,
    queries: Queries,
    live: Mapping[str, Live],
    stripe: AtStripe,
    lately: Lately,
    at_ms: int,
) -> Snapshot:
    """What is true at `at_ms`. `live` has one entry for each reader that posd holds, by id."""
    upstream = _with_backlog(stripe.upstream, place.limits, queries.backlog(), at_ms)
    held = [reader for reader in queries.readers() if reader.id in live]
    readers = {
        reader.id: reader_view(
            reader, queries, live[reader.id], lately.book.last_sale(reader.id), at_ms
        )
        for reader in held
    }
    lanes = in_colour(lane_views(place.lanes, readers), lately.colours, lately.steady_ms)
    known = Known(
        errands=errands(queries, held, readers, at_ms),
        closings=days(held, queries, place.closing_time, at_ms),
        upstream=upstream,
        gap=gap(queries.open_restore()),
        drafts=queries.open_refund_draft_count(),
        certificate=place.certificate,
        alarm_unheard_ms=lately.alarm_unheard_ms,
    )
    found = findings(known, lanes, at_ms)
    rest = lately.colours.rest(worst([one.level for one in found]), lately.steady_ms)
    deliveries = orders(queries, at_ms)
    return Snapshot(
        at_ms=at_ms,
        store=place.store,
        time_zone=place.time_zone,
        locale=place.locale,
        livemode=place.livemode,
        version=place.version,
        verdict=verdict(lanes, known, found, rest),
        lanes=lanes,
        errands=known.errands,
        payments=payment_views(queries, readers, upstream),
        upstream=upstream,
        mirror=stripe.mirror,
        locations=by_location(place, tuple(readers.values()), stripe.fleet),
        orders=deliveries,
        days=known.closings,
        gap=known.gap,
        refund_drafts=known.drafts,
        help_code=lately.help_code,
        needs=needs(known, lanes, deliveries, at_ms),
        money=money(lately.book, queries, upstream, place.limits, known.closings, at_ms),
        blame=blame(tuple(readers.values()), upstream, stripe.mirror, stripe.contact, at_ms),
        trend=lately.depths.trend(upstream.waiting, at_ms),
        plot=last_day(lately.book, lately.outages, lately.depths, at_ms),
        certificate=place.certificate,
        alarm_unheard_ms=lately.alarm_unheard_ms,
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
