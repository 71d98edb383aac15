"""Money does not go back through posd yet: refused, and nothing is written."""

import pytest

from tests.unit.posd.api.fakes import MANAGER, Bench


@pytest.mark.parametrize("path", ["/v1/refunds", "/v1/terminal/readers/tmr_1/refund_payment"])
async def test_a_refund_is_refused_before_anything_is_journaled(path: str) -> None:
    bench = Bench()
    asked = {"payment_intent": "pi_1", "amount": "100", "metadata[why]": "cold coffee"}
    async with bench.client(MANAGER) as manager:
        answer = await manager.post(path, data=asked)
        unknown = await manager.post(path, data={"bogus": "1"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "charge_not_refundable")
    assert answer.headers["stripe-should-retry"] == "false"
    assert unknown.json()["error"]["code"] == "parameter_unknown"
    assert bench.store.commits == 0
