"""Many stores, beside each other if wanted, and what they come to together."""

import gc
import logging
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from tests.simulation import replay, sometimes
from tests.simulation.day import FAULTS_MIN, KINDS_MIN, LARGE, PAYMENTS_MIN, Size
from tests.simulation.faults import Planned
from tests.simulation.loop import virtually
from tests.simulation.shop import Outcome, run

STORES_A_PROCESS: Final = 25
"""Then it ends, and takes with it what its interpreter has gathered."""
GARBAGE_MIN: Final = 100_000
"""So many objects are made between two looks for cycles among them; a store makes few cycles."""
MEMORY: Final = Path("/dev/shm")  # noqa: S108 (a folder of its own in it)
"""Where fsync costs nothing: what a power cut leaves is for other tests."""


def one(seed: int, days: int, plan: Sequence[Planned] | None = None, size: Size = LARGE) -> Outcome:
    """Run one store in a folder that is gone afterwards; what its posd logs is not shown.

    Whatever breaks the run itself carries the line that replays it.
    """
    logging.getLogger("posd").addHandler(logging.NullHandler())
    _look_for_less_garbage()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        try:
            return virtually(run(seed, days, Path(folder), plan, size))
        except Exception as error:
            error.add_note(replay.line(seed, days, size))
            raise


def many(
    seeds: Sequence[int], days: int, jobs: int, size: Size = LARGE
) -> Iterator[tuple[int, Outcome]]:
    """Run a store for each seed, in `jobs` processes; in the order of the seeds."""
    if jobs == 1:
        yield from ((seed, one(seed, days, size=size)) for seed in seeds)
        return
    # A pool that replaces its own workers (max_tasks_per_child) can wait for one for ever.
    at_once = STORES_A_PROCESS * jobs
    for start in range(0, len(seeds), at_once):
        batch = seeds[start : start + at_once]
        with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
            yield from zip(batch, pool.map(partial(one, days=days, size=size), batch), strict=True)


def is_full(outcome: Outcome, days: int) -> bool:
    """Whether enough was paid, and enough went wrong."""
    return (
        outcome.payments >= PAYMENTS_MIN * days
        and outcome.faults.total() >= FAULTS_MIN * days
        and len(outcome.faults) >= KINDS_MIN
    )


def summary(outcomes: Sequence[Outcome], days: int, took_s: float) -> str:
    """What was run: stores and payments, faults, facts, and what was never met."""
    payments = sum(outcome.payments for outcome in outcomes)
    full = days * sum(is_full(outcome, days) for outcome in outcomes)
    ran = f"{len(outcomes) * days} shop-day(s), {payments} payments"
    least = f"{PAYMENTS_MIN} payments and {FAULTS_MIN} faults of {KINDS_MIN} kinds"
    lines = [
        f"ran    {ran} in {took_s:.1f} s ({payments / took_s:.0f}/s)",
        f"full   {full} shop-day(s) of at least {least}",
        f"orders {_counted(outcome.orders for outcome in outcomes)}",
        f"facts  {_counted(outcome.facts for outcome in outcomes)}",
        f"faults {_counted(outcome.faults for outcome in outcomes)}",
        f"never  {', '.join(sometimes.never(outcomes)) or '-'}",
        f"broken {sum(bool(outcome.violations) for outcome in outcomes)}",
    ]
    return "\n".join(lines) + "\n"


@cache
def _look_for_less_garbage() -> None:
    """What this process has loaded stays; it is not walked through time and again."""
    gc.freeze()
    gc.set_threshold(GARBAGE_MIN)


def _counted(counters: Iterator[Counter[str]]) -> dict[str, int]:
    total: Counter[str] = sum(counters, Counter())
    return dict(sorted(total.items()))
