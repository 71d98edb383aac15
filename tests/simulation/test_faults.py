import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from posd.ids import chance
from tests.simulation import replay
from tests.simulation.faults import (
    CablePulled,
    LineNoisy,
    Planned,
    Premises,
    draw,
    draw_at_machine,
    draw_swaps,
    kind,
)
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


@pytest.mark.parametrize("seed", range(20))
def test_on_no_day_nothing_goes_wrong(seed: int) -> None:
    never = replace(STORE, days=0)
    for drawn in (draw, draw_swaps, draw_at_machine):
        assert drawn(chance(seed), never) == ()


def test_stores_differ_in_what_goes_wrong_there() -> None:
    kinds = {frozenset(kind(one.fault) for one in draw(chance(seed), STORE)) for seed in range(20)}
    assert len(kinds) > 10


def _plan(length: int) -> list[Planned]:
    return [Planned(float(at), CablePulled(0, at, 1.0)) for at in range(length)]


@pytest.mark.parametrize("guilty", [set(), {7}, {0, 31}, {3, 4, 20}])
def test_a_story_is_shortened_to_the_faults_that_cause_it(guilty: set[int]) -> None:
    story = shortest(_plan(32), lambda part: guilty <= {int(one.at_s) for one in part})
    assert {int(one.at_s) for one in story} == guilty


def test_what_came_later_than_the_violation_is_left_out_at_once() -> None:
    tried: list[int] = []

    def fails(part: Sequence[Planned]) -> bool:
        tried.append(len(part))
        return 7 in {int(one.at_s) for one in part}

    assert [one.at_s for one in shortest(_plan(100), fails, until_s=7.5)] == [7.0]
    assert tried[:2] == [0, 8]


def test_a_kind_of_fault_that_has_no_part_in_it_is_left_out_at_once() -> None:
    noise = [Planned(float(at), LineNoisy(0, 0.01, 60.0)) for at in range(100, 120)]
    tried: list[int] = []

    def fails(part: Sequence[Planned]) -> bool:
        tried.append(len(part))
        return {3, 4, 20} <= {int(one.at_s) for one in part}

    story = shortest([*_plan(32), *noise], fails)
    assert [int(one.at_s) for one in story] == [3, 4, 20]
    assert 32 in tried[:4]


def test_a_run_is_replayed_by_one_line() -> None:
    assert re.fullmatch(
        r"make sim SEEDS=7 DAYS=2  # posd \d+\.\d+\.\d+, \S+( commit)?", replay.line(7, 2)
    )


def test_shortening_ends() -> None:
    runs = 0

    def fails(part: object) -> bool:
        nonlocal runs
        runs += 1
        return part is None

    assert len(shortest(_plan(200), fails)) == 200
    assert runs <= RUNS_MAX
