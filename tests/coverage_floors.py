"""Codecs, records, the Stripe dialect and the journal are covered whole, all else to 90 %.

`tests/below_90.txt` lists the modules that the unit tier does not reach that far, because they
live in processes that other tiers start: a module a line, then the percent it has to keep. A
figure only ever rises, and a line goes as soon as it is not needed.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

LISTED = Path(__file__).with_name("below_90.txt")
WHOLE = ("drivers/posd_drivers/zvt/", "posd/model/", "posd/stripe_wire/", "posd/journal/")
ELSEWHERE_PERCENT = 90.0
SLACK_PERCENT = 5.0


def listed() -> dict[str, float]:
    """Module and percent of every line of the list."""
    lines = (line.split() for line in LISTED.read_text().splitlines())
    return {module: float(percent) for module, percent in lines}


def shortfalls(report: Mapping[str, Any], floors: Mapping[str, float]) -> list[str]:
    """What of a `coverage json` report is under its floor, and which lines of the list are due.

    Figures are percents; lines and branches count alike.
    """
    covered = {
        module: float(entry["summary"]["percent_covered"])
        for module, entry in report["files"].items()
    }
    return [*_below(covered, floors), *_due(covered, floors)]


def _below(covered: Mapping[str, float], floors: Mapping[str, float]) -> Iterator[str]:
    for module, percent in sorted(covered.items()):
        floor = 100.0 if module.startswith(WHOLE) else floors.get(module, ELSEWHERE_PERCENT)
        if percent < floor:
            yield f"{module} is covered to {percent:.1f} %, its floor is {floor:.0f} %"


def _due(covered: Mapping[str, float], floors: Mapping[str, float]) -> Iterator[str]:
    for module, floor in sorted(floors.items()):
        percent = covered.get(module, 100.0)
        if module.startswith(WHOLE) or percent >= ELSEWHERE_PERCENT:
            yield f"{module} needs no line in tests/below_90.txt any more"
        elif percent > floor + SLACK_PERCENT:
            yield f"{module} is covered to {percent:.1f} %: raise its {floor:.0f} in the list"
