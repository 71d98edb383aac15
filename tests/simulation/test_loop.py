import asyncio
from contextvars import Context, ContextVar

import pytest

from tests.simulation.loop import Deadlock, virtually

DAY_S = 24 * 3600.0


def test_time_begins_at_nought_and_jumps_to_the_very_moment_of_a_timer() -> None:
    async def sleep() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(DAY_S)
        await asyncio.sleep(0.1)
        return began, loop.time()

    assert virtually(sleep()) == (0.0, DAY_S + 0.1)


def test_timers_of_one_moment_come_in_the_order_in_which_they_were_set() -> None:
    async def order() -> list[int]:
        loop, came = asyncio.get_running_loop(), list[int]()
        for number in range(20):
            loop.call_at(1.0, came.append, number)
        await asyncio.sleep(1.0)
        return came

    assert virtually(order()) == list(range(20))


def test_a_timer_that_is_cancelled_neither_comes_nor_takes_time() -> None:
    async def cancel() -> tuple[float, list[str]]:
        loop, came = asyncio.get_running_loop(), list[str]()
        loop.call_later(5.0, came.append, "cancelled").cancel()
        loop.call_soon(came.append, "cancelled").cancel()
        loop.call_later(10.0, came.append, "came")
        await asyncio.sleep(10.0)
        return loop.time(), came

    assert virtually(cancel()) == (10.0, ["came"])


def test_a_timer_of_the_past_comes_now() -> None:
    async def late() -> tuple[float, list[float]]:
        loop, came = asyncio.get_running_loop(), list[float]()
        await asyncio.sleep(3.0)
        loop.call_at(1.0, lambda: came.append(loop.time()))
        await asyncio.sleep(1.0)
        return loop.time(), came

    assert virtually(late()) == (4.0, [3.0])


def test_waiting_for_what_only_a_cancelled_timer_would_bring_is_a_deadlock() -> None:
    async def wait() -> None:
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        loop.call_later(1.0, event.set).cancel()
        await event.wait()

    with pytest.raises(Deadlock):
        virtually(wait())


def test_an_exception_in_a_callback_ends_the_run() -> None:
    async def stumble() -> None:
        asyncio.get_running_loop().call_later(1.0, lambda: 1 // 0)
        await asyncio.sleep(2.0)

    with pytest.raises(ZeroDivisionError):
        virtually(stumble())


def test_a_task_in_an_empty_context_does_not_see_its_makers() -> None:
    maker: ContextVar[str] = ContextVar("maker", default="nobody")

    async def see() -> str:
        await asyncio.sleep(1.0)
        return maker.get()

    async def make() -> str:
        maker.set("somebody")
        async with asyncio.TaskGroup() as group:
            return await group.create_task(see(), context=Context())

    assert virtually(make()) == "nobody"
