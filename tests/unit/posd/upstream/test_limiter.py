import asyncio
import itertools
import selectors
from collections.abc import Coroutine
from typing import Any

from typing_extensions import override

from posd.ids import chance
from posd.upstream.limiter import Limiter


class _NoWait(selectors.DefaultSelector):
    """Hands the time-out to the loop's clock, and does not wait for it."""

    loop: "JumpingLoop"

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.loop.now += timeout or 0.0
        return super().select(0)


class JumpingLoop(asyncio.SelectorEventLoop):
    """Waits for nothing: its clock jumps to the next timer."""

    def __init__(self) -> None:
        self.now = 0.0
        selector = _NoWait()
        selector.loop = self
        super().__init__(selector)

    @override
    def time(self) -> float:
        return self.now


def run(main: Coroutine[Any, Any, list[float]]) -> list[float]:
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(main)


async def starts(limiter: Limiter, callers: int) -> list[float]:
    """When each of so many simultaneous callers may start."""
    loop = asyncio.get_running_loop()
    seen: list[float] = []

    async def call() -> None:
        await limiter.acquire()
        seen.append(loop.time())

    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(call())
    return seen


def test_requests_keep_their_distance() -> None:
    seen = run(starts(Limiter(2, chance=chance(1)), 5))
    gaps = [later - earlier for earlier, later in itertools.pairwise(seen)]
    assert [round(gap, 6) for gap in gaps] == [0.5] * 4


def test_stores_that_start_together_do_not_speak_together() -> None:
    firsts = {run(starts(Limiter(2, chance=chance(seed)), 1))[0] for seed in range(20)}
    assert len(firsts) == 20
    assert all(0 <= first <= 0.5 for first in firsts)


def test_nothing_is_saved_up() -> None:
    async def main() -> list[float]:
        limiter = Limiter(2, chance=chance(1))
        await limiter.acquire()
        await asyncio.sleep(3600)
        now = asyncio.get_running_loop().time()
        return [start - now for start in await starts(limiter, 3)]

    assert [round(start, 6) for start in run(main())] == [0.0, 0.5, 1.0]
