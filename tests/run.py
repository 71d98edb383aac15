"""Runs the tests tier by tier, holds each to its share of eight minutes, and counts.

`python -m tests.run` runs every tier, `python -m tests.run unit fuzz` those two.
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
FUZZ, POWER_CUT = "test_fuzz*.py", "test_power_cut*.py"


@dataclass(frozen=True, slots=True)
class Tier:
    """Tests that run together.

    Attributes:
        name: What the table calls it.
        share_s: Its share of the eight minutes on two cores, in seconds.
        paths: Folders and file patterns, from the top of the checkout.
        workers: Processes beside each other; 0 where the tests measure or need the machine.
        covered: Whether the lines it runs count for the coverage floors.
    """

    name: str
    share_s: float
    paths: tuple[str, ...]
    workers: int = 0
    covered: bool = False


TIERS = (
    Tier(
        "unit",
        150,
        ("tests/unit", "tests/transcripts", "tests/contracts", "tests/golden"),
        2,
        covered=True,
    ),
    Tier("simulation", 125, ("tests/simulation", f"tests/**/{POWER_CUT}"), 2),
    Tier("crash", 80, ("tests/crash", "tests/cables"), 3),
    Tier("conformance", 95, ("tests/conformance",), 2),
    Tier("fuzz", 15, (f"tests/**/{FUZZ}",)),
    Tier("documents", 15, ("tests/tidy",), 2),
)


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


def run(tier: Tier) -> Result:
    """Run one tier in a process of its own; what it prints is shown as it comes."""
    started = perf_counter()
    with TemporaryDirectory() as folder:
        tally, coverage = Path(folder, "tally.json"), Path(folder, "coverage.json")
        status = subprocess.run(
            [*_command(tier), "--tally", tally, *_measure(tier, coverage)], cwd=ROOT, check=False
        ).returncode
        seconds = perf_counter() - started
        numbers = Counter(json.loads(tally.read_text())) if tally.exists() else Counter()
        floors = shortfalls(json.loads(coverage.read_text()), listed()) if coverage.exists() else []
    trouble = [f"pytest ended with {status}"] if status else []
    if seconds > tier.share_s * OVERRUN_MAX:
        trouble.append(f"{seconds:.0f} s is more than {OVERRUN_MAX} x its share")
    return Result(tier, seconds, numbers, (*trouble, *floors))


def main(names: Sequence[str]) -> int:
    """Run the named tiers, or all. Returns the exit status."""
    known = {tier.name: tier for tier in TIERS}
    if wrong := [name for name in names if name not in known]:
        sys.stderr.write(f"no tier {', '.join(wrong)}; there are: {', '.join(known)}\n")
        return os.EX_USAGE
    _learn_characters()
    results = [run(known[name]) for name in names or known]
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
    workers = ["-n", str(tier.workers), "--dist", "loadgroup"] if tier.workers else []
    return [sys.executable, "-m", "pytest", "-q", "--no-fold-skipped", *workers, *selection(tier)]


def _asks(tier: Tier, name: str) -> bool:
    return any(path.endswith(name) for path in tier.paths)


def _measure(tier: Tier, report: Path) -> list[str]:
    if not tier.covered:
        return []
    return ["--cov", f"--cov-report=json:{report}"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
