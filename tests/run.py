"""Runs the tests tier by tier, holds each to its share of eight minutes, and counts.

`python -m tests.run` runs every tier, `python -m tests.run unit fuzz` those two. A tier that only
computes runs beside those that follow it, at the lowest priority: they wait much of their time.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.coverage_floors import listed, shortfalls

ROOT = Path(__file__).parent.parent
OVERRUN_MAX = 1.5
CORES = 2
FUZZ, POWER_CUT = "test_fuzz*.py", "test_power_cut*.py"


@dataclass(frozen=True, slots=True)
class Tier:
    """Tests that run together.

    Attributes:
        name: What the table calls it.
        share_s: Its share of the eight minutes on two cores, in seconds.
        paths: Folders and file patterns, from the top of the checkout.
        workers: Processes beside each other; 0 where the tests measure or need the machine.
        covered: Whether the lines it runs count for the coverage floors, where those are held.
        beside: Whether it runs beside those that follow, at the lowest priority. Its seconds are
            those of the processors, divided by two.
        deal: How xdist deals out its tests. `loadgroup` keeps groups together and hands out one
            test at a time, for which it looks through all that were handed out before.
    """

    name: str
    share_s: float
    paths: tuple[str, ...]
    workers: int = 0
    covered: bool = False
    beside: bool = False
    deal: str = "loadgroup"


TIERS = (
    Tier("days", 170, ("tests/days", f"tests/**/{POWER_CUT}"), 2, beside=True),
    Tier(
        "unit",
        95,
        ("tests/unit", "tests/transcripts", "tests/contracts", "tests/golden"),
        2,
        covered=True,
        deal="worksteal",
    ),
    Tier("simulation", 60, ("tests/simulation",), 2),
    Tier("crash", 95, ("tests/crash", "tests/cables"), 4),
    Tier("conformance", 95, ("tests/conformance",), 4),
    Tier("mqtt", 15, ("tests/mqtt",), 4),
    Tier("browser", 80, ("tests/browser",), 4),
    Tier("fuzz", 8, (f"tests/**/{FUZZ}",)),
    Tier("documents", 25, ("tests/tidy",), 2),
)
HOLDS_FLOORS = "CI" in os.environ
COUNTING_LINES = 2
"""How much longer a tier takes with it, so that only the complete check does it."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a tier went. `trouble` says in words why it failed; empty if it did not."""

    tier: Tier
    seconds: float
    numbers: Counter[str]
    trouble: tuple[str, ...]


def tier_named(name: str) -> Tier:
    """The tier of that name."""
    return next(tier for tier in TIERS if tier.name == name)


class Running:
    """A tier in a process of its own.

    What it prints is shown as it comes, that of a tier beside others when it has ended.
    """

    def __init__(self, tier: Tier) -> None:
        self.tier = tier
        self._folder = TemporaryDirectory()
        folder = Path(self._folder.name)
        self._tally, self._coverage = folder / "tally.json", folder / "coverage.json"
        self._told = folder / "told.txt"
        self._began = perf_counter()
        command = [*_command(tier), f"--tally={self._tally}", *_measure(tier, self._coverage)]
        if tier.beside:
            with self._told.open("wb") as told:
                lowest = ["nice", "-n", "19", *command]
                self._process = subprocess.Popen(lowest, cwd=ROOT, stdout=told, stderr=told)
        else:
            self._process = subprocess.Popen(command, cwd=ROOT)

    def end(self) -> Result:
        """Wait for it and say how it went."""
        _, status, used = os.wait4(self._process.pid, 0)
        self._process.returncode = status = os.waitstatus_to_exitcode(status)
        seconds = perf_counter() - self._began
        if self.tier.beside:
            seconds = (used.ru_utime + used.ru_stime) / CORES
            sys.stdout.write(self._told.read_text())
            sys.stdout.flush()
        with self._folder:
            return self._judged(status, seconds)

    def _judged(self, status: int, seconds: float) -> Result:
        tally, coverage = self._tally, self._coverage
        numbers = Counter(json.loads(tally.read_text())) if tally.exists() else Counter()
        floors = shortfalls(json.loads(coverage.read_text()), listed()) if coverage.exists() else []
        trouble = [f"pytest ended with {status}"] if status else []
        if seconds > self.tier.share_s * OVERRUN_MAX * (COUNTING_LINES if coverage.exists() else 1):
            trouble.append(f"{seconds:.0f} s is more than {OVERRUN_MAX} x its share")
        return Result(self.tier, seconds, numbers, (*trouble, *floors))


def main(names: Sequence[str]) -> int:
    """Run the named tiers, or all. Returns the exit status."""
    known = {tier.name: tier for tier in TIERS}
    if wrong := [name for name in names if name not in known]:
        sys.stderr.write(f"no tier {', '.join(wrong)}; there are: {', '.join(known)}\n")
        return os.EX_USAGE
    _learn_characters()
    chosen = [known[name] for name in names or known]
    begun: list[Running] = []
    results: list[Result] = []
    for tier in chosen:
        running = Running(tier)
        if tier.beside:
            begun.append(running)
        else:
            results.append(running.end())
    results += [running.end() for running in begun]
    sys.stdout.write(table(results))
    return 1 if any(result.trouble for result in results) else 0


def _learn_characters() -> None:
    """Hypothesis keeps in a file which characters there are; two workers would make it at once."""
    learn = "from hypothesis import strategies; strategies.text().validate()"
    subprocess.run([sys.executable, "-c", learn], cwd=ROOT, check=True)


def table(results: Sequence[Result]) -> str:
    """Tier, tests, seconds and share, then what went wrong, then the numbers in one line."""
    total: Counter[str] = sum((result.numbers for result in results), Counter())
    rows = [
        f"\n{'tier':<12} {'passed':>7} {'failed':>7} {'skipped':>8} {'seconds':>8} {'share':>6}"
    ]
    for result in results:
        passed, failed, skipped = _counts(result.numbers)
        rows.append(
            f"{result.tier.name:<12} {passed:>7} {failed:>7} {skipped:>8}"
            f" {result.seconds:>8.1f} {result.tier.share_s:>6.0f}"
        )
    rows += [f"{result.tier.name}: {line}" for result in results for line in result.trouble]
    passed, failed, skipped = _counts(total)
    rows.append(f"{passed} passed, {failed} failed, {skipped} skipped")
    return "\n".join(rows) + "\n"


def _counts(numbers: Counter[str]) -> tuple[int, int, int]:
    return numbers["passed"], numbers["failed"] + numbers["error"], numbers["skipped"]


def selection(tier: Tier) -> list[str]:
    """What pytest is asked for, from the top. A pattern names files that other tiers leave out."""
    files = [
        file.relative_to(ROOT).as_posix()
        for pattern in tier.paths
        for file in sorted(ROOT.glob(pattern))
    ]
    assert files, tier
    left_out = [name for name in (FUZZ, POWER_CUT) if not _asks(tier, name)]
    return [*(f"--ignore-glob=*/{name}" for name in left_out), *files]


def _command(tier: Tier) -> list[str]:
    workers = ["-n", str(tier.workers), "--dist", tier.deal] if tier.workers else []
    return [sys.executable, "-m", "pytest", "-q", "--no-fold-skipped", *workers, *selection(tier)]


def _asks(tier: Tier, name: str) -> bool:
    return any(path.endswith(name) for path in tier.paths)


def _measure(tier: Tier, report: Path) -> list[str]:
    if not (tier.covered and HOLDS_FLOORS):
        return []
    return ["--cov", f"--cov-report=json:{report}"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
