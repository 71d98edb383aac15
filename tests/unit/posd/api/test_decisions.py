"""`resolve` and `set_aside` as a manager and a till ask them."""

import pytest

from posd.decisions import Ruling
from tests.unit.posd.api.fakes import MANAGER, TILL, Bench

READER = "/posd/v1/readers/tmr_posd_1"


async def paid(bench: Bench) -> str:
    async with bench.client() as till:
        asked = {"amount": "1250", "currency": "eur"}
        made: dict[str, str] = (await till.post("/v1/payment_intents", data=asked)).json()
    return made["id"]


async def test_a_manager_decides_with_a_reason() -> None:
    bench = Bench()
    intent = await paid(bench)
    asked = {"payment_intent": intent, "decision": "not_charged", "reason": " no receipt "}
    async with bench.client(MANAGER) as manager:
        answer = await manager.post(f"{READER}/resolve", data=asked)
    assert (answer.status_code, answer.json()["id"]) == (200, intent)
    ((matter, ruling),) = bench.decisions.asked
    assert ruling is Ruling.NOT_CHARGED
    assert (matter.reader, matter.payment_intent, matter.reason, matter.actor) == (
        "tmr_posd_1",
        intent,
        "no receipt",
        "key_manager",
    )


async def test_a_till_sets_aside_and_does_not_decide() -> None:
    bench = Bench()
    asked = {"payment_intent": await paid(bench), "reason": "the queue is long"}
    async with bench.client(TILL) as till:
        assert (await till.post(f"{READER}/set_aside", data=asked)).status_code == 200
        asked["decision"] = "charged"
        assert (await till.post(f"{READER}/resolve", data=asked)).status_code == 403
    assert [ruling for _, ruling in bench.decisions.asked] == [None]


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "  "}, "reason"),
        ({"reason": "no"}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"decision": "maybe"}, "decision"),
        ({"amount": "1250"}, "amount"),
    ],
)
async def test_what_is_not_a_decision_is_refused(said: dict[str, str], param: str) -> None:
    bench = Bench()
    asked = {"payment_intent": "pi_1", "decision": "charged", "reason": "receipt", **said}
    async with bench.client(MANAGER) as manager:
        answer = await manager.post(f"{READER}/resolve", data=asked)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert bench.store.commits == 0
