"""What a payment costs in a simulated store: daemon, terminal, tills, Stripe, oracle and trace."""

from pathlib import Path
from time import process_time
from typing import Final

from tests.bench.figures import VIRTUAL, Figure
from tests.simulation.many import one

SEEDS: Final = range(1, 5)


def measure(folder: Path) -> list[Figure]:  # noqa: ARG001 (a simulated store has its own)
    """Processor time a payment, over some stores; the first has loaded what is loaded late."""
    one(SEEDS.start, days=1)
    began = process_time()
    outcomes = [one(seed, days=1) for seed in SEEDS]
    took_s = process_time() - began
    assert not any(outcome.violations for outcome in outcomes), "a store that is wrong is no figure"
    payments = sum(outcome.payments for outcome in outcomes)
    return [
        Figure(
            VIRTUAL,
            took_s / payments * 1000,
            f"{payments / took_s:.0f} payments a second: {payments} in {len(outcomes)} stores",
        )
    ]
