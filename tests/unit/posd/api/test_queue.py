"""`/posd/v1/queue` as a manager asks it."""

import pytest

from posd.queue import EffectRuling
from tests.unit.posd.api.fakes import MANAGER, OBSERVER, TILL, Bench
from tests.unit.posd.api.queue_fakes import AT_MS

QUEUE = "/posd/v1/queue"
WHY = {"reason": "The account has the feature now."}


async def test_what_is_owed_is_told_with_what_a_person_decides_by() -> None:
    async with Bench().client(OBSERVER) as client:
        told = (await client.get(QUEUE)).json()
    assert (told["object"], told["has_more"], len(told["data"])) == ("list", False, 4)
    assert told["data"][0] == {
        "object": "queue_item",
        "id": "att_1-report",
        "tells": "payment",
        "state": "waiting",
        "payment_intent": "pi_1",
        "amount": 1250,
        "currency": "eur",
        "livemode": False,
        "owed_ms": AT_MS - 90_500,
        "age_s": 90,
        "first_sent_ms": AT_MS - 90_000,
        "tries": 2,
        "due_ms": 0,
        "problem": "HTTP 503",
        "look_first": False,
        "cause": None,
    }


async def test_what_is_parked_says_why() -> None:
    async with Bench().client(OBSERVER) as client:
        (parked,) = (await client.get(QUEUE, params={"state": "parked"})).json()["data"]
    assert (parked["id"], parked["due_ms"], parked["problem"]) == ("att_2-report", None, None)
    assert parked["cause"] == {
        "status": 400,
        "code": "parameter_invalid",
        "message": "No such method.",
        "actor": "sync",
        "at_ms": AT_MS - 1000,
    }


async def test_the_list_goes_on_page_by_page() -> None:
    async with Bench().client(OBSERVER) as client:
        first = (await client.get(QUEUE, params={"limit": 3})).json()
        after = {"limit": 3, "starting_after": first["data"][-1]["id"]}
        second = (await client.get(QUEUE, params=after)).json()
        lost = await client.get(QUEUE, params={"starting_after": "att_9-report"})
    assert [len(page["data"]) for page in (first, second)] == [3, 1]
    assert [page["has_more"] for page in (first, second)] == [True, False]
    assert lost.status_code == 404


@pytest.mark.parametrize("ruling", EffectRuling)
async def test_a_manager_rules_with_a_reason(ruling: EffectRuling) -> None:
    bench = Bench()
    path = f"{QUEUE}/att_2-report/{ruling.value}"
    async with bench.client(MANAGER) as manager:
        assert (await manager.post(path, data=WHY)).status_code == 200
        assert (await manager.post(path, data={"reason": "no"})).status_code == 400
        assert (await manager.post(path)).status_code == 400
    async with bench.client(TILL) as till:
        assert (await till.post(path, data=WHY)).status_code == 403
    ((effect, ruled, reason, actor, _claim),) = bench.queue.ruled
    assert (effect, ruled, reason) == ("att_2-report", ruling, WHY["reason"])
    assert actor == "key_manager"


@pytest.mark.parametrize(
    ("asked", "param"), [({"state": "done"}, "state"), ({"limit": "0"}, "limit")]
)
async def test_what_is_no_list_is_refused(asked: dict[str, str], param: str) -> None:
    async with Bench().client(OBSERVER) as client:
        answer = await client.get(QUEUE, params=asked)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
