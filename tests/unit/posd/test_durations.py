"""Durations, counted by how long."""

import pytest

from posd.durations import Buckets, Durations


def test_nothing_was_counted_yet() -> None:
    assert Durations((0.1, 1.0)).buckets() == Buckets(((0.1, 0), (1.0, 0)), 0, 0.0)


def test_each_bound_has_all_that_are_within_it() -> None:
    times = Durations((0.1, 1.0))
    for seconds in (0.05, 0.1, 0.5, 7.0):
        times.note(seconds)
    told = times.buckets()
    assert told.counts == ((0.1, 2), (1.0, 3))
    assert told.count == 4
    assert told.sum_s == pytest.approx(7.65)


def test_a_clock_that_went_back_counts_as_no_time() -> None:
    times = Durations((0.1,))
    times.note(-3.0)
    assert times.buckets() == Buckets(((0.1, 1),), 1, 0.0)
