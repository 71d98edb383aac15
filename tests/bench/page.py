"""What the status page costs: what a browser loads, what posd computes, what payments wait for it.

The page is asked for as fast as its visitors could never click, while a till sells: payments with
and without them in turn, so that whatever else the machine does meets both sides. The goal is for a
payment at 9600 baud, as that of the first row. Over TCP, a terminal that takes no time leaves of a
payment only what computers do, and each page that meets one is seen.
"""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep
from typing import Final

from tests.bench import years
from tests.bench.figures import (
    BESIDE_ONE_P99,
    BESIDE_TCP_P99,
    BESIDE_VISITORS_P50,
    BESIDE_VISITORS_P99,
    FIRST_LOAD,
    PAGE_TIME,
    Budget,
    Figure,
    p50,
    percentile,
)
from tests.bench.payment import QUIET_S, fill_log, paid_s
from tests.bench.rig import Daemon, terminal

VISITS_PER_S: Final = 200
ADDRESSES: Final = 16
"""Of the visitors: none asks so often that it is refused."""
ROUNDS: Final = 10
ROUNDS_OVER_TCP: Final = 25
PAYMENTS_A_ROUND: Final = 20
WARM_UP_PAYMENTS: Final = 5
SOLD_TODAY: Final = 200
LOADS: Final = 500
ANEW_S: Final = 0.3
"""More than a snapshot is kept for: each load is of one that has just been made."""
LOADED: Final = re.compile(r'(?:href|src)="(/static/[^"]+)"')


def measure(folder: Path) -> list[Figure]:
    """The first load of the fullest page of one lane, then payments beside visitors."""
    with _open(folder / "9600", "--pty") as posd:
        figures = [_first_load(posd), *_beside_visitors(posd)]
    with _open(folder / "tcp", "--tcp", "127.0.0.1:0") as posd:
        return [*figures, _beside_visitors_over_tcp(posd)]


@contextmanager
def _open(folder: Path, *line: str) -> Iterator[Daemon]:
    """A posd that sells on that line."""
    with terminal(folder, *line) as device, Daemon(folder, device.url) as posd:
        posd.wait_for_reader()
        fill_log(posd.till)
        _paid_s(posd, WARM_UP_PAYMENTS)
        yield posd


def _paid_s(posd: Daemon, payments: int) -> list[float]:
    """What so many sales took, one after the other, each once the line is quiet."""
    took: list[float] = []
    for _ in range(payments):
        took.append(paid_s(posd))
        sleep(QUIET_S)
    return took


def served(folder: Path) -> Figure:
    """What posd takes over a load that finds another payment, among those of the journal there."""
    line = ("--tcp", "127.0.0.1:0", "--tid", years.TERMINAL)
    with terminal(folder / "terminal", *line) as device, Daemon(folder, device.url) as posd:
        posd.wait_for_reader()
        for _ in range(SOLD_TODAY):
            paid_s(posd)
        loads = [_load_s(posd) for _ in range(LOADS)]
    took, waited = zip(*loads, strict=True)
    made_of = (
        f"p50 {p50(took) * 1000:.3g} ms, of {LOADS}, each after another payment of the day;"
        f" its caller waited p50 {p50(waited) * 1000:.3g} ms,"
        f" p99 {percentile(waited, 99) * 1000:.3g} ms"
    )
    return Figure(PAGE_TIME, percentile(took, 99) * 1000, made_of)


def _load_s(posd: Daemon) -> tuple[float, float]:
    """What posd says that it took over a page, and what its caller waited, in seconds."""
    paid_s(posd)
    sleep(ANEW_S)
    began = perf_counter()
    took_s = posd.till.server_s("/")
    return took_s, perf_counter() - began


def _first_load(posd: Daemon) -> Figure:
    page = posd.till.page("/")
    paths = sorted(set(LOADED.findall(page.decode())))
    octets = {"HTML": len(page)} | {path: len(posd.till.page(path)) for path in paths}
    made_of = ", ".join(f"{what} {count / 1024:.3g} KiB" for what, count in octets.items())
    return Figure(FIRST_LOAD, sum(octets.values()) / 1024, made_of)


def _beside_visitors(posd: Daemon) -> list[Figure]:
    alone: list[float] = []
    crowd, one = Beside(ADDRESSES), Beside(1)
    for _ in range(ROUNDS):
        for beside in (crowd, one):
            beside.pay(posd)
        alone += _paid_s(posd, PAYMENTS_A_ROUND)
    return [
        crowd.figure(BESIDE_VISITORS_P50, 50, alone),
        crowd.figure(BESIDE_VISITORS_P99, 99, alone),
        one.figure(BESIDE_ONE_P99, 99, alone),
    ]


def _beside_visitors_over_tcp(posd: Daemon) -> Figure:
    alone: list[float] = []
    crowd = Beside(ADDRESSES)
    for _ in range(ROUNDS_OVER_TCP):
        crowd.pay(posd)
        alone += _paid_s(posd, PAYMENTS_A_ROUND)
    return crowd.figure(BESIDE_TCP_P99, 99, alone)


class Beside:
    """Payments beside visitors from so many addresses."""

    def __init__(self, addresses: int) -> None:
        self._addresses = addresses
        self._paid_s: list[float] = []
        self._answers: Counter[str] = Counter()
        self._visited_s = 0.0

    def pay(self, posd: Daemon) -> None:
        """A round of them."""
        with _visitors(posd.url, self._addresses, self._answers):
            began = perf_counter()
            self._paid_s += _paid_s(posd, PAYMENTS_A_ROUND)
            self._visited_s += perf_counter() - began

    def figure(self, budget: Budget, percent: float, alone: Sequence[float]) -> Figure:
        """How much longer one took than without them, and what the visitors were told."""
        beside_s, alone_s = percentile(self._paid_s, percent), percentile(alone, percent)
        told = ", ".join(
            f"{count / self._visited_s:.0f}/s told {status}"
            for status, count in sorted(self._answers.items())
        )
        made_of = f"{beside_s * 1000:.3g} ms / {alone_s * 1000:.3g} ms, {len(alone)} payments each"
        return Figure(budget, beside_s / alone_s, f"{made_of}; visits: {told}")


@contextmanager
def _visitors(url: str, addresses: int, answers: Counter[str]) -> Iterator[None]:
    """Visitors, whose answers are counted."""
    asked = [f"{url}/", str(VISITS_PER_S), str(addresses)]
    command = [sys.executable, "-m", "tests.bench.visitors", *asked]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as visitors:
        assert visitors.stdout is not None
        visitors.stdout.readline()
        yield
        visitors.terminate()
        answers.update(json.loads(visitors.stdout.readline()))
