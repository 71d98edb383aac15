"""The arithmetic of the benchmarks, and the table that README carries."""

import re
from collections.abc import Sequence

import pytest

from tests.bench.figures import (
    BUDGETS,
    MEMORY,
    OWN_TCP,
    PAYMENT,
    START,
    UNIT,
    UNIT_READY,
    Budget,
    Figure,
    markdown,
    p50,
    percentile,
    replaced,
    table,
    wire_s,
)
from tests.bench.payment import Sample, line_octets

RATIO = Figure(PAYMENT, 1.0149, "270 ms")
TOO_SLOW = Figure(START, 2.5)
RECORDED = Figure(OWN_TCP, 466.2)
LARGE = Figure(MEMORY, 72.0)


@pytest.mark.parametrize(
    ("percent", "sample"), [(1, 15), (30, 20), (40, 20), (50, 35), (95, 50), (100, 50)]
)
def test_a_percentile_is_the_nearest_rank(percent: float, sample: float) -> None:
    assert percentile([50, 15, 40, 20, 35], percent) == sample


def test_the_median_is_one_of_the_samples() -> None:
    assert p50([4.0, 1.0, 3.0, 2.0]) == 2.0
    assert p50([7.0]) == 7.0


def test_an_octet_takes_eleven_bits_and_a_network_none() -> None:
    assert wire_s(9600, 9600) == 11.0
    assert wire_s(1, 115200) == pytest.approx(95.5e-6, rel=1e-3)
    assert wire_s(1000, None) == 0.0


def test_the_line_carries_frames_with_doubled_dles_and_their_acknowledgements() -> None:
    # 10 02 06 0F 00 10 03 and two octets of CRC; the completion's own acknowledgement comes after
    # (zvt.md 2.2, 2.4). Answered or not, it is the end.
    completion, answer = bytes.fromhex("06 0F 00"), bytes.fromhex("80 00 00")
    assert line_octets([completion]) == 9
    assert line_octets([completion, answer]) == 9
    assert line_octets([answer, completion]) == 9 + 1 + 9
    assert line_octets([bytes.fromhex("06 01 01 10"), completion]) == 11 + 1 + 9


def test_own_time_is_what_line_disk_and_terminal_leave() -> None:
    sample = Sample(0.28, 0.26, 0.002, 3e-5, bare_s=0.265, posd_s=0.01)
    assert sample.floor_s == pytest.approx(0.266)
    assert sample.thought_s == pytest.approx(0.005)
    assert sample.own_s == pytest.approx(0.009)


@pytest.mark.parametrize(
    ("figure", "met"), [(RATIO, True), (TOO_SLOW, False), (RECORDED, None), (LARGE, True)]
)
def test_a_goal_is_met_up_to_itself(figure: Figure, met: bool | None) -> None:  # noqa: FBT001
    assert figure.met is met


def test_the_table_says_goal_and_figure_and_which_goal_is_missed() -> None:
    assert [re.split(r" {2,}", line) for line in table([RATIO, TOO_SLOW, LARGE]).splitlines()] == [
        ["what", "goal", "figure", "made of"],
        [PAYMENT.what, "≤ 1.02 x", "1.015 x", "270 ms"],
        [START.what, "≤ 2 x", "2.5 x, missed"],
        [MEMORY.what, "≤ 72 MiB", "72 MiB"],
    ]
    assert table([RECORDED]).splitlines()[1].endswith("        466 x")


def test_the_page_gets_the_whole_table_and_keeps_the_rest() -> None:
    page = "before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n"
    fresh = markdown([Figure(budget, 1.0, "a / b") for budget in BUDGETS], "on a machine")
    lines = replaced(page, fresh).splitlines()
    assert lines[:4] == ["before", "<!-- bench -->", "`make bench`, on a machine:", ""]
    assert lines[4:6] == ["| what | goal | figure | made of |", "| --- | --- | --- | --- |"]
    assert lines[6] == f"| {PAYMENT.what} | ≤ 1.02 x | 1 x | a / b |"
    assert lines[-2:] == ["<!-- /bench -->", "after"]
    assert len(lines) == 6 + len(BUDGETS) + 2


def test_the_rows_of_the_service_may_be_missing_all_together() -> None:
    def rows(left_out: Sequence[Budget]) -> str:
        told = [Figure(budget, 1.0) for budget in BUDGETS if budget not in left_out]
        return markdown(told, "on a machine")

    assert UNIT_READY.what not in rows(UNIT)
    with pytest.raises(AssertionError, match="all its rows"):
        rows(UNIT[:1])


def test_half_a_table_is_none() -> None:
    with pytest.raises(AssertionError, match="all its rows"):
        markdown([RATIO], "on a machine")
