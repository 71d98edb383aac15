"""Stripe's side of a posd, as configuration and world have it."""

from posd.config import Config
from posd.hardware.orders import Orders
from posd.journal.store import Journal
from posd.mirror import Mirror
from posd.supervise import contained
from posd.sync.stripe_side import Pace, StripeSide
from posd.upstream.payment_records import PaymentRecordReports
from posd.upstream.uplink import Uplink
from posd.world import World


def payment_reports(config: Config, world: World) -> PaymentRecordReports | None:
    """How payments are reported to Stripe; None where there is no Stripe or nobody asked."""
    upstream = config.upstream
    if world.stripe is None or upstream.report == "off":
        return None
    return PaymentRecordReports(upstream.custom_payment_method, upstream.report_at_risk)


def stripe_side(
    config: Config, world: World, journal: Journal, mirror: Mirror
) -> StripeSide | None:
    """What talks to Stripe; None in a store without an account."""
    stripe, upstream = world.stripe, config.upstream
    if stripe is None:
        return None
    return StripeSide(
        journal,
        stripe,
        mirror,
        clock=world.clock,
        chance=world.chance,
        reach=world.reach,
        livemode=stripe.livemode if upstream.allow_test_upstream else config.mode == "live",
        pace=Pace(upstream.requests_per_s, upstream.connections),
        records=payment_reports(config, world),
        contain=contained,
        ids=world.ids,
        fresh_key=world.fresh_key,
    )


def hardware_orders(
    journal: Journal, uplink: Uplink | None, mirror: Mirror, world: World, *, livemode: bool
) -> Orders:
    """What buys hardware from Stripe; without an account it refuses to."""
    return Orders(
        journal,
        uplink,
        mirror,
        ids=world.ids,
        clock=world.clock,
        chance=world.chance,
        reach=world.reach,
        livemode=livemode,
    )
