"""What a benchmark says: budgets, what was measured against them, and the tables of both."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

BITS_PER_OCTET: Final = 11
"""On ZVT's line: a start bit, 8 data bits, 2 stop bits (zvt.md 2.1)."""
HEADINGS: Final = ("what", "goal", "figure", "made of")
BEGINS, ENDS = "<!-- bench -->", "<!-- /bench -->"


@dataclass(frozen=True, slots=True)
class Budget:
    """One row of the table.

    Attributes:
        what: What is measured; for a ratio, over what.
        goal: The most it may be, or None where it is only recorded.
        unit: What both are in, after the number; `x` for a ratio.
    """

    what: str
    goal: float | None
    unit: str = " x"


PAYMENT: Final = Budget("a payment at 9600 baud / line and fsyncs alone", 1.02)
OWN_9600: Final = Budget("posd's own time in it / an asyncio loopback echo", None)
OWN_115200: Final = Budget("the same at 115200 baud", None)
OWN_TCP: Final = Budget("the same over TCP", None)
OWN_USB: Final = Budget("the same over USB/IP, at 115200 baud", None)
COMMITS: Final = Budget("durable commits, `process` to a readable `succeeded`", 3, "")
INTENTS: Final = Budget("`POST /v1/payment_intents` / bare Starlette and one commit", 1.5)
TOKENS: Final = Budget(
    "`POST /v1/terminal/connection_tokens` / the same at Stripe's simulator", None
)
READER_LIST: Final = Budget(
    "`GET /v1/terminal/readers`, 20 of Stripe's, from the copy / the same at the simulator", None
)
START: Final = Budget("exec to READY / the import of its libraries", 2.0)
FULL_START: Final = Budget("exec to READY with 20,000 facts / with none", 1.5)
MILLION_START: Final = Budget("exec to READY with 1,000,000 payments / with a day's", 1.5)
MILLION_LOOK_UPS: Final = Budget("look-ups among them / among a day's, the slowest of three", 1.5)
MILLION_STATUS: Final = Budget("`GET /posd/v1/status` with them / with a day's", 1.5)
PAGE_TIME: Final = Budget("the status page with them, p99", 5.0, " ms")
BACKUP: Final = Budget("a PaymentIntent while the journal is backed up, p99", 50.0, " ms")
MEMORY: Final = Budget("idle memory, one reader", 72.0, " MiB")
WAKE_UPS: Final = Budget("idle wake-ups a second, one reader", 1.2, "")
UNIT_READY: Final = Budget("the installed service, start to active", 2.0, " s")
UNIT_MEMORY: Final = Budget("its idle memory, one reader", 72.0, " MiB")
UNIT_WAKE_UPS: Final = Budget("its idle wake-ups a second, one reader", 1.2, "")
LANE_MEMORY: Final = Budget("idle memory, each reader after the first, of 32", 0.5, " MiB")
LANE_WAKE_UPS: Final = Budget("idle wake-ups a second, each reader after the first, of 32", 0.2, "")
USB_MEMORY: Final = Budget("idle memory, the same on USB, its simulator included", 0.5, " MiB")
USB_WAKE_UPS: Final = Budget("idle wake-ups, the same on USB, its simulator included", None, "")
LANES_P50: Final = Budget("posd's own time, 32 readers that pay at once / one, p50", None)
LANES_P99: Final = Budget("the same, p99", None)
PULLED: Final = Budget("a cable pulled to its reader offline, the longest", 0.5, " s")
PLUGGED_IN: Final = Budget("a cable plugged in to a sale accepted, the longest", 3.0, " s")
DRAIN_1: Final = Budget("10,000 owed requests drain / ideal, 1 connection", 1.1)
DRAIN_4: Final = Budget("the same, 4 connections", 1.1)
DRAIN_8: Final = Budget("the same, 8 connections", 1.1)
DRAIN_16: Final = Budget("the same, 16 connections", 1.1)
LIVE_P50: Final = Budget("a sale while they drain / while nothing is owed, p50", None)
LIVE_P99: Final = Budget("the same, p99", 1.1)
FIRST_LOAD: Final = Budget("the first load of the status page", 30.0, " KiB")
BESIDE_VISITORS_P50: Final = Budget(
    "a payment at 9600 baud while 200 a second load the page / while nobody does, p50", None
)
BESIDE_VISITORS_P99: Final = Budget("the same, p99", 1.1)
BESIDE_ONE_P99: Final = Budget("the same while one address asks for that many, p99", 1.1)
BESIDE_TCP_P99: Final = Budget(
    "the same over TCP, at a terminal that takes no time at all, p99", None
)
MQTT_P50: Final = Budget("a durable fact to its event at an MQTT subscriber / aiomqtt alone", 3.0)
MQTT_P99: Final = Budget("the same, p99", None)
MQTT_RATE: Final = Budget("events a second, aiomqtt alone / posd, many at once", None)
VIRTUAL: Final = Budget("a payment in a simulated store, oracle and trace included", 10.0, " ms")

