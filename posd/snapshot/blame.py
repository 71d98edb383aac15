"""Whose fault it is: the store's own, its internet's, or Stripe's. From what is known; no probe."""

from collections.abc import Sequence
from typing import Final

from posd.snapshot.blame_views import BlameView, Fault, LegKind, LegState, LegView
from posd.snapshot.views import MirrorView, ReaderStatus, ReaderView, Upstream, UpstreamState
from posd.upstream.contact import ContactNow, Heard

FAILING_MS: Final = 30_000
"""A server of Stripe's that cannot answer for a moment is nobody's fault."""
_AWAY: Final = frozenset({ReaderStatus.OFFLINE, ReaderStatus.QUARANTINED, ReaderStatus.NOT_READY})
_BEFORE_STRIPE: Final = frozenset({Heard.NOT_REACHED, Heard.NOT_STRIPE})


def blame(
    readers: Sequence[ReaderView],
    upstream: Upstream,
    mirror: MirrorView | None,
    contact: ContactNow,
    at_ms: int,
) -> BlameView:
    """Which leg is down at `at_ms`. `mirror` is None in a store without a Stripe account."""
    near = _readers(readers)
    if mirror is None:
        return BlameView(Fault.OURS if near.state is LegState.DOWN else Fault.NOBODY, (near,))
    internet, stripe = way(upstream, mirror, contact, at_ms)
    if near.state is LegState.DOWN or upstream.state is UpstreamState.PAUSED:
        fault = Fault.OURS
    elif internet.state is LegState.DOWN:
        fault = Fault.INTERNET
    else:
        fault = Fault.STRIPE if stripe.state is LegState.DOWN else Fault.NOBODY
    return BlameView(fault, (near, internet, stripe))


def _readers(readers: Sequence[ReaderView]) -> LegView:
    away = [reader for reader in readers if reader.status in _AWAY]
    if not away:
        state = LegState.UP if readers else LegState.UNKNOWN
        return LegView(LegKind.READERS, state)
    seen = [reader.last_seen_ms for reader in away if reader.last_seen_ms is not None]
    names = tuple(reader.label for reader in away)
    return LegView(LegKind.READERS, LegState.DOWN, min(seen, default=None), names)


def way(
    upstream: Upstream, mirror: MirrorView, contact: ContactNow, at_ms: int
) -> tuple[LegView, LegView]:
    """The internet and Stripe at `at_ms`; who is behind what is down cannot be seen."""
    offline = upstream.state is UpstreamState.OFFLINE
    down = offline or mirror.down_since_ms is not None
    since_ms = mirror.down_since_ms or (upstream.since_ms if offline else contact.since_ms)
    if contact.heard is Heard.NOTHING:
        return LegView(LegKind.INTERNET, LegState.UNKNOWN), LegView(
            LegKind.STRIPE, LegState.UNKNOWN
        )
    if down and contact.heard in _BEFORE_STRIPE:
        lost = LegView(LegKind.INTERNET, LegState.DOWN, since_ms)
        return lost, LegView(LegKind.STRIPE, LegState.UNKNOWN)
    internet = LegView(LegKind.INTERNET, LegState.UP)
    if down or _failing(contact, at_ms):
        return internet, LegView(LegKind.STRIPE, LegState.DOWN, since_ms)
    return internet, LegView(LegKind.STRIPE, LegState.UP, answer_ms=contact.answer_ms)


def _failing(contact: ContactNow, at_ms: int) -> bool:
    since_ms = contact.since_ms if contact.heard is Heard.FAILING else None
    return since_ms is not None and at_ms - since_ms >= FAILING_MS
