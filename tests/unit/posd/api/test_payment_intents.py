"""`/v1/payment_intents` and `/v1/charges` as a till asks them."""

import pytest

from posd.intents import Change
from posd.live import Live
from posd_drivers.card_reader import Step
from tests.unit.posd import records
from tests.unit.posd.api.fakes import Bench

COFFEE = {"amount": "1250", "currency": "EUR", "payment_method_types[]": "card_present"}


async def test_create_answers_with_what_is_durable() -> None:
    bench = Bench()
    async with bench.client() as till:
        answer = await till.post(
            "/v1/payment_intents",
            data={**COFFEE, "description": "Coffee", "metadata[order_id]": "4711"},
        )
    assert answer.status_code == 200
    told = answer.json()
    assert (told["object"], told["amount"], told["currency"]) == ("payment_intent", 1250, "eur")
    assert (told["description"], told["metadata"]) == ("Coffee", {"order_id": "4711"})
    assert (told["status"], told["livemode"]) == ("requires_payment_method", False)
    assert told["id"] in bench.store.intents
    assert bench.payments.actors == ["key_till"]


async def test_retrieve_tells_the_step_of_a_running_payment() -> None:
    bench = Bench()
    reader = await bench.reader()
    async with bench.client() as till:
        id_ = (await till.post("/v1/payment_intents", data=COFFEE)).json()["id"]
        path = f"/v1/terminal/readers/{reader}/process_payment_intent"
        shown = (await till.post(path, data={"payment_intent": id_})).json()
        assert shown["action"]["status"] == "in_progress"
        waiting = (await till.get(f"/v1/payment_intents/{id_}")).json()
        assert waiting["status"] == "requires_payment_method"
        bench.fleet.now = Live(online=True, last_seen_ms=1, step=Step.AUTHORISING)
        authorising = (await till.get(f"/v1/payment_intents/{id_}")).json()
        assert authorising["status"] == "processing"


async def test_an_approved_payment_and_its_charge() -> None:
    bench = Bench()
    reader = await bench.reader()
    async with bench.client() as till:
        id_ = (await till.post("/v1/payment_intents", data=COFFEE)).json()["id"]
        path = f"/v1/terminal/readers/{reader}/process_payment_intent"
        await till.post(path, data={"payment_intent": id_})
        bench.approve(reader)
        told = (await till.get(f"/v1/payment_intents/{id_}?expand[]=latest_charge")).json()
        assert (told["status"], told["amount_received"]) == ("succeeded", 1250)
        charge = told["latest_charge"]
        assert charge["payment_method_details"]["card_present"]["last4"] == "0119"
        alone = (await till.get(f"/v1/charges/{charge['id']}")).json()
        assert alone == charge
        both = await till.get(
            f"/v1/terminal/readers/{reader}",
            params={"expand[0]": "action.process_payment_intent.payment_intent.latest_charge"},
        )
        named = both.json()["action"]["process_payment_intent"]["payment_intent"]
        assert named["latest_charge"] == charge


async def create_many(bench: Bench, count: int) -> list[str]:
    async with bench.client() as till:
        answers = [await till.post("/v1/payment_intents", data=COFFEE) for _ in range(count)]
    return [answer.json()["id"] for answer in answers]


@pytest.mark.parametrize(
    ("query", "shown", "has_more"),
    [
        ("", [4, 3, 2, 1, 0], False),
        ("limit=2", [4, 3], True),
        ("limit=2&starting_after={3}", [2, 1], True),
        ("limit=2&starting_after={2}", [1, 0], False),
        ("limit=2&ending_before={1}", [3, 2], True),
        ("limit=2&ending_before={2}", [4, 3], False),
    ],
)
async def test_pages(query: str, shown: list[int], has_more: bool) -> None:  # noqa: FBT001 (a table)
    bench = Bench()
    ids = await create_many(bench, 5)
    async with bench.client() as till:
        told = (await till.get("/v1/payment_intents?" + query.format(*ids))).json()
    assert (told["object"], told["url"]) == ("list", "/v1/payment_intents")
    assert [one["id"] for one in told["data"]] == [ids[index] for index in shown]
    assert told["has_more"] is has_more


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (f"created={records.CREATED_MS // 1000 + 1}", 1),
        (f"created[gte]={records.CREATED_MS // 1000 + 1}", 2),
        (f"created[lt]={records.CREATED_MS // 1000 + 1}", 1),
        ("created[gt]=999999999999999999", 0),
        ("created[lte]=999999999999999999", 3),
    ],
)
async def test_created_filters_by_whole_seconds(query: str, count: int) -> None:
    bench = Bench()
    await create_many(bench, 3)
    async with bench.client() as till:
        told = (await till.get("/v1/payment_intents?" + query)).json()
    assert len(told["data"]) == count


