"""One trial: tests run in a copy of the tree, with or without a bug in it, and what that proves."""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

import pytest

from tests.mutants.checkout import copy, surroundings
from tests.mutants.rows import Mutant

RUN_S_MAX: Final = 600.0
"""A run that takes longer is interrupted, and proves nothing."""
TIDY_UP_S: Final = 30.0
OUTPUT_LINES_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Run:
    """How pytest ended.

    Attributes:
        status: Its exit status.
        failed: Test id to "" if the test's own assertion failed, else to what happened instead.
        output: The last lines it printed.
    """

    status: int
    failed: Mapping[str, str]
    output: str
    seconds: float

    @property
    def is_green(self) -> bool:
        """Whether tests ran and all of them passed."""
        return self.status == pytest.ExitCode.OK and not self.failed

    def asserted(self) -> set[str]:
        """The tests that failed by their own assertion, without their parameters."""
        if self.status != pytest.ExitCode.TESTS_FAILED:
            return set()
        return {id_.partition("[")[0] for id_, instead in self.failed.items() if not instead}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one trial says of a bug.

    Attributes:
        caught_by: Tests that failed by their own assertion.
        missed_by: Tests that should have and did not; the bug is caught if there are none.
    """

    mutant: Mutant
    run: Run
    caught_by: frozenset[str]
    missed_by: frozenset[str]

    @classmethod
    def on(cls, mutant: Mutant, run: Run, *, by_any_test: bool = False) -> "Verdict":
        """Judge a run: every test of the row has to see the bug, or any test will do."""
        caught_by = frozenset(run.asserted())
        missed_by = frozenset(mutant.tests) - caught_by
        return cls(mutant, run, caught_by, frozenset() if by_any_test else missed_by)

    @property
    def is_caught(self) -> bool:
        """Whether every test that had to see the bug saw it."""
        return bool(self.caught_by) and not self.missed_by


def run(tree: Path, asked: Sequence[str]) -> Run:
    """Run pytest with these arguments in the tree; its temporary files are gone afterwards."""
    began = perf_counter()
    with TemporaryDirectory(prefix="t-", dir=tree.parent) as folder:
        witness, printed = Path(folder, "witness.json"), Path(folder, "output.txt")
        plugins = ("tests.mutants.witness", "no:randomly", "no:cacheprovider")
        command = [sys.executable, "-m", "pytest", "-q", *(f"-p{plugin}" for plugin in plugins)]
        command += ["--witness", str(witness), f"--basetemp={folder}/t", *asked]
        with printed.open("w") as output:
            status = _wait_for(
                subprocess.Popen(
                    command, cwd=tree, env=surroundings(tree), stdout=output, stderr=output
                )
            )
        failed = json.loads(witness.read_text()) if witness.exists() else {}
        lines = printed.read_text(errors="replace").splitlines()
    shown = "\n".join(lines[-OUTPUT_LINES_SHOWN:])
    return Run(status, failed, shown, perf_counter() - began)


def judge(mutant: Mutant, sound: Path, tier: Sequence[str] = ()) -> Verdict:
    """Plant the bug in a copy of the sound tree, beside it, and run the tests that the row names.

    With `tier`, which asks pytest for a whole tier, one of its tests has to see the bug.
    Raises StaleRow.
    """
    with TemporaryDirectory(prefix="m-", dir=sound.parent) as folder:
        tree = Path(folder, "posd")
        copy(sound, tree)
        mutant.plant(tree)
        done = run(tree, tier or mutant.tests)
    return Verdict.on(mutant, done, by_any_test=bool(tier))


def _wait_for(process: subprocess.Popen[bytes]) -> int:
    """Its exit status. An interrupted pytest tears its fixtures down, so that no daemon is left."""
    try:
        return process.wait(RUN_S_MAX)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
    try:
        return process.wait(TIDY_UP_S)
    except subprocess.TimeoutExpired:
        process.kill()
    return process.wait()
