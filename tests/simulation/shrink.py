"""Shortens the list of faults behind a violation: whole kinds first, then by delta debugging.

What was planned for later than the violation had no part in it. (Zeller, "ddmin")
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from tests.simulation.faults import Planned, kind

RUNS_MAX: Final = 120

Fails: TypeAlias = Callable[[Sequence[Planned]], bool]


def shortest(
    plan: Sequence[Planned], still_fails: Fails, until_s: float = float("inf")
) -> tuple[Planned, ...]:
    """A part of the plan that still fails and is hard to shorten further, in RUNS_MAX runs.

    Args:
        plan: What went wrong.
        still_fails: Runs a part and says whether the same invariant is violated first.
        until_s: When the violation was found, in the loop's seconds.
    """
    trials = _Trials(still_fails)
    if trials.fails(()):
        return ()
    kept = [one for one in plan if one.at_s <= until_s]
    if not trials.fails(kept):
        kept = list(plan)
    for each in sorted({kind(one.fault) for one in kept}):
        fewer = [one for one in kept if kind(one.fault) != each]
        if trials.fails(fewer):
            kept = fewer
    return tuple(_piece_by_piece(kept, trials))


class _Trials:
    """The runs that are left. When there are none, whatever is tried is taken to be sound."""

    def __init__(self, still_fails: Fails) -> None:
        self.left = RUNS_MAX
        self._still_fails = still_fails

    def fails(self, part: Sequence[Planned]) -> bool:
        """Whether this part still fails."""
        if not self.left:
            return False
        self.left -= 1
        return self._still_fails(part)


def _piece_by_piece(kept: list[Planned], trials: _Trials) -> list[Planned]:
    pieces = 2
    while len(kept) > 1 and trials.left:
        size = -(-len(kept) // pieces)
        for start in range(0, len(kept), size):
            fewer = kept[:start] + kept[start + size :]
            if trials.fails(fewer):
                kept, pieces = fewer, max(pieces - 1, 2)
                break
        else:
            if size == 1:
                break
            pieces = min(pieces * 2, len(kept))
    return kept
