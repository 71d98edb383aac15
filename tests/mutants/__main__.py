"""Plants every bug of the table and says which test caught it.

    python -m tests.mutants [--whole-tier] [--workers N] [NAME …]

First the tests that the rows name must pass where nothing is planted. Exits with 1 if they do not,
or if a bug survives: one whose row names a test that did not fail by its own assertion.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.mutants.checkout import copy_checkout
from tests.mutants.rows import ROWS, Mutant, mutants
from tests.mutants.trial import Run, Verdict, judge, run
from tests.run import TIERS, selection

_TIERS: Final = {tier.name: tier for tier in TIERS}


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
    with (
        TemporaryDirectory(prefix="posd-mutants-") as folder,
        ThreadPoolExecutor(asked.workers) as pool,
    ):
        sound = Path(folder).resolve() / "sound"
        copy_checkout(sound)
        tiers = _selections(rows) if asked.whole_tier else {}
        before = _tests_of(rows) | tiers
        for tier, done in zip(
            before, pool.map(lambda tests: run(sound, tests), before.values()), strict=True
        ):
            if not done.is_green:
                sys.stderr.write(f"{done.output}\n{tier}: not green before anything is planted\n")
                return 1
        verdicts = pool.map(lambda row: _told(judge(row, sound, tiers.get(row.tier, ()))), rows)
        found = list(verdicts)
    sys.stdout.write(table(found))
    return 0 if all(verdict.is_caught for verdict in found) else 1


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


def _tests_of(rows: Sequence[Mutant]) -> dict[str, Sequence[str]]:
    """By tier, every test that a row names, once."""
    named: dict[str, dict[str, None]] = {row.tier: {} for row in rows}
    for row in rows:
        named[row.tier] |= dict.fromkeys(row.tests)
    return {tier: tuple(tests) for tier, tests in named.items()}


def _selections(rows: Sequence[Mutant]) -> dict[str, Sequence[str]]:
    return {row.tier: ("-x", *selection(_TIERS[row.tier])) for row in rows}


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
