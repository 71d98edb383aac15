"""What is out of order right now, for the plot of the last day; a fraction of a snapshot's work."""

from collections.abc import Mapping, Sequence

from posd.live import Live
from posd.model.reader import Reader
from posd.snapshot.blame import way
from posd.snapshot.blame_views import LegState
from posd.snapshot.build import AtStripe
from posd.snapshot.outages import Seen
from posd.snapshot.plot_views import Part
from posd.snapshot.readers import COMES_BACK, TAKES_NO_CARD, label


def out_of_order(
    readers: Sequence[Reader], live: Mapping[str, Live], stripe: AtStripe, at_ms: int
) -> Seen:
    """The readers that take no card, and the line to Stripe; each since when, as far as known."""
    lost = {
        (Part.READER, label(reader)): at_ms
        for reader in readers
        if reader.id in live and _is_out(live[reader.id])
    }
    if stripe.mirror is None:
        return lost
    legs = way(stripe.upstream, stripe.mirror, stripe.contact, at_ms)
    down = next((leg for leg in legs if leg.state is LegState.DOWN), None)
    if down is None:
        return lost
    return {**lost, (Part.LINE, ""): at_ms if down.since_ms is None else down.since_ms}


def _is_out(live: Live) -> bool:
    """One that restarts or updates itself is not."""
    return live.need in TAKES_NO_CARD if live.online else live.trouble not in COMES_BACK
