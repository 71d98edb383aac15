"""Measures posd against the budgets that the table names beside each figure.

    python -m tests.bench [--markdown] [payment | commits | intents | start | idle …]

Every figure but memory and wake-ups is a ratio whose two sides were measured alternately in one
run: the machine may be slow or busy, as long as it is so for both. Needs Linux (/proc).
"""

import argparse
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from tests.bench import commits, figures, idle, intents, payment, start

MEASURES = {
    "payment": payment.measure,
    "commits": commits.measure,
    "intents": intents.measure,
    "start": start.measure,
    "idle": idle.measure,
}


def main() -> None:
    """Measure what is named, or all, and print the table."""
    parser = argparse.ArgumentParser(prog="tests.bench", description="posd against its budgets")
    parser.add_argument("--markdown", action="store_true", help="the table as README carries it")
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=", ".join(MEASURES))
    asked = parser.parse_args()
    if unknown := set(asked.measures) - set(MEASURES):
        parser.error(f"no measure {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}")
    found: list[figures.Figure] = []
    for name in asked.measures or MEASURES:
        began = perf_counter()
        with tempfile.TemporaryDirectory(prefix=f"posd-bench-{name}-") as folder:
            found += MEASURES[name](Path(folder))
        sys.stderr.write(f"{name}: {perf_counter() - began:.0f} s\n")
    sys.stdout.write(figures.markdown(found) if asked.markdown else figures.table(found))


if __name__ == "__main__":
    main()
