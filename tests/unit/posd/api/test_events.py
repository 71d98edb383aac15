"""`/v1/events`: what happened, by type and time, through HTTP and the official SDK."""

import asyncio
from pathlib import Path

import pytest
import stripe

from posd.api.listener import Listener
from tests.unit.posd import records
from tests.unit.posd.api.fakes import OBSERVER, Bench
from tests.unit.posd.api.test_waiting import till_at
from tests.unit.posd.house import paid
from tests.unit.posd.stage import ScriptedTerminal
from tests.unit.posd.virtual import virtual

FIRST_S = records.CREATED_MS // 1000


@virtual
async def test_a_payment_leaves_its_events(tmp_path: Path) -> None:
    async with till_at(tmp_path, ScriptedTerminal()) as till:
        intent = await paid(till.posd)
        listed = (await till.client.get("/v1/events")).json()
        assert [event["type"] for event in listed["data"]] == [
            "terminal.reader.action_succeeded",
            "payment_intent.succeeded",
            "payment_intent.processing",
            "payment_intent.created",
        ]
        assert (listed["url"], listed["has_more"]) == ("/v1/events", False)
        page = (await till.client.get("/v1/events?type=payment_intent.*&limit=2")).json()
        assert [event["type"] for event in page["data"]] == [
            "payment_intent.succeeded",
            "payment_intent.processing",
        ]
        assert page["has_more"] is True
        newest = page["data"][0]
        assert newest["data"]["object"]["id"] == intent.id
        assert (await till.client.get(f"/v1/events/{newest['id']}")).json() == newest
        before = {"ending_before": page["data"][1]["id"], "types[]": "payment_intent.succeeded"}
        assert (await till.client.get("/v1/events", params=before)).json()["data"] == [newest]


@pytest.mark.parametrize(
    ("query", "param", "code"),
    [
        ("type=a&types[]=b", "type", "parameters_exclusive"),
        ("type=DROP%20TABLE", "type", "parameter_invalid"),
        ("types[]=payment_intent.%2A", "types", "parameter_invalid"),
        ("&".join(f"types[]=a.b{number}" for number in range(21)), "types", "parameter_invalid"),
        ("types=a", "types", "parameter_invalid"),
        ("created=yesterday", "created", "parameter_invalid_integer"),
        ("starting_after=evt_404", "starting_after", "resource_missing"),
        ("ending_before=evt_404", "ending_before", "resource_missing"),
        ("delivery_success=true", "delivery_success", "parameter_unknown"),
    ],
)
async def test_bad_filters_are_refused(query: str, param: str, code: str) -> None:
    async with Bench().client(OBSERVER) as screen:
        answer = await screen.get(f"/v1/events?{query}")
    error = answer.json()["error"]
    assert (answer.status_code // 100, error["param"], error["code"]) == (4, param, code)


async def test_no_such_event() -> None:
    async with Bench().client(OBSERVER) as screen:
        answer = await screen.get("/v1/events/evt_404")
    assert (answer.status_code, answer.json()["error"]["param"]) == (404, "id")


async def test_the_sdk_pages_through_all_of_them() -> None:
    bench = Bench()
    ids = [bench.store.happened("payment_intent.created", f"pi_{n}") for n in range(23)]
    bench.store.happened("payment_intent.succeeded", "pi_0")
    listener = await Listener.open(bench.api, port=0, socket=None)
    client = stripe.StripeClient(
        OBSERVER,
        base_addresses={"api": f"http://127.0.0.1:{listener.port}"},
        max_network_retries=0,
    )

    def all_created() -> list[str]:
        asked: stripe.params.EventListParams = {
            "limit": 10,
            "types": ["payment_intent.created", "payment_intent.canceled"],
            "created": {"gte": FIRST_S + 1},
        }
        return [event.id for event in client.v1.events.list(asked).auto_paging_iter()]

    async with asyncio.TaskGroup() as group:
        group.create_task(listener.serve())
        assert await asyncio.to_thread(all_created) == ids[:0:-1]
        one = await asyncio.to_thread(client.v1.events.retrieve, ids[7])
        assert (one.type, one.data.object["id"]) == ("payment_intent.created", "pi_7")
        await listener.stop()
