"""Facts that the journal has lost, as the store should know of them."""

from posd.model.closing import Agreement
from posd.model.restore import Restore
from posd.snapshot.views import GapView


def gap(restore: Restore | None) -> GapView | None:
    """The gap that nobody has accepted, or None."""
    if restore is None:
        return None
    return GapView(
        id=restore.id,
        cause=restore.cause.value,
        since_ms=restore.noticed_ms,
        sells=not restore.closed_to_sales,
        differs=tuple(
            side.reader for side in restore.terminals if side.agreement is Agreement.DIFFERS
        ),
    )
