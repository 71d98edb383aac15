"""What a benchmark says: a figure, its goal, whether it is met, and the table of them all."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

BITS_PER_OCTET = 11
"""On ZVT's line: a start bit, 8 data bits, 2 stop bits (zvt.md 2.1)."""
HEADINGS = ("what", "figure", "goal", "", "of which")
BEGINS, ENDS = "<!-- bench -->", "<!-- /bench -->"


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table.

    Attributes:
        what: What was measured.
        value: The figure, a ratio or a number in `unit`.
        goal: The most it may be, or None where it is only recorded.
        unit: `x` for a ratio.
        of_which: What it is made of, in words, with absolute numbers.
    """

    what: str
    value: float
    goal: float | None
    unit: str = "x"
    of_which: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        return None if self.goal is None else self.value <= self.goal


def percentile(samples: Sequence[float], percent: float) -> float:
    """The smallest sample that at least `percent` of all do not exceed (nearest rank)."""
    assert samples, "nothing was measured"
    rank = max(1, ceil(len(samples) * percent / 100))
    return sorted(samples)[rank - 1]


def p50(samples: Sequence[float]) -> float:
    """The median, by nearest rank."""
    return percentile(samples, 50)


def wire_s(octets: int, baud: int | None) -> float:
    """Seconds that a serial line is busy with that many octets; 0 on a network (None)."""
    return 0.0 if baud is None else octets * BITS_PER_OCTET / baud


def table(figures: Sequence[Figure]) -> str:
    """Plain text in columns."""
    rows = [HEADINGS, *map(_cells, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "".join(line.rstrip() + "\n" for line in lines)


def markdown(figures: Sequence[Figure]) -> str:
    """The same between the markers under which README carries it."""
    rows = [HEADINGS, ("---",) * len(HEADINGS), *map(_cells, figures)]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([BEGINS, *lines, ENDS]) + "\n"


def _cells(figure: Figure) -> tuple[str, ...]:
    said = {True: "met", False: "not met", None: "recorded"}[figure.met]
    goal = "" if figure.goal is None else f"<= {_number(figure.goal)} {figure.unit}"
    return figure.what, f"{_number(figure.value)} {figure.unit}", goal, said, figure.of_which


def _number(value: float) -> str:
    return f"{value:.3g}" if value < 1 or value >= 10 else f"{value:.3f}".rstrip("0").rstrip(".")
