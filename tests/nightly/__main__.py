"""`make nightly MINUTES=60`: turns until the time is up, then what they came to.

    python -m tests.nightly --minutes 60 [--only shops] [--turn 7] [--jobs 2]

The first turns begin at once, and each that has begun is finished. What goes wrong is told when it
is found, with the line that shows it again; then the night goes on. Exits with 1 if anything did.
The last line says with which turn the next night goes on.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from time import perf_counter

from tests.nightly.tally import Tally
from tests.nightly.turns import TURNS

MINUTE_S = 60.0


def main(arguments: Sequence[str]) -> int:
    """Run the night. Returns the exit status."""
    asked = _parser().parse_args(arguments)
    began, turn, tally = perf_counter(), asked.turn, Tally()
    while True:
        for kind in asked.only or TURNS:
            _take(kind, turn, asked.jobs, tally)
            if perf_counter() - began > asked.minutes * MINUTE_S:
                return _end(asked, turn + 1, tally)
        turn += 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.nightly")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--only", action="append", choices=TURNS, help="this kind, or these")
    parser.add_argument("--turn", type=int, default=0, help="the first; default %(default)s")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes at a time")
    return parser


def _take(kind: str, turn: int, jobs: int, tally: Tally) -> None:
    began = perf_counter()
    for wrong in TURNS[kind](turn, jobs, tally):
        tally.wrong += 1
        sys.stdout.write(f"WRONG  {wrong}\n")
        sys.stdout.flush()
    took_s = perf_counter() - began
    tally.seconds[kind] += round(took_s)
    sys.stdout.write(f"turn {turn} {kind} {took_s:.0f} s\n")
    sys.stdout.flush()


def _end(asked: argparse.Namespace, turn: int, tally: Tally) -> int:
    """Say what it came to, and how it goes on."""
    sys.stdout.write(f"\n{tally.table()}\n\n{tally.rates()}\n")
    sys.stdout.write(f"go on with: make nightly MINUTES={asked.minutes:g} TURN={turn}\n")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
