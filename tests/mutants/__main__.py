"""Plants every bug of the table and says which test caught it.

    python -m tests.mutants [--whole-tier] [--workers N] [NAME …]

First the tests that the rows name must pass where nothing is planted. Exits with 1 if they do not,
or if a bug survives: one whose row names a test that did not fail by its own assertion.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.mutants.checkout import copy_checkout
from tests.mutants.rows import ROWS, Mutant, mutants
from tests.mutants.trial import Run, Verdict, judge, run
from tests.run import TIERS, selection

TIER_FAILURES_MAX: Final = 5
"""Of a whole tier: more need not be seen, and the first may be no assertion."""


def main(arguments: Sequence[str]) -> int:
    """Run the named rows, or all. Returns the exit status."""
    known = {mutant.name: mutant for mutant in mutants(ROWS.read_text())}
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("names", nargs="*", metavar="NAME", help="rows of rows.toml; all if none")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="trials at a time")
    parser.add_argument(
        "--whole-tier", action="store_true", help="run the row's tier instead of its tests"
    )
    asked = parser.parse_args(arguments)
    if unknown := set(asked.names) - set(known):
        parser.error(f"no row {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    rows = [known[name] for name in asked.names or known]
    with TemporaryDirectory(prefix="posd-mutants-") as folder:
        sound = Path(folder).resolve() / "sound"
        copy_checkout(sound)
        with ThreadPoolExecutor(asked.workers) as pool:
            if asked.whole_tier:
                found = _try_tiers(rows, sound, pool)
            else:
                found = _try_tests(rows, sound, pool)
    sys.stdout.write(table(found))
    return 0 if found and all(verdict.is_caught for verdict in found) else 1


def table(verdicts: Sequence[Verdict]) -> str:
    """One line a bug: its name, the rule it breaks, the tier, what caught it, how long it took."""
    rows = [f"\n{'bug':<44} {'rule':<5} {'tier':<12} {'seconds':>7}  caught by"]
    for verdict in verdicts:
        mutant = verdict.mutant
        caught_by = ", ".join(sorted(test.rpartition("::")[2] for test in verdict.caught_by))
        rows.append(
            f"{mutant.name:<44} {mutant.breaks:<5} {mutant.tier:<12}"
            f" {verdict.run.seconds:>7.1f}  {caught_by if verdict.is_caught else 'NOTHING'}"
        )
    caught = sum(verdict.is_caught for verdict in verdicts)
    return "\n".join([*rows, f"{caught} of {len(verdicts)} planted bugs caught"]) + "\n"


def _try_tests(rows: Sequence[Mutant], sound: Path, pool: Executor) -> list[Verdict]:
    """Every row by the tests it names; nothing if they fail without a bug."""
    named: dict[str, dict[str, None]] = {row.tier: {} for row in rows}
    for row in rows:
        named[row.tier] |= dict.fromkeys(row.tests)
    if not _all_green(sound, [tuple(tests) for tests in named.values()], pool):
        return []
    return list(pool.map(lambda row: _told(judge(row, sound)), rows))


def _try_tiers(rows: Sequence[Mutant], sound: Path, pool: Executor) -> list[Verdict]:
    """Every row by its whole tier; nothing if a tier fails without a bug."""
    enough = f"--maxfail={TIER_FAILURES_MAX}"
    tiers = {tier.name: (enough, *selection(tier)) for tier in TIERS}
    used = {row.tier: tiers[row.tier] for row in rows}
    if not _all_green(sound, [*used.values()], pool):
        return []
    return list(pool.map(lambda row: _told(judge(row, sound, tiers[row.tier])), rows))


def _all_green(sound: Path, runs: Sequence[Sequence[str]], pool: Executor) -> bool:
    """Whether these tests pass where nothing is planted."""
    red = [done for done in pool.map(lambda asked: run(sound, asked), runs) if not done.is_green]
    for done in red:
        sys.stderr.write(f"{done.output}\n{_instead(done)}not green, and nothing was planted\n")
    return not red


def _told(verdict: Verdict) -> Verdict:
    """Say at once how a trial went, and for a bug that survived what was seen instead."""
    name, seconds = verdict.mutant.name, verdict.run.seconds
    if verdict.is_caught:
        sys.stderr.write(f"caught    {name} ({seconds:.0f} s)\n")
    else:
        sys.stderr.write(f"{verdict.run.output}\n{_instead(verdict.run)}SURVIVED  {name}\n")
    return verdict


def _instead(done: Run) -> str:
    return "".join(f"{test}: {instead}\n" for test, instead in done.failed.items() if instead)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
