"""Batches run one after the other, on a thread or on the loop, and closing loses none."""

import asyncio
import threading
import time

import pytest

from posd.journal.executor import LoopExecutor, ThreadExecutor


async def test_the_thread_is_not_the_loops() -> None:
    executor = ThreadExecutor()
    where: list[str] = []
    done = asyncio.Event()
    executor.submit(lambda: where.append(threading.current_thread().name), done.set)
    await done.wait()
    executor.close()
    assert where == ["journal"]


def test_an_executor_that_was_never_used_has_no_thread_to_end() -> None:
    before = threading.active_count()
    executor = ThreadExecutor()
    assert threading.active_count() == before
    executor.close()


def test_a_thread_outlives_a_closed_loop_and_can_be_closed_twice() -> None:
    executor = ThreadExecutor()
    may_run, ran = threading.Event(), threading.Event()

    def run() -> None:
        may_run.wait()
        ran.set()

    async def submit() -> None:
        executor.submit(run, lambda: None)

    asyncio.run(submit())
    may_run.set()
    executor.close()
    executor.close()
    assert ran.is_set()


async def test_the_thread_answers_when_it_has_done_what_it_had_to_do() -> None:
    executor = ThreadExecutor()
    disk, ran = threading.Event(), asyncio.Event()

    def hang() -> None:
        disk.wait()

    executor.submit(hang, ran.set)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await executor.answer()
    disk.set()
    await executor.answer()
    assert ran.is_set()
    executor.close()


async def test_on_the_loop_a_batch_takes_the_time_that_was_drawn() -> None:
    loop = asyncio.get_running_loop()
    executor = LoopExecutor(lambda: 0.05)
    ran: list[float] = []
    done = asyncio.Event()
    begun = loop.time()
    executor.submit(lambda: ran.append(loop.time()), done.set)
    assert ran == []
    await done.wait()
    assert ran[0] - begun >= 0.05
    executor.close()


async def test_on_the_loop_closing_runs_what_is_pending() -> None:
    executor = LoopExecutor(lambda: 3600.0)
    steps: list[str] = []
    executor.submit(lambda: steps.append("run"), lambda: steps.append("done"))
    with pytest.raises(AssertionError, match="one batch at a time"):
        executor.submit(lambda: None, lambda: None)
    executor.close()
    executor.close()
    assert steps == ["run", "done"]


async def test_a_loop_that_is_busy_is_seen_to_be_late() -> None:
    executor, done = ThreadExecutor(), asyncio.Event()
    ran = threading.Event()
    executor.submit(ran.set, done.set)
    assert ran.wait(timeout=5)
    time.sleep(0.02)  # noqa: ASYNC251 (the loop is kept on purpose)
    await done.wait()
    executor.close()
    told = executor.loop_lag.buckets()
    assert told.count == 1
    assert told.sum_s >= 0.015
