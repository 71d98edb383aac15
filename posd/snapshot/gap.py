"""Facts that the journal has lost, as the store should know of them."""

from typing import Final

from posd.model.closing import Agreement
from posd.model.restore import Restore
from posd.snapshot.views import GapView, Level, Verdict

NO_CARD: Final = "No card is taken until posd knows what its journal has lost."
MUST_LOOK: Final = "Facts are missing, e.g. after a restore: run 'posd journal reconcile'."


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


def with_gap(verdict: Verdict, gap: GapView | None) -> Verdict:
    """The verdict, with what the gap means for it."""
    if gap is None:
        return verdict
    told = (MUST_LOOK, *verdict.details)
    return Verdict(Level.STOP, verdict.sentence if gap.sells else NO_CARD, told)
