"""Many shop-days, each with at least fifty payments and five faults of three kinds."""

from collections import Counter
from collections.abc import Callable
from itertools import count
from time import process_time
from typing import Final

import pytest

from tests.figures import FIGURE
from tests.simulation import replay
from tests.simulation.day import SMALL
from tests.simulation.many import is_full, one

TESTS: Final = 8
DAYS_MIN: Final = 200
FULL_DAYS: Final = DAYS_MIN // TESTS
"""Full ones of each test; days on which less was sold are looked at too, and not counted."""
DAYS_MAX: Final = FULL_DAYS + 15
FIRST_SEEDS: Final = range(1_001, 1_001 + TESTS * DAYS_MAX, DAYS_MAX)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", FIRST_SEEDS)
def test_no_money_is_lost_or_doubled_in_many_days(
    first: int, record_property: Callable[[str, object], None]
) -> None:
    full = payments = 0
    faults: Counter[str] = Counter()
    began = process_time()
    for seed in count(first):
        outcome = one(seed, 1, size=SMALL)
        assert outcome.violations == (), replay.line(seed, 1, SMALL)
        full += is_full(outcome, 1)
        payments += outcome.payments
        faults += outcome.faults
        if full == FULL_DAYS:
            break
        assert seed < first + DAYS_MAX, f"only {full} full days from seed {first} on"
    rate = payments / (process_time() - began)
    record_property(
        FIGURE,
        f"shop-days {first}-{seed}: {payments} payments ({rate:.0f}/s), {faults.total()} faults of"
        f" {len(faults)} kinds, nothing lost or doubled",
    )
