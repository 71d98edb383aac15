import asyncio
import itertools

from posd.ids import chance
from posd.upstream.limiter import Limiter
from tests.simulation.loop import virtually


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
    seen = virtually(starts(Limiter(2, chance=chance(1)), 5))
    gaps = [later - earlier for earlier, later in itertools.pairwise(seen)]
    assert [round(gap, 6) for gap in gaps] == [0.5] * 4


def test_stores_that_start_together_do_not_speak_together() -> None:
    async def first(seed: int) -> float:
        return (await starts(Limiter(2, chance=chance(seed)), 1))[0]

    firsts = {virtually(first(seed)) for seed in range(20)}
    assert len(firsts) == 20
    assert all(0 <= first <= 0.5 for first in firsts)


def test_nothing_is_saved_up() -> None:
    async def main() -> list[float]:
        limiter = Limiter(2, chance=chance(1))
        await limiter.acquire()
        await asyncio.sleep(3600)
        now = asyncio.get_running_loop().time()
        return [start - now for start in await starts(limiter, 3)]

    assert [round(start, 6) for start in virtually(main())] == [0.0, 0.5, 1.0]
