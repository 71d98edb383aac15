"""Facts in a table a month: labels follow the clock, order follows `seq`."""

import asyncio
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posd.journal import segments
from posd.journal.executor import LoopExecutor
from posd.journal.segments import Segment
from posd.journal.store import Journal
from tests.in_memory import folder_in_memory
from tests.unit.posd.journal.scenario import (
    DAY_MS,
    NOVEMBER_MS,
    Facts,
    TurnedClock,
    intent,
    open_journal,
)


def _segments(directory: Path) -> list[Segment]:
    db = apsw.Connection(str(directory / "journal.sqlite"))
    found = segments.segments(db)
    db.close()
    return found


async def _bodies(journal: Journal) -> list[int]:
    tail = journal.tail(0)
    return [(await anext(tail)).seq for _ in range(journal.head)]


async def test_a_month_has_one_table(tmp_path: Path, journal: Journal, clock: TurnedClock) -> None:
    await journal.commit(Facts((intent("pi_1"),)))
    clock.now_ms += 29 * DAY_MS
    await journal.commit(Facts((intent("pi_2"),)))
    clock.now_ms += DAY_MS
    await journal.commit(Facts((intent("pi_3"), intent("pi_4"))))

    assert _segments(tmp_path) == [Segment(1, "2026-11", 1), Segment(2, "2026-12", 4)]
    assert await _bodies(journal) == [1, 2, 3, 4, 5]


async def test_a_clock_that_jumps_just_opens_one_more(
    tmp_path: Path, journal: Journal, clock: TurnedClock
) -> None:
    clock.now_ms = 0
    await journal.commit(Facts((intent("pi_1"),)))
    clock.now_ms = NOVEMBER_MS
    await journal.commit(Facts((intent("pi_2"),)))

    assert [one.label for one in _segments(tmp_path)] == ["2026-11", "1970-01", "2026-11"]
    assert await _bodies(journal) == [1, 2, 3]
    assert [one.id for one in journal.queries.payment_intents(9)] == ["pi_2", "pi_1"]


async def test_a_refused_command_opens_no_month(
    tmp_path: Path, journal: Journal, clock: TurnedClock
) -> None:
    clock.now_ms += 31 * DAY_MS
    await journal.commit(Facts(()))
    with pytest.raises(AssertionError):
        await journal.commit(Facts((intent("pi_1"),), settled=("nothing",)))
    assert len(_segments(tmp_path)) == 1
    await journal.commit(Facts((intent("pi_1"),)))
    assert [one.first_seq for one in _segments(tmp_path)] == [1, 2]


async def test_a_restart_goes_on_in_the_newest_month(tmp_path: Path) -> None:
    for _ in range(2):
        journal = open_journal(tmp_path, executor=LoopExecutor(lambda: 0.0))
        await journal.verify_rest()
        journal.close()
    assert _segments(tmp_path) == [Segment(1, "2026-11", 1)]


@settings(max_examples=20, deadline=None)
@given(jumps=st.lists(st.integers(-40 * DAY_MS, 40 * DAY_MS), min_size=1, max_size=8))
def test_no_jump_of_the_clock_opens_a_gap(jumps: list[int]) -> None:
    with folder_in_memory() as directory:
        asyncio.run(_jump(directory, jumps))


async def _jump(directory: Path, jumps: list[int]) -> None:
    clock = TurnedClock()
    for number, jump in enumerate(jumps):
        journal = open_journal(directory, clock=clock, executor=LoopExecutor(lambda: 0.0))
        clock.now_ms += jump
        await journal.commit(Facts((intent(f"pi_{number}"),)))
        assert await _bodies(journal) == list(range(1, 2 * number + 3))
        journal.close()
