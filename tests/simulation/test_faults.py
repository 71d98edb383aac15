import pytest

from posd.ids import chance
from tests.simulation.faults import CablePulled, Planned, Premises, draw, kind
from tests.simulation.shrink import RUNS_MAX, shortest

STORE = Premises(lanes=3, tills=2, days=2, open_s=7200.0, day_s=86400.0)


@pytest.mark.parametrize("seed", range(20))
def test_every_day_has_its_storm(seed: int) -> None:
    plan = draw(chance(seed), STORE)
    assert plan == draw(chance(seed), STORE)
    for day in range(STORE.days):
        today = [one for one in plan if 0 <= one.at_s - day * STORE.day_s <= STORE.open_s]
        assert len(today) >= 6
        assert len({kind(one.fault) for one in today}) >= 3


def test_stores_differ_in_what_goes_wrong_there() -> None:
    kinds = {frozenset(kind(one.fault) for one in draw(chance(seed), STORE)) for seed in range(20)}
    assert len(kinds) > 10


def _plan(length: int) -> list[Planned]:
    return [Planned(float(at), CablePulled(0, at, 1.0)) for at in range(length)]


@pytest.mark.parametrize("guilty", [set(), {7}, {0, 31}, {3, 4, 20}])
def test_a_story_is_shortened_to_the_faults_that_cause_it(guilty: set[int]) -> None:
    story = shortest(_plan(32), lambda part: guilty <= {int(one.at_s) for one in part})
    assert {int(one.at_s) for one in story} == guilty


def test_shortening_ends() -> None:
    runs = 0

    def fails(part: object) -> bool:
        nonlocal runs
        runs += 1
        return part is None

    assert len(shortest(_plan(200), fails)) == 200
    assert runs <= RUNS_MAX