BUDGETS: Final = (
    PAYMENT,
    OWN_9600,
    OWN_115200,
    OWN_TCP,
    OWN_USB,
    COMMITS,
    INTENTS,
    TOKENS,
    READER_LIST,
    START,
    FULL_START,
    MILLION_START,
    MILLION_LOOK_UPS,
    MILLION_STATUS,
    PAGE_TIME,
    BACKUP,
    MEMORY,
    WAKE_UPS,
    UNIT_READY,
    UNIT_MEMORY,
    UNIT_WAKE_UPS,
    LANE_MEMORY,
    LANE_WAKE_UPS,
    USB_MEMORY,
    USB_WAKE_UPS,
    LANES_P50,
    LANES_P99,
    PULLED,
    PLUGGED_IN,
    DRAIN_1,
    DRAIN_4,
    DRAIN_8,
    DRAIN_16,
    LIVE_P50,
    LIVE_P99,
    FIRST_LOAD,
    BESIDE_VISITORS_P50,
    BESIDE_VISITORS_P99,
    BESIDE_ONE_P99,
    BESIDE_TCP_P99,
    MQTT_P50,
    MQTT_P99,
    MQTT_RATE,
    VIRTUAL,
)
"""All of them, in the order of the table."""
UNIT: Final = (UNIT_READY, UNIT_MEMORY, UNIT_WAKE_UPS)
"""Those that take root and systemd-nspawn."""
TABLES: Final = (BUDGETS, tuple(budget for budget in BUDGETS if budget not in UNIT))
"""The rows that a table may have: all, or all that take no root."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What a run has measured.

    Attributes:
        budget: What it is measured against.
        value: In the budget's unit.
        made_of: The absolute numbers behind it and how many samples, in words.
    """

    budget: Budget
    value: float
    made_of: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        return None if self.budget.goal is None else self.value <= self.budget.goal


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


def markdown(figures: Sequence[Figure], where: str) -> str:
    """The same for README, between the markers that it stands between.

    Args:
        figures: One of each budget, in their order; where nobody was root, none of UNIT.
        where: When and on what machine they were measured.
    """
    assert tuple(figure.budget for figure in figures) in TABLES, "a table has all its rows"
    rows = [HEADINGS, ("---",) * len(HEADINGS), *map(_cells, figures)]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([BEGINS, f"`make bench`, {where}:", "", *lines, ENDS])


def replaced(page: str, fresh: str) -> str:
    """The page with its table replaced by a fresh one."""
    before, begins, rest = page.partition(BEGINS)
    _, ends, after = rest.partition(ENDS)
    assert begins, f"the page has no {BEGINS}"
    assert ends, f"the page has no {ENDS}"
    return before + fresh + after


def goal_of(budget: Budget) -> str:
    """The goal as the tables say it."""
    return "" if budget.goal is None else f"≤ {_number(budget.goal)}{budget.unit}"


def _cells(figure: Figure) -> tuple[str, ...]:
    budget = figure.budget
    missed = ", missed" if figure.met is False else ""
    value = f"{_number(figure.value)}{budget.unit}{missed}"
    return budget.what, goal_of(budget), value, figure.made_of


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}" if value < 1 or value >= 10 else f"{value:.3f}".rstrip("0").rstrip(".")
