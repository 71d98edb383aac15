"""`/v1/refunds` and `refund_payment` over the whole posd: what a till asks, and what it is told."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from posd.access import digest
from posd.model.access_key import AccessKey, Role
from posd.refund_commands import Allowance
from tests.unit.posd.api.fakes import KEYS, MANAGER, TILL, Bench
from tests.unit.posd.branch import Branch, branch, street
from tests.unit.posd.giving_back import declines, waits_for_a_stop
from tests.unit.posd.house import LANE_1
from tests.unit.posd.virtual import virtual

AT_READER = f"/v1/terminal/readers/{LANE_1}/refund_payment"
DIALOGUE_S = 2.0
REPORTED_S = 20.0


async def paid(store: Branch, amount: int = 1250) -> str:
    """A payment that a till has taken; its id."""
    asked = {"amount": str(amount), "currency": "eur"}
    intent = (await store.ask("POST", "/v1/payment_intents", who="till", **asked)).json()["id"]
    process = f"/v1/terminal/readers/{LANE_1}/process_payment_intent"
    taken = await store.ask("POST", process, who="till", payment_intent=intent)
    assert taken.status_code == 200, taken.json()
    await asyncio.sleep(DIALOGUE_S)
    return str(intent)


async def get(store: Branch, path: str, **query: str) -> dict[str, Any]:
    answer = await store.ask("GET", path, **query)
    assert answer.status_code == 200, answer.json()
    body: dict[str, Any] = answer.json()
    return body


@virtual
async def test_a_till_takes_its_sale_back_and_everything_says_so(tmp_path: Path) -> None:
    async with branch(tmp_path) as store:
        intent = await paid(store)
        made = await store.ask(
            "POST", "/v1/refunds", who="till", payment_intent=intent, reason="duplicate"
        )
        refund = made.json()
        assert (made.status_code, refund["object"]) == (200, "refund")
        assert (refund["status"], refund["pending_reason"]) == ("pending", "processing")
        await asyncio.sleep(DIALOGUE_S)
        now = await get(store, f"/v1/refunds/{refund['id']}")
        assert (now["status"], now["amount"], now["reason"]) == ("succeeded", 1250, "duplicate")
        assert now["destination_details"]["card"]["type"] == "reversal"
        payment = await get(store, f"/v1/payment_intents/{intent}")
        assert (payment["status"], payment["amount_received"]) == ("succeeded", 1250)
        charge = await get(store, f"/v1/charges/{payment['latest_charge']}")
        assert (charge["amount_refunded"], charge["refunded"]) == (1250, True)
        assert "refunds" not in charge


@virtual
async def test_a_part_goes_back_at_a_reader_whose_action_tells_it(tmp_path: Path) -> None:
    async with branch(tmp_path) as store:
        intent = await paid(store)
        asked = {"payment_intent": intent, "amount": "400", "metadata[why]": "cold coffee"}
        begun = (await store.ask("POST", AT_READER, **asked)).json()
        action = begun["action"]
        assert (action["type"], action["status"]) == ("refund_payment", "in_progress")
        assert action["refund_payment"]["amount"] == 400
        assert "refund" not in action["refund_payment"]
        await asyncio.sleep(DIALOGUE_S)
        reader = await get(store, f"/v1/terminal/readers/{LANE_1}")
        assert reader["action"]["status"] == "succeeded"
        refund = await get(store, f"/v1/refunds/{reader['action']['refund_payment']['refund']}")
        assert (refund["status"], refund["metadata"]) == ("succeeded", {"why": "cold coffee"})
        charge = await get(store, f"/v1/charges/{refund['charge']}", **{"expand[]": "refunds"})
        assert (charge["amount_refunded"], charge["refunded"]) == (400, False)
        assert [one["id"] for one in charge["refunds"]["data"]] == [refund["id"]]
        assert charge["refunds"]["url"] == f"/v1/charges/{charge['id']}/refunds"


@virtual
async def test_what_stripe_would_emit_is_in_the_events(tmp_path: Path) -> None:
    async with branch(tmp_path) as store:
        intent = await paid(store)
        before = len((await get(store, "/v1/events", limit="100"))["data"])
        await store.ask("POST", AT_READER, payment_intent=intent, amount="400")
        await asyncio.sleep(DIALOGUE_S)
        events = (await get(store, "/v1/events", limit="100"))["data"][:-before]
        assert [event["type"] for event in events] == [
            "terminal.reader.action_succeeded",
            "refund.updated",
            "charge.refunded",
            "refund.created",
        ]
        refunded = next(event for event in events if event["type"] == "charge.refunded")
        assert refunded["data"]["object"]["amount_refunded"] == 400


@virtual
async def test_refunds_are_listed_by_payment_and_by_charge(tmp_path: Path) -> None:
    async with branch(tmp_path) as store:
        first, second = await paid(store), await paid(store)
        made: list[str] = []
        for intent in (first, second, second):
            await store.ask("POST", AT_READER, payment_intent=intent, amount="100")
            await asyncio.sleep(DIALOGUE_S)
            made.insert(0, (await get(store, "/v1/refunds", limit="1"))["data"][0]["id"])
        assert await store.ids("/v1/refunds") == made
        charge = (await get(store, f"/v1/payment_intents/{second}"))["latest_charge"]
        for query in ({"payment_intent": second}, {"charge": charge}):
            listed = await get(store, "/v1/refunds", **query)
            assert [one["id"] for one in listed["data"]] == made[:2]
        page = await get(store, "/v1/refunds", limit="1", starting_after=made[0])
        assert ([one["id"] for one in page["data"]], page["has_more"]) == ([made[1]], True)
        page = await get(store, "/v1/refunds", limit="1", ending_before=made[2])
        assert ([one["id"] for one in page["data"]], page["has_more"]) == ([made[1]], True)


@virtual
async def test_what_is_written_on_a_refund_changes_and_the_money_does_not(tmp_path: Path) -> None:
    async with branch(tmp_path) as store:
        intent = await paid(store)
        await store.ask("POST", AT_READER, payment_intent=intent, amount="100")
        await asyncio.sleep(DIALOGUE_S)
        (refund,) = (await get(store, "/v1/refunds"))["data"]
        path = f"/v1/refunds/{refund['id']}"
        changed = await store.ask("POST", path, **{"metadata[till]": "3"})
        assert changed.json() == {**refund, "metadata": {"till": "3"}}
        assert (await store.ask("POST", path, metadata="")).json()["metadata"] == {}


@virtual
async def test_stripe_is_told_of_the_refund_after_the_payment(tmp_path: Path) -> None:
    async with branch(tmp_path) as store:
        intent = await paid(store)
        await store.ask("POST", "/v1/refunds", who="till", payment_intent=intent)
        await asyncio.sleep(REPORTED_S)
        (account,) = store.cloud.ledger.accounts.values()
        (record,) = account.payment_records.values()
        (refund,) = (await get(store, "/v1/refunds"))["data"]
        assert [(one.reference, one.value) for one in record.refunds] == [(refund["id"], 1250)]


@virtual
async def test_one_payment_is_named_in_one_way(tmp_path: Path) -> None:
    async with branch(tmp_path) as store:
        for path in ("/v1/refunds", AT_READER):
            none = (await store.ask("POST", path, amount="1")).json()["error"]
            assert (none["code"], none["param"]) == ("parameter_missing", "payment_intent")
            both = (await store.ask("POST", path, payment_intent="pi_1", charge="ch_1")).json()
            assert (both["error"]["code"], both["error"]["param"]) == (
                "parameters_exclusive",
                "charge",
            )


@pytest.mark.parametrize(
    ("key", "allowance"),
    [
        (TILL, Allowance(any_payment=False)),
        (MANAGER, Allowance(any_payment=True)),
        ("posd_test_limited", Allowance(any_payment=True, amount_max=500)),
        ("posd_test_nothing", Allowance(any_payment=True, amount_max=0)),
    ],
)
async def test_the_key_says_what_may_go_back(key: str, allowance: Allowance) -> None:
    limited = tuple(
        AccessKey(f"key_{name}", name, Role.TILL, digest(f"posd_test_{name}"), refund_max=most)
        for name, most in (("limited", 500), ("nothing", 0))
    )
    bench = Bench()
    bench.keys.keys = (*KEYS, *limited)
    async with bench.client(key) as till:
        for path in ("/v1/refunds", "/v1/terminal/readers/tmr_1/refund_payment"):
            answer = await till.post(path, data={"payment_intent": "pi_1", "amount": "100"})
            assert answer.json()["error"]["code"] == "charge_not_refundable"
    assert [wish.allowance for wish in bench.refunds.wishes] == [allowance] * 2
    assert [wish.amount for wish in bench.refunds.wishes] == [100, 100]


@virtual
async def test_a_limit_in_the_file_lets_a_till_give_to_a_card(tmp_path: Path) -> None:
    async with street(tmp_path) as there:
        file = there.house.file
        keys = tuple(
            replace(one, refund_max=300) if one.name == "till" else one for one in file.key
        )
        there.house.file = replace(file, key=keys)
        async with there.open() as store:
            await asyncio.sleep(DIALOGUE_S)
            intent = await paid(store)
            over = await store.ask(
                "POST", AT_READER, who="till", payment_intent=intent, amount="301"
            )
            error = over.json()["error"]
            assert (over.status_code, error["code"], error["param"]) == (
                403,
                "amount_too_large",
                "amount",
            )
            given = await store.ask(
                "POST", AT_READER, who="till", payment_intent=intent, amount="300"
            )
            assert given.status_code == 200, given.json()


@virtual
async def test_a_refund_that_fails_is_told_as_failed_and_why(tmp_path: Path) -> None:
    async with street(tmp_path) as there, there.open() as store:
        await asyncio.sleep(DIALOGUE_S)
        intent = await paid(store)
        there.terminal.refunding = declines
        before = len((await get(store, "/v1/events", limit="100"))["data"])
        await store.ask("POST", AT_READER, payment_intent=intent, amount="400")
        await asyncio.sleep(DIALOGUE_S)
        events = (await get(store, "/v1/events", limit="100"))["data"][:-before]
        assert [event["type"] for event in events] == [
            "terminal.reader.action_failed",
            "refund.updated",
            "refund.failed",
            "refund.created",
        ]
        reader, refund, *_ = (event["data"]["object"] for event in events)
        assert (refund["status"], refund["failure_reason"]) == ("failed", "declined")
        assert "pending_reason" not in refund
        assert reader["action"]["failure_message"].startswith("The refund was declined.")
        payment = await get(store, f"/v1/payment_intents/{intent}")
        assert (payment["status"], payment["last_payment_error"]) == ("succeeded", None)
        charge = "ch_" + (await get(store, "/v1/refunds"))["data"][0]["id"].removeprefix("re_")
        assert (await store.ask("GET", f"/v1/charges/{charge}")).status_code == 404


@virtual
async def test_a_refund_that_the_till_stops_is_the_merchants_own_wish(tmp_path: Path) -> None:
    async with street(tmp_path) as there, there.open() as store:
        await asyncio.sleep(DIALOGUE_S)
        intent = await paid(store)
        there.terminal.refunding = waits_for_a_stop
        await store.ask("POST", AT_READER, payment_intent=intent, amount="400")
        stop = f"/v1/terminal/readers/{LANE_1}/cancel_action"
        assert (await store.ask("POST", stop)).json()["action"] is None
        (refund,) = (await get(store, "/v1/refunds"))["data"]
        assert (refund["status"], refund["failure_reason"]) == ("failed", "merchant_request")


@virtual
async def test_the_till_that_waits_is_told_what_to_say(tmp_path: Path) -> None:
    async with branch(tmp_path) as store:
        intent = await paid(store)
        await store.ask("POST", "/v1/refunds", who="till", payment_intent=intent)
        await asyncio.sleep(DIALOGUE_S)
        path = f"/posd/v1/payment_intents/{intent}"
        told = (await store.ask("GET", path, who="till", language="de")).json()
        assert (told["state"], told["next"], told["may_charge_elsewhere"]) == (
            "refunded",
            "done",
            True,
        )
        assert told["cashier_text"] == "Das Geld ist zurückgegeben. Bitte den Beleg aushändigen."
