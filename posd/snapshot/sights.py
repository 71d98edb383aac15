"""What of a snapshot is out of order, for the plot of the last day."""

from typing import Final

from posd.snapshot.blame_views import LegKind, LegState, LegView
from posd.snapshot.outages import Seen
from posd.snapshot.plot_views import Part
from posd.snapshot.views import ReaderStatus, Snapshot

_OUT: Final = frozenset({ReaderStatus.OFFLINE, ReaderStatus.QUARANTINED, ReaderStatus.NOT_READY})


def out_of_order(snapshot: Snapshot) -> Seen:
    """The readers that take no card, and the line to Stripe; each since when, as far as known."""
    at_ms = snapshot.at_ms
    readers = {
        (Part.READER, reader.label): at_ms
        for location in snapshot.locations
        for reader in location.readers
        if reader.status in _OUT
    }
    lost = next((leg for leg in snapshot.blame.legs if _is_lost(leg)), None)
    if lost is None:
        return readers
    return {**readers, (Part.LINE, ""): at_ms if lost.since_ms is None else lost.since_ms}


def _is_lost(leg: LegView) -> bool:
    return leg.kind is not LegKind.READERS and leg.state is LegState.DOWN
