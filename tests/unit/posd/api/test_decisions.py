"""`resolve`, `set_aside` and `accept` as a manager and a till ask them."""

import pytest

from posd.decisions import Ruling
from posd.model.reader import AcceptAs
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


async def test_a_manager_accepts_a_reader_with_a_reason_and_a_till_does_not() -> None:
    bench = Bench()
    path = f"/posd/v1/readers/{await bench.reader()}/accept"
    asked = {"reason": " exchanged the terminal "}
    async with bench.client(MANAGER) as manager:
        headers = {"Idempotency-Key": "accept-1"}
        first = await manager.post(path, data=asked, headers=headers)
        again = await manager.post(path, data=asked, headers=headers)
    async with bench.client(TILL) as till:
        assert (await till.post(path, data=asked)).status_code == 403
    reader = first.json()["id"]
    assert (first.status_code, first.json()["object"]) == (200, "terminal.reader")
    assert again.headers["idempotent-replayed"] == "true"
    assert bench.fleet.accepted[0] == (reader, "exchanged the terminal", None, "key_manager")


@pytest.mark.parametrize("stranger", list(AcceptAs))
async def test_a_manager_says_what_a_stranger_is_to_be(stranger: AcceptAs) -> None:
    bench = Bench()
    path = f"/posd/v1/readers/{await bench.reader()}/accept"
    async with bench.client(MANAGER) as manager:
        answer = await manager.post(path, data={"reason": "it broke", "as": stranger.value})
        refused = await manager.post(path, data={"reason": "it broke", "as": "spare"})
    assert (answer.status_code, refused.status_code) == (200, 400)
    assert refused.json()["error"]["param"] == "as"
    assert [accepted for _, _, accepted, _ in bench.fleet.accepted] == [stranger]


@pytest.mark.parametrize("said", [{}, {"reason": "no"}, {"reason": "x" * 501}])
async def test_nobody_accepts_a_reader_without_a_reason(said: dict[str, str]) -> None:
    bench = Bench()
    path = f"/posd/v1/readers/{await bench.reader()}/accept"
    async with bench.client(MANAGER) as manager:
        answer = await manager.post(path, data=said)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "reason")
    assert bench.fleet.accepted == []
