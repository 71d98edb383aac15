import asyncio
import itertools

from posd.ids import chance
from posd.upstream.client import Answer
from posd.upstream.limiter import LIVE_IN_A_ROW_MAX, Limiter, Priority
from tests.simulation.loop import virtually

SLOW_DOWN = {"error": {"type": "invalid_request_error", "code": "rate_limit"}}
LOCKED = {"error": {"type": "invalid_request_error", "code": "lock_timeout"}}
TOO_MANY = Answer(429, SLOW_DOWN)
FINE = Answer(200, {})


async def starts(
    limiter: Limiter, callers: int, priority: Priority = Priority.BACKLOG
) -> list[float]:
    """When each of so many simultaneous callers may start."""
    loop = asyncio.get_running_loop()
    seen: list[float] = []

    async def call() -> None:
        await limiter.acquire(priority)
        seen.append(loop.time())

    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(call())
    return seen


def gaps(seen: list[float]) -> list[float]:
    return [round(later - earlier, 6) for earlier, later in itertools.pairwise(seen)]


def test_requests_keep_their_distance() -> None:
    seen = virtually(starts(Limiter(2, chance=chance(1)), 5))
    assert gaps(seen) == [0.5] * 4


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


def test_a_late_timer_makes_nobody_slower_and_a_late_loop_saves_up_one() -> None:
    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        limiter = Limiter(2, chance=chance(1))
        await limiter.acquire()
        late = loop.create_task(starts(limiter, 4))
        await asyncio.sleep(0.01)
        limiter._free_at = loop.time() - 10.0  # the loop stood still for ten seconds
        limiter._arm()
        began = loop.time()
        return [round(start - began, 6) for start in await late]

    assert virtually(main()) == [0.0, 0.0, 0.5, 1.0]


def test_the_live_go_first_and_the_backlog_still_goes() -> None:
    async def main() -> list[str]:
        limiter = Limiter(10, chance=chance(1))
        order: list[str] = []

        async def call(name: str, priority: Priority) -> None:
            await limiter.acquire(priority)
            order.append(name)

        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(call("old", Priority.BACKLOG))
            for _ in range(2 * LIVE_IN_A_ROW_MAX + 1):
                group.create_task(call("live", Priority.LIVE))
        return order

    live = ["live"] * LIVE_IN_A_ROW_MAX
    assert virtually(main()) == [*live, "old", *live, "old", "live", "old"]


def test_who_was_cancelled_costs_no_turn() -> None:
    async def main() -> list[float]:
        limiter = Limiter(2, chance=chance(1))
        loop = asyncio.get_running_loop()
        await limiter.acquire()
        began = loop.time()
        gone = loop.create_task(limiter.acquire())
        await asyncio.sleep(0.1)
        gone.cancel()
        return [round(start - began, 6) for start in await starts(limiter, 2)]

    assert virtually(main()) == [0.5, 1.0]


def test_a_refusal_halves_the_pace_and_answers_bring_it_back() -> None:
    async def main() -> list[float]:
        limiter = Limiter(2, chance=chance(1))
        rates = []
        await limiter.acquire()
        for answer in (FINE, TOO_MANY, *[FINE] * 138):
            limiter.heard(answer)
            rates.append(limiter.requests_per_s)
        limiter.heard(FINE)
        rates.append(limiter.requests_per_s)
        return rates

    rates = virtually(main())
    assert rates[:2] == [2.0, 1.0]
    assert rates[1:] == sorted(rates[1:])
    assert rates[-2] < 2.0 == rates[-1]


def test_in_a_steady_state_at_most_one_request_in_a_hundred_is_refused() -> None:
    async def main(allowed_per_s: float) -> float:
        loop = asyncio.get_running_loop()
        limiter = Limiter(10, chance=chance(1))
        tokens, filled_at = 1.0, loop.time()
        refused = 0
        for number in range(5_000):
            await limiter.acquire()
            tokens = min(2.0, tokens + (loop.time() - filled_at) * allowed_per_s)
            filled_at = loop.time()
            fits = tokens >= 1.0
            tokens -= 1.0 if fits else 0.0
            limiter.heard(FINE if fits else TOO_MANY)
            refused += 0 if fits or number < 500 else 1
        return refused / 4_500

    for allowed_per_s in (1.0, 2.5, 5.0, 9.0):
        assert virtually(main(allowed_per_s)) <= 0.01


def test_while_everything_is_refused_the_store_stays_away_ever_longer() -> None:
    async def main() -> list[float]:
        limiter = Limiter(2, chance=chance(1))
        loop = asyncio.get_running_loop()
        seen = []
        for _ in range(10):
            await limiter.acquire()
            seen.append(loop.time())
            limiter.heard(TOO_MANY)
        return seen

    seen = virtually(main())
    assert gaps(seen) == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]


def test_all_answers_to_what_had_left_are_one_refusal() -> None:
    async def main() -> tuple[float, list[float]]:
        limiter = Limiter(8, chance=chance(1))
        loop = asyncio.get_running_loop()
        await limiter.acquire()
        for _ in range(4):
            limiter.heard(TOO_MANY)
        began = loop.time()
        return limiter.requests_per_s, [start - began for start in await starts(limiter, 1)]

    assert virtually(main()) == (4.0, [1.0])


def test_retry_after_is_for_everybody() -> None:
    async def main() -> list[float]:
        limiter = Limiter(2, chance=chance(1))
        await limiter.acquire()
        limiter.heard(Answer(429, SLOW_DOWN, retry_after_s=30))
        began = asyncio.get_running_loop().time()
        return [start - began for start in await starts(limiter, 2, Priority.LIVE)]

    assert [round(start, 6) for start in virtually(main())] == [30.0, 31.0]


def test_a_lock_on_an_object_slows_nobody() -> None:
    async def main() -> float:
        limiter = Limiter(2, chance=chance(1))
        limiter.heard(Answer(429, LOCKED))
        return limiter.requests_per_s

    assert virtually(main()) == 2.0


def test_no_storm_makes_the_store_slower_than_a_sixteenth() -> None:
    async def main() -> float:
        limiter = Limiter(2, chance=chance(1))
        for _ in range(20):
            await limiter.acquire()
            limiter.heard(FINE)
            limiter.heard(TOO_MANY)
        return limiter.requests_per_s

    assert 0.12 <= virtually(main()) <= 0.13
