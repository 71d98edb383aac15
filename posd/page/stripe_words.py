"""How posd stands with Stripe, as sentences."""

from typing import Final

from posd.page.words import Words
from posd.snapshot.views import MirrorView, OrderView, Upstream, UpstreamState

ORDER_STATUSES: Final = frozenset(
    {"undecided", "never_placed", "pending", "ready_to_ship", "shipped", "undeliverable"}
)
"""What has a sentence of its own."""


def upstream(view: Upstream, words: Words) -> str:
    """How posd stands with Stripe, in one sentence."""
    match view.state:
        case UpstreamState.NONE | UpstreamState.UNTRIED | UpstreamState.OK:
            return words.text(f"stripe.{view.state.value}")
        case UpstreamState.OFFLINE | UpstreamState.PAUSED:
            return words.since(f"stripe.{view.state.value}", view.since_ms)


def owed(view: Upstream, words: Words) -> str:
    """What waits to be sent, and for how long."""
    if view.state is UpstreamState.NONE:
        return ""
    if not view.waiting:
        return words.text("stripe.nothing_owed")
    return words.since("stripe.owed", view.oldest_ms, count=view.waiting)


def refused(view: Upstream, words: Words) -> str:
    """What Stripe refused for good, and what of."""
    if not view.parked:
        return ""
    told = [words.money(sum_, name) for name, sum_ in sorted(view.parked_amounts.items())]
    if not told:
        return words.text("stripe.refused", n=view.parked)
    return words.text("stripe.refused_sums", n=view.parked, sums=", ".join(told))


def mirror(view: MirrorView, words: Words) -> str:
    """How old posd's copy of Stripe's side of the fleet is, and whether it can be changed."""
    if view.heard_ms is None:
        told = words.text("stripe.never_heard")
    else:
        age = words.text("age.ago", age=words.age(view.heard_ms))
        told = words.text("stripe.heard", at=words.at(view.heard_ms), age=age)
    if view.down_since_ms is None:
        return told
    return f"{told} {words.text('stripe.down', at=words.at(view.down_since_ms))}"


def untold(view: MirrorView, words: Words) -> list[str]:
    """What Stripe does not tell posd, and why."""
    return [
        words.text("stripe.untold", what=words.text(f"stripe.untold_of.{kind}"), reason=reason)
        for kind, reason in view.refused.items()
    ]


def order(view: OrderView, words: Words) -> str:
    """Where ordered hardware is, and what to do."""
    match view.status:
        case "shipped" if view.tracking:
            return words.text("orders.tracked", tracking=", ".join(view.tracking))
        case "delivered":
            return words.text("orders.delivered", left=view.open_pieces, pieces=view.pieces)
        case status if status in ORDER_STATUSES:
            return words.text(f"orders.{status}")
        case status:
            return words.text("orders.other", status=status)
