"""A bug takes down what its kind says and nothing more."""

import asyncio
import logging
from itertools import pairwise

import pytest

from posd.errors import JournalFailed
from posd.supervise import RESTART_MAX_S, RESTART_MIN_S, Kind, supervise
from tests.simulation.loop import virtually


class Bug(Exception):
    """What nobody foresaw."""


def starts(kind: Kind, error: Exception, *, each_lasts_s: float, within_s: float) -> list[float]:
    """When a task that always fails was started, in seconds."""
    times: list[float] = []

    async def failing() -> None:
        times.append(asyncio.get_running_loop().time())
        await asyncio.sleep(each_lasts_s)
        raise error

    async def main() -> None:
        async with asyncio.timeout(within_s), asyncio.TaskGroup() as root:
            supervise(root, failing, name="failing", kind=kind)

    with pytest.raises(TimeoutError):
        virtually(main())
    return times


@pytest.mark.parametrize("kind", [Kind.READER, Kind.TAIL])
def test_it_starts_again_later_and_later(kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        times = starts(kind, Bug(), each_lasts_s=0, within_s=200)
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses[:4] == [RESTART_MIN_S, 2, 4, 8]
    assert max(pauses) == RESTART_MAX_S
    assert len(caplog.records) == len(times)


def test_a_bug_is_written_down_before_the_task_starts_again() -> None:
    told: list[str] = []

    async def failing() -> None:
        told.append("started")
        raise Bug("of which only the type is told")

    async def note(bug: Exception) -> None:
        await asyncio.sleep(0)
        told.append(type(bug).__name__)

    async def main() -> None:
        async with asyncio.timeout(RESTART_MIN_S / 2), asyncio.TaskGroup() as root:
            supervise(root, failing, name="failing", kind=Kind.READER, on_bug=note)

    with pytest.raises(TimeoutError):
        virtually(main())
    assert told == ["started", "Bug"]


def test_the_disks_failure_in_a_task_of_a_task_ends_the_process_and_is_no_bug(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failure = JournalFailed("disk")
    starts = iter((failure,))

    async def failing() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(3600), name="another")
            for each in starts:
                raise each

    async def main() -> None:
        async with asyncio.TaskGroup() as root:
            supervise(root, failing, name="failing", kind=Kind.TAIL)

    with pytest.raises(ExceptionGroup) as caught:
        virtually(main())
    assert caught.value.exceptions == (failure,)
    assert not caplog.records


@pytest.mark.parametrize("failure", [JournalFailed("disk"), Bug()])
def test_a_bug_that_cannot_be_written_down_ends_the_process(failure: Exception) -> None:
    async def failing() -> None:
        raise Bug

    async def note(_bug: Exception) -> None:
        raise failure

    async def main() -> None:
        async with asyncio.TaskGroup() as root:
            supervise(root, failing, name="failing", kind=Kind.READER, on_bug=note)

    with pytest.raises(ExceptionGroup) as caught:
        virtually(main())
    assert caught.value.exceptions == (failure,)


def test_one_that_ran_well_for_a_while_starts_again_at_once() -> None:
    times = starts(Kind.TAIL, Bug(), each_lasts_s=2 * RESTART_MAX_S, within_s=1000)
    pauses = {later - earlier for earlier, later in pairwise(times)}
    assert pauses == {2 * RESTART_MAX_S + RESTART_MIN_S}


@pytest.mark.parametrize(
    ("kind", "error"), [(Kind.JOURNAL, Bug()), (Kind.TAIL, JournalFailed("disk"))]
)
def test_what_nothing_may_be_promised_without_ends_the_process(
    kind: Kind, error: Exception
) -> None:
    async def failing() -> None:
        raise error

    async def main() -> None:
        async with asyncio.TaskGroup() as root:
            supervise(root, failing, name="failing", kind=kind)
            root.create_task(asyncio.sleep(3600), name="another")

    with pytest.raises(ExceptionGroup) as caught:
        virtually(main())
    assert caught.value.exceptions == (error,)


def test_a_task_that_is_done_is_not_started_again() -> None:
    runs = []

    async def once() -> None:
        runs.append(1)

    async def main() -> None:
        async with asyncio.TaskGroup() as root:
            supervise(root, once, name="once", kind=Kind.JOURNAL)

    virtually(main())
    assert runs == [1]
