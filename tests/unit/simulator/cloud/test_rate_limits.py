"""Rate limits: so many reads and so many writes a second, account by account."""

import pytest

from posd.stripe_wire.errors import Rejected
from posd_simulator.cloud.rules.rate_limits import Bucket, RateLimits, drawn
from tests.unit.simulator.cloud.stage import REPORT, REPORT_PATH, Clock, Stage, stage, told

ACCOUNT = "/v1/account"


async def reads(on: Stage, times: int, key: str = "sk_test_stage") -> list[int]:
    till = on.till.holding(key)
    return [(await till.get(ACCOUNT)).status_code for _ in range(times)]


@pytest.mark.parametrize(("key", "per_s"), [("sk_test_1", 25), ("sk_live_1", 100)])
async def test_a_second_holds_so_many_and_refills(key: str, per_s: int) -> None:
    clock = Clock()
    async with stage(clock) as on:
        on.cloud.rate_limits = RateLimits()
        assert await reads(on, per_s + 1, key) == [200] * per_s + [429]
        clock.now_ms += 1000 // per_s
        assert await reads(on, 2, key) == [200, 429]
        clock.now_ms += 3_600_000
        assert await reads(on, per_s + 1, key) == [200] * per_s + [429]


async def test_a_refusal_is_stripes_and_burns_no_key() -> None:
    clock = Clock()
    async with stage(clock) as on:
        on.cloud.rate_limits = RateLimits(test_per_s=1)
        assert (await on.till.post(REPORT_PATH, REPORT)).status_code == 200
        refused = await on.till.post(REPORT_PATH, REPORT, key="K")
        assert told(refused) == (429, "invalid_request_error", "rate_limit", None)
        clock.now_ms += 1000
        accepted = await on.till.post(REPORT_PATH, REPORT, key="K")
        assert (accepted.status_code, "idempotent-replayed" in accepted.headers) == (200, False)


async def test_reads_writes_and_accounts_are_counted_apart() -> None:
    async with stage() as on:
        on.cloud.rate_limits = RateLimits(test_per_s=1)
        assert await reads(on, 2) == [200, 429]
        assert (await on.till.post(REPORT_PATH, REPORT)).status_code == 200
        assert await reads(on, 1, "sk_test_other") == [200]


async def test_without_limits_there_is_none() -> None:
    async with stage() as on:
        assert set(await reads(on, 200)) == {200}


def test_a_bucket_holds_a_second_and_a_clock_that_jumps_back_adds_nothing() -> None:
    assert drawn(None, 2, 0) == Bucket(0, 1_000)
    assert drawn(Bucket(0, 0), 2, 500) == Bucket(500, 0)
    assert drawn(Bucket(0, 0), 2, 10_000) == Bucket(10_000, 1_000)
    with pytest.raises(Rejected):
        drawn(Bucket(0, 999), 2, 0)
    with pytest.raises(Rejected):
        drawn(Bucket(1_000, 0), 2, 0)
