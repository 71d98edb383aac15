"""`python -m tests.simulation --seeds 1-100 --jobs 2`: run stores, say how they went.

A store that violates an invariant prints at once what is violated, the line that replays it, and
the shortest list of faults that still does it. The summary counts what was run, what was met and
what never was.
"""

import argparse
import sys
from collections.abc import Sequence
from time import perf_counter

from tests.simulation import replay
from tests.simulation.faults import Planned
from tests.simulation.many import many, one, summary
from tests.simulation.shop import Outcome
from tests.simulation.shrink import shortest


def main() -> int:
    """Run the stores that were asked for. Returns 1 if anything is true that must not be."""
    asked = _parser().parse_args()
    first, _, last = asked.seeds.partition("-")
    began = perf_counter()
    outcomes: list[Outcome] = []
    for seed, outcome in many(range(int(first), int(last or first) + 1), asked.days, asked.jobs):
        outcomes.append(outcome)
        if outcome.violations:
            _tell(seed, asked.days, outcome)
    sys.stdout.write(summary(outcomes, asked.days, perf_counter() - began))
    if len(outcomes) == 1:
        sys.stdout.write(f"trace  {outcomes[0].digest}\n")
    return 1 if any(outcome.violations for outcome in outcomes) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seeds", default="1", help="one, or e.g. 1-100")
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="processes beside each other")
    return parser


def _tell(seed: int, days: int, outcome: Outcome) -> None:
    """The story of one violation, as short as it gets."""
    first = outcome.violations[0]
    sys.stdout.write(f"seed {seed}: {first}\n    {replay.line(seed, days)}\n")
    sys.stdout.flush()

    def still_fails(plan: Sequence[Planned]) -> bool:
        found = one(seed, days, plan).violations
        return bool(found) and found[0].invariant == first.invariant

    for planned in shortest(outcome.plan, still_fails, first.at_s):
        sys.stdout.write(f"    {planned.at_s:>10.3f} s  {planned.fault}\n")


if __name__ == "__main__":
    sys.exit(main())