@pytest.mark.parametrize(
    ("path", "param"),
    [
        ("/v1/payment_intents/pi_nope", "intent"),
        ("/v1/payment_intents?starting_after=pi_nope", "starting_after"),
        ("/v1/payment_intents?ending_before=pi_nope", "ending_before"),
        ("/v1/charges/ch_nope", "charge"),
        ("/v1/charges/att_posd_1", "charge"),
        ("/v1/terminal/readers/tmr_nope", "reader"),
        ("/v1/terminal/readers?starting_after=tmr_nope", "starting_after"),
    ],
)
async def test_what_does_not_exist_is_missing(path: str, param: str) -> None:
    async with Bench().client() as till:
        answer = await till.get(path)
    assert answer.status_code == 404
    error = answer.json()["error"]
    assert (error["code"], error["param"]) == ("resource_missing", param)


async def test_a_running_attempt_has_no_charge() -> None:
    bench = Bench()
    reader = await bench.reader()
    async with bench.client() as till:
        id_ = (await till.post("/v1/payment_intents", data=COFFEE)).json()["id"]
        path = f"/v1/terminal/readers/{reader}/process_payment_intent"
        await till.post(path, data={"payment_intent": id_})
        attempt = bench.store.known_readers[reader].attempt
        assert attempt is not None
        answer = await till.get(f"/v1/charges/{attempt.replace('att_', 'ch_')}")
    assert answer.status_code == 404


async def test_update_and_cancel() -> None:
    bench = Bench()
    async with bench.client() as till:
        made = (
            await till.post("/v1/payment_intents", data={"amount": "100", "currency": "eur"})
        ).json()
        path = f"/v1/payment_intents/{made['id']}"
        asked = {"amount": "200", "description": "", "metadata[a]": "1", "metadata[b]": ""}
        await till.post(path, data=asked)
        await till.post(path, data={"metadata": ""})
        await till.post(path)
        canceled = (
            await till.post(f"{path}/cancel", data={"cancellation_reason": "duplicate"})
        ).json()
        wrong = await till.post(f"{path}/cancel", data={"cancellation_reason": "bored"})
        unknown = await till.post(path, data={"currency": "usd"})
    assert bench.payments.changes == [
        Change(200, "", {"a": "1", "b": ""}),
        Change(metadata=None),
        Change(),
    ]
    assert (canceled["status"], canceled["cancellation_reason"]) == ("canceled", "duplicate")
    assert canceled["canceled_at"] == records.ENDED_MS // 1000
    assert wrong.json()["error"]["param"] == "cancellation_reason"
    assert unknown.json()["error"]["code"] == "parameter_unknown"


@pytest.mark.parametrize(
    ("asked", "amount"),
    [
        ({}, None),
        ({"amount_to_capture": "900"}, 900),
        ({"amount_to_capture": "900", "final_capture": "true"}, 900),
    ],
)
async def test_a_capture_takes_all_or_a_part(asked: dict[str, str], amount: int | None) -> None:
    bench = Bench()
    async with bench.client() as till:
        id_ = (await till.post("/v1/payment_intents", data=COFFEE)).json()["id"]
        told = await till.post(f"/v1/payment_intents/{id_}/capture", data=asked)
    assert (told.json()["id"], told.json()["status"]) == (id_, "succeeded")
    assert bench.payments.captured == [amount]


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"amount_to_capture": "0"}, "amount_to_capture"),
        ({"amount_to_capture": "9.00"}, "amount_to_capture"),
        ({"final_capture": "false"}, "final_capture"),
        ({"application_fee_amount": "10"}, "application_fee_amount"),
    ],
)
async def test_what_a_capture_cannot_do_is_refused(asked: dict[str, str], param: str) -> None:
    bench = Bench()
    async with bench.client() as till:
        id_ = (await till.post("/v1/payment_intents", data=COFFEE)).json()["id"]
        told = await till.post(f"/v1/payment_intents/{id_}/capture", data=asked)
    assert (told.status_code, told.json()["error"]["param"]) == (400, param)
    assert bench.payments.captured == []
