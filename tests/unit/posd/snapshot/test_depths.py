"""How long the queue was, and where it goes."""

import pytest

from posd.snapshot.blame_views import Direction
from posd.snapshot.depths import STEP_MS, WINDOW_MS, Depths
from posd.snapshot.plot_views import BUCKET_MS, BUCKETS


def test_each_half_hour_has_its_longest_queue_and_none_where_nobody_looked() -> None:
    depths = Depths()
    for at_ms, waiting in ((0, 2), (1, 9), (2, 4), (2 * BUCKET_MS, 1)):
        depths.look(waiting, at_ms)
    assert [depths.longest(n * BUCKET_MS) for n in range(3)] == [9, None, 1]


@pytest.mark.parametrize(
    ("now", "direction"), [(3, Direction.BETTER), (5, Direction.SAME), (7, Direction.WORSE)]
)
def test_the_queue_goes_where_it_has_gone_for_ten_minutes(now: int, direction: Direction) -> None:
    depths = Depths()
    depths.look(5, 0)
    trend = depths.trend(now, WINDOW_MS)
    assert (trend.direction, trend.waiting, trend.before) == (direction, now, 5)


def test_what_was_longer_ago_says_nothing() -> None:
    depths = Depths()
    depths.look(50, 0)
    depths.look(5, STEP_MS)
    assert depths.trend(5, WINDOW_MS + 1).direction is Direction.SAME


def test_a_posd_that_has_just_been_started_knows_no_better() -> None:
    assert Depths().trend(4, 0).direction is Direction.SAME


def test_many_looks_take_no_more_memory_than_few() -> None:
    depths = Depths()
    for second in range(0, 2 * 24 * 3600, 20):
        depths.look(second % 7, second * 1000)
    assert len(depths._longest) == BUCKETS
    assert len(depths._looks) <= WINDOW_MS // STEP_MS + 2
