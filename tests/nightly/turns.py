"""One turn of each kind of proof: what its number stands for, run and counted."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from types import MappingProxyType
from typing import Final

import pytest

from tests.crash.story import record, small_limits
from tests.crash.survival import in_memory, survive
from tests.mutants.rows import ROWS, mutants
from tests.nightly.tally import Tally
from tests.run import ROOT, selection, tier_named
from tests.simulation.day import SMALL
from tests.simulation.many import is_full, many
from tests.simulation.telling import told

STORES_A_TURN: Final = 100
STORIES_A_TURN: Final = 4
BUGS_A_TURN: Final = 2
SEED_MIN: Final = 100_000
"""The tests take theirs from below."""
KILLS_A_TURN: Final = 12
KILL_LOOP: Final = "tests/crash/test_kill_loop.py"
FUZZ_SEED: Final = "POSD_FUZZ_SEED"

Turn = Callable[[int, int, Tally], Iterator[str]]
"""Turn number and processes beside each other; yields what went wrong, and how to see it again."""


def shops(number: int, jobs: int, tally: Tally) -> Iterator[str]:
    """Shop-days, small and large ones."""
    first = SEED_MIN + number * STORES_A_TURN
    seeds = range(first, first + STORES_A_TURN)
    for seed, outcome in many(seeds, 1, jobs, SMALL):
        tally.add_store(outcome, full=is_full(outcome, 1))
        if outcome.violations:
            yield told(seed, 1, outcome, SMALL)


def power_cuts(number: int, jobs: int, tally: Tally) -> Iterator[str]:
    """Stories in which the power goes at every write."""
    first = SEED_MIN + number * STORIES_A_TURN
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        for cuts, images, lost in pool.map(_cut, range(first, first + STORIES_A_TURN)):
            tally.cuts += cuts
            tally.images += images
            if lost:
                yield lost


def fuzz(number: int, jobs: int, tally: Tally) -> Iterator[str]:
    """Noise from another seed."""
    del jobs
    seed = {FUZZ_SEED: f"posd {SEED_MIN + number}"}
    asked = ["-m", "pytest", "-q", "-p", "no:cacheprovider", *selection(tier_named("fuzz"))]
    tally.fuzzed += 1
    yield from _ran(asked, f"{FUZZ_SEED}='{seed[FUZZ_SEED]}' make fuzz", seed)


def planted_bugs(number: int, jobs: int, tally: Tally) -> Iterator[str]:
    """Some of the planted bugs, one turn after the other all of them."""
    names = [mutant.name for mutant in mutants(ROWS.read_text())]
    at = [(number * BUGS_A_TURN + beside) % len(names) for beside in range(BUGS_A_TURN)]
    chosen = [names[place] for place in at]
    tally.bugs += len(chosen)
    again = f"make mutants ROW='{' '.join(chosen)}'"
    yield from _ran(["-m", "tests.mutants", "--workers", str(jobs), *chosen], again, {})


def kills(number: int, jobs: int, tally: Tally) -> Iterator[str]:
    """kill -9 of the posd that is installed, at other moments."""
    del jobs
    drawn = {"POSD_SEED": str(SEED_MIN + number), "POSD_KILLS": str(KILLS_A_TURN)}
    tally.kills += KILLS_A_TURN
    again = " ".join(f"{name}={value}" for name, value in drawn.items())
    yield from _ran(
        ["-m", "pytest", "-q", "-p", "no:cacheprovider", KILL_LOOP],
        f"{again} .venv/bin/python -m pytest {KILL_LOOP}",
        drawn,
    )


TURNS: Final[Mapping[str, Turn]] = MappingProxyType(
    {
        "shops": shops,
        "power-cuts": power_cuts,
        "kills": kills,
        "fuzz": fuzz,
        "mutants": planted_bugs,
    }
)


def _cut(seed: int) -> tuple[int, int, str]:
    """Cuts, different images, and what was lost; in a process of its own."""
    with pytest.MonkeyPatch.context() as patch, in_memory() as memory:
        small_limits(patch)
        try:
            survival = survive(record(memory, seed), memory, seed)
        except AssertionError as error:
            return 0, 0, f"power cuts, story {seed}: {error}"
    return survival.cuts, len(survival.found), ""


def _ran(arguments: list[str], again: str, beside: Mapping[str, str]) -> Iterator[str]:
    """Run Python with these arguments; if it fails, all it said and how to see it again."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **beside},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        yield f"{done.stdout}\n{again}"
