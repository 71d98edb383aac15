"""Colours that do not flicker, in a time that a test turns."""

import pytest

from posd.snapshot.colours import FORGOTTEN_MS, GRACE_MS, STABLE_MS, Colour, Colours
from posd.snapshot.views import Level

WELL = (Level.OK, Level.RESTING)
LANE = ("1", "tmr_1")


def shown(colour: Colour, *looks: tuple[int, Level], passes: bool = False) -> list[Level]:
    """What is shown at each look, in milliseconds since the first; somebody looks in between."""
    told: list[Level] = []
    before_ms, before = looks[0]
    for at_ms, level in looks:
        for between_ms in range(before_ms, at_ms, FORGOTTEN_MS // 2):
            colour.show(before, between_ms, passes=passes)
        told.append(colour.show(level, at_ms, passes=passes))
        before_ms, before = at_ms, level
    return told


def test_a_moment_without_an_answer_is_not_yet_a_loss() -> None:
    looks = (
        (0, Level.OK),
        (1_000, Level.STOP),
        (1_000 + GRACE_MS - 1, Level.STOP),
        (31_001, Level.OK),
    )
    assert shown(Colour(), *looks, passes=True) == [
        Level.OK,
        Level.RESTING,
        Level.RESTING,
        Level.OK,
    ]


def test_what_stays_away_is_a_loss_after_half_a_minute() -> None:
    looks = (0, Level.OK), (1_000, Level.STOP), (1_000 + GRACE_MS, Level.STOP)
    assert shown(Colour(), *looks, passes=True)[-1] is Level.STOP


def test_each_loss_has_its_own_half_minute() -> None:
    looks = (0, Level.OK), (1_000, Level.STOP), (2_000, Level.OK), (1_000 + GRACE_MS, Level.STOP)
    assert shown(Colour(), *looks, passes=True)[-1] is Level.RESTING


def test_what_cannot_pass_by_itself_is_told_at_once() -> None:
    assert shown(Colour(), (0, Level.OK), (1, Level.STOP)) == [Level.OK, Level.STOP]


def test_red_is_amber_as_soon_as_it_is_well_and_green_after_a_minute() -> None:
    looks = (
        (0, Level.STOP),
        (10, Level.OK),
        (10 + STABLE_MS - 1, Level.OK),
        (10 + STABLE_MS, Level.OK),
    )
    assert shown(Colour(), *looks) == [Level.STOP, Level.ATTENTION, Level.ATTENTION, Level.OK]


def test_a_relapse_begins_the_minute_anew() -> None:
    looks = (0, Level.STOP), (10, Level.OK), (50_000, Level.ATTENTION), (50_010, Level.OK)
    last = shown(Colour(), *looks, (50_010 + STABLE_MS - 1, Level.OK))[-1]
    assert last is Level.ATTENTION


def test_what_was_red_has_no_half_minute() -> None:
    looks = (0, Level.STOP), (10, Level.OK), (20, Level.STOP)
    assert shown(Colour(), *looks, passes=True)[-1] is Level.STOP


def test_a_restart_that_is_planned_stays_grey() -> None:
    looks = (0, Level.OK), (1, Level.RESTING), (900_000, Level.RESTING), (900_001, Level.OK)
    assert shown(Colour(), *looks) == [Level.OK, Level.RESTING, Level.RESTING, Level.OK]


@pytest.mark.parametrize("level", list(Level))
def test_of_what_nobody_has_seen_before_the_first_look_is_told(level: Level) -> None:
    assert Colour().show(level, 0, passes=True) is level


def test_when_posd_starts_its_readers_have_half_a_minute_and_no_amber_after_it() -> None:
    colours = Colours(Level.RESTING, 0)
    told = [
        colours.lane(LANE, level, at_ms, passes=True)
        for at_ms, level in ((0, Level.STOP), (GRACE_MS - 1, Level.STOP), (GRACE_MS, Level.OK))
    ]
    assert told == [Level.RESTING, Level.RESTING, Level.OK]


def test_of_what_nobody_looked_at_for_a_while_nothing_is_remembered() -> None:
    colour = Colour()
    levels = Level.OK, Level.STOP, Level.OK
    told = [
        colour.show(level, number * (FORGOTTEN_MS + 1), passes=True)
        for number, level in enumerate(levels)
    ]
    assert tuple(told) == levels


def test_each_lane_has_its_own_colour_and_a_new_reader_a_new_one() -> None:
    colours = Colours()
    assert colours.lane(LANE, Level.STOP, 0, passes=False) is Level.STOP
    assert colours.lane(("2", "tmr_2"), Level.OK, 1, passes=False) is Level.OK
    assert colours.lane(("1", "tmr_9"), Level.OK, 2, passes=False) is Level.OK
    assert colours.lane(LANE, Level.OK, 3, passes=False) is Level.ATTENTION


def test_a_lane_that_is_gone_is_forgotten() -> None:
    colours = Colours()
    colours.lane(LANE, Level.STOP, 0, passes=False)
    colours.keep(frozenset())
    assert colours.lane(LANE, Level.OK, 1, passes=False) is Level.OK
