"""`/posd/v1/page/…`: whoever is at the machine lets a manager in, and nobody else."""

import pytest

from tests.unit.posd.api.fakes import MANAGER, TILL, Bench


async def test_the_operator_gets_a_code_and_takes_a_lost_pin_away() -> None:
    bench = Bench()
    async with bench.client(None, at_socket=True) as operator:
        first = (await operator.post("/posd/v1/page/code")).json()
        second = (await operator.post("/posd/v1/page/reset_pin")).json()
    assert first == {"object": "posd.page_code", "code": "CODE-1"}
    assert second == {"object": "posd.page_code", "code": "CODE-2"}
    assert bench.entrance.resets == ["operator"]


@pytest.mark.parametrize("key", [None, TILL, MANAGER])
@pytest.mark.parametrize("path", ["code", "reset_pin"])
async def test_no_key_opens_it(path: str, key: str | None) -> None:
    bench = Bench()
    async with bench.client(key) as caller:
        assert (await caller.post(f"/posd/v1/page/{path}")).status_code == 403
    assert (bench.entrance.drawn, bench.entrance.resets) == (0, [])
