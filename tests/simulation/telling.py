"""The story of one violation, as short as it gets, and the line that replays it."""

from collections.abc import Sequence

from tests.simulation import replay
from tests.simulation.day import Size
from tests.simulation.faults import Planned
from tests.simulation.many import one
from tests.simulation.shop import Outcome
from tests.simulation.shrink import shortest


def told(seed: int, days: int, outcome: Outcome, size: Size) -> str:
    """What is violated, how to see it again, and the fewest faults that still do it."""
    first = outcome.violations[0]

    def still_fails(plan: Sequence[Planned]) -> bool:
        found = one(seed, days, plan, size).violations
        return bool(found) and found[0].invariant == first.invariant

    faults = [
        f"    {planned.at_s:>10.3f} s  {planned.fault}"
        for planned in shortest(outcome.plan, still_fails, first.at_s)
    ]
    return "\n".join([f"seed {seed}: {first}", f"    {replay.line(seed, days, size)}", *faults])
