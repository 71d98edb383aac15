"""Measures posd against the budgets that the table names beside each figure.

    python -m tests.bench [payment | commits | intents | fleet | start | journal | idle | unit |
                           lanes | cable | drain | page | mqtt | virtual …]
    python -m tests.bench --readme

Every figure but memory, wake-ups, what a cable, the service's start, a simulated payment and a
commit beside a backup take is a ratio; but for a drain, whose ideal is reckoned, its two sides were
measured alternately in one run: the machine may be slow or busy, as long as it is so for both.
Needs Linux (/proc), and for `journal` 8 GB in the temporary directory; `unit` is left out where
nobody is root.
"""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from posd.clock import SystemClock, utc
from tests.bench import (
    cable,
    commits,
    drain,
    figures,
    fleet,
    idle,
    intents,
    journal,
    lanes,
    mqtt,
    page,
    payment,
    rig,
    start,
    unit,
    virtual,
)

MEASURES = {
    "payment": payment.measure,
    "commits": commits.measure,
    "intents": intents.measure,
    "fleet": fleet.measure,
    "start": start.measure,
    "journal": journal.measure,
    "idle": idle.measure,
    "unit": unit.measure,
    "lanes": lanes.measure,
    "cable": cable.measure,
    "drain": drain.measure,
    "page": page.measure,
    "mqtt": mqtt.measure,
    "virtual": virtual.measure,
}


README = Path(__file__).parent.parent.parent / "README.md"


def main() -> None:
    """Measure what is named, or all, and print the table."""
    parser = argparse.ArgumentParser(prog="tests.bench", description="posd against its budgets")
    parser.add_argument("--readme", action="store_true", help="measure all, and write README's")
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=", ".join(MEASURES))
    asked = parser.parse_args()
    if unknown := set(asked.measures) - set(MEASURES):
        parser.error(f"no measure {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}")
    if asked.readme and asked.measures:
        parser.error("README's table has all its rows: name no measure")
    found = _measured(asked.measures or list(MEASURES))
    sys.stdout.write(figures.table(found))
    if asked.readme:
        fresh = figures.markdown(found, _where())
        README.write_text(figures.replaced(README.read_text(), fresh))


def _measured(names: Sequence[str]) -> list[figures.Figure]:
    """Each in a folder of its own; whatever they start shares what was compiled."""
    found: list[figures.Figure] = []
    with tempfile.TemporaryDirectory(prefix="posd-bench-") as compiled:
        os.environ[rig.COMPILED] = compiled
        for name in names:
            began = perf_counter()
            with tempfile.TemporaryDirectory(prefix=f"posd-bench-{name}-") as folder:
                found += MEASURES[name](Path(folder))
            sys.stderr.write(f"{name}: {perf_counter() - began:.0f} s\n")
    return found


def _where() -> str:
    """The day, and what kind of machine this is."""
    day = utc(SystemClock().wall_ms()).date()
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    return f"{day}, {system}, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
