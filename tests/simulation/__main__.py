"""`python -m tests.simulation --seeds 1-100 --jobs 2`: run stores, say how they went.

A store that violates an invariant prints at once what is violated, the line that replays it, and
the shortest list of faults that still does it. The summary counts what was run, what was met and
what never was.
"""

import argparse
import sys
from time import perf_counter

from tests.simulation.day import LARGE, SIZES
from tests.simulation.many import many, summary
from tests.simulation.telling import told


def main() -> int:
    """Run the stores that were asked for. Returns 1 if anything is true that must not be."""
    asked = _parser().parse_args()
    first, _, last = asked.seeds.partition("-")
    began = perf_counter()
    outcomes = []
    seeds, size = range(int(first), int(last or first) + 1), SIZES[asked.size]
    for seed, outcome in many(seeds, asked.days, asked.jobs, size):
        outcomes.append(outcome)
        if outcome.violations:
            sys.stdout.write(f"{told(seed, asked.days, outcome, size)}\n")
            sys.stdout.flush()
    sys.stdout.write(summary(outcomes, asked.days, perf_counter() - began))
    if len(outcomes) == 1:
        sys.stdout.write(f"trace  {outcomes[0].digest}\n")
    return 1 if any(outcome.violations for outcome in outcomes) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seeds", default="1", help="one, or e.g. 1-100")
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--size", choices=SIZES, default=LARGE.name, help="of each day")
    parser.add_argument("--jobs", type=int, default=1, help="processes beside each other")
    return parser


if __name__ == "__main__":
    sys.exit(main())
