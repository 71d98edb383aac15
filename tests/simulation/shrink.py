"""Shortens the list of faults behind a violation, as delta debugging does (Zeller, ddmin)."""

from collections.abc import Callable, Sequence

from tests.simulation.faults import Planned

RUNS_MAX = 60


def shortest(
    plan: Sequence[Planned], still_fails: Callable[[Sequence[Planned]], bool]
) -> tuple[Planned, ...]:
    """A part of the plan that still fails and is hard to shorten further, in RUNS_MAX runs.

    `still_fails` runs a part and says whether the same invariant is violated first.
    """
    if still_fails(()):
        return ()
    kept, pieces, runs = list(plan), 2, 1
    while len(kept) > 1 and runs < RUNS_MAX:
        size = -(-len(kept) // pieces)
        for start in range(0, len(kept), size):
            fewer = kept[:start] + kept[start + size :]
            runs += 1
            if still_fails(fewer):
                kept, pieces = fewer, max(pieces - 1, 2)
                break
            if runs == RUNS_MAX:
                break
        else:
            if size == 1:
                break
            pieces = min(pieces * 2, len(kept))
    return tuple(kept)
