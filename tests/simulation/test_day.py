import pytest

from posd.ids import chance
from tests.simulation.day import FAULTS_MIN, KINDS_MIN, LARGE, PAYMENTS_MIN, SMALL
from tests.simulation.faults import CablePulled, Planned, TerminalReboots, TillCrashes, kind
from tests.simulation.many import is_full, one

PULLED = [Planned(float(at), CablePulled(0, 0, 1.0)) for at in range(40)]
OTHERS = (Planned(50.0, TerminalReboots(0, 0, 1.0)), Planned(51.0, TillCrashes(0, 1.0, 1.0)))


@pytest.mark.parametrize("seed", range(20))
def test_what_comes_of_a_long_plan_is_of_enough_kinds(seed: int) -> None:
    plan = (*PULLED, *OTHERS)
    come = SMALL.thinned(plan, 1, chance(seed))
    assert len(come) == SMALL.faults_max
    assert len({kind(one.fault) for one in come}) == KINDS_MIN
    assert list(come) == [one for one in plan if one in come], "in their order"


def test_nothing_of_a_large_day_is_left_out() -> None:
    assert LARGE.thinned((*PULLED, *OTHERS), 1, chance(1)) == (*PULLED, *OTHERS)


@pytest.mark.parametrize("day", [0, 2])
def test_the_tills_of_a_small_day_close_once_enough_was_sold(day: int) -> None:
    before = PAYMENTS_MIN * day
    assert not SMALL.is_over(day, before + PAYMENTS_MIN - 1)
    assert SMALL.is_over(day, before + PAYMENTS_MIN)
    assert not LARGE.is_over(day, 10_000)


@pytest.mark.parametrize("seed", [1_001, 1_002])
def test_a_small_day_is_a_full_one_and_hardly_more(seed: int) -> None:
    outcome = one(seed, 1, size=SMALL)
    assert is_full(outcome, 1)
    assert PAYMENTS_MIN <= outcome.payments < PAYMENTS_MIN + 10
    assert outcome.faults.total() >= FAULTS_MIN
