"""`python -m tests.simulation --seed 1 --days 1`: run a store, say how it went."""

import argparse
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from tests.simulation.loop import virtually
from tests.simulation.shop import run


def main() -> int:
    """Run one seed. Returns 1 if anything is true that must not be."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=1)
    asked = parser.parse_args()
    began = perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        outcome = virtually(run(asked.seed, asked.days, Path(folder)))
    took = perf_counter() - began
    sales = sum(outcome.statuses.values())
    sys.stdout.write(
        f"seed {asked.seed}, {asked.days} day(s), {sales} sales in {took:.1f} s"
        f" ({sales / took:.0f}/s), {outcome.steps} steps\n"
        f"ended  {dict(sorted(outcome.statuses.items()))}\n"
        f"facts  {dict(sorted(outcome.facts.items()))}\n"
        f"faults {dict(sorted(outcome.faults.items()))}\n"
        f"trace  {outcome.digest}\n"
    )
    for violation in outcome.violations:
        sys.stdout.write(f"VIOLATION {violation}\n")
    return 1 if outcome.violations else 0


sys.exit(main())
