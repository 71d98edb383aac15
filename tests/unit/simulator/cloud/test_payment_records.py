import pytest
import stripe

from posd.stripe_wire.form import Value
from tests.unit.simulator.cloud.stage import REPORT, REPORT_PATH, START_MS, Clock, stage, told


async def test_a_reported_payment_is_shown_as_stripe_shows_it() -> None:
    async with stage() as on:
        record = await on.till.reported(
            outcome="guaranteed",
            guaranteed={"guaranteed_at": 1_799_999_995},
            customer_presence="on_session",
            description="computer software",
        )
    nothing = {"currency": "eur", "value": 0}
    everything = {"currency": "eur", "value": 1250}
    # Stripe API reference, "Report payment attempt guaranteed", the sample response.
    assert record == {
        "id": record["id"],
        "object": "payment_record",
        "amount": everything,
        "amount_authorized": everything,
        "amount_canceled": nothing,
        "amount_failed": nothing,
        "amount_guaranteed": everything,
        "amount_refunded": nothing,
        "amount_requested": everything,
        "application": None,
        "created": START_MS // 1000,
        "customer_details": None,
        "customer_presence": "on_session",
        "description": "computer software",
        "latest_payment_attempt_record": record["latest_payment_attempt_record"],
        "livemode": False,
        "metadata": {"order_id": "6735"},
        "payment_method_details": {
            "billing_details": None,
            "custom": {"display_name": "girocard", "type": None},
            "payment_method": None,
            "type": "custom",
        },
        "processor_details": {"type": "custom", "custom": {"payment_reference": "T1-17-42"}},
        "reported_by": "self",
        "shipping_details": None,
    }
    assert record["id"].startswith("pr_")
    assert record["latest_payment_attempt_record"].startswith("par_")


async def test_every_object_has_the_fields_that_the_sdk_declares() -> None:
    async with stage() as on:
        record = await on.till.reported()
        path = f"/v1/payment_attempt_records/{record['latest_payment_attempt_record']}"
        attempt = (await on.till.get(path)).json()
        account = (await on.till.get("/v1/account")).json()
    inherited = {"OBJECT_NAME"}
    assert set(record) == set(stripe.PaymentRecord.__annotations__) - inherited
    assert set(attempt) == set(stripe.PaymentAttemptRecord.__annotations__) - inherited
    assert set(account) <= set(stripe.Account.__annotations__)
    assert attempt["payment_record"] == record["id"]


async def test_a_report_without_a_reference_is_taken() -> None:
    async with stage() as on:
        record = await on.till.reported(processor_details=None)
    assert record["processor_details"] == {"type": "custom"}


async def test_details_come_back_as_reported() -> None:
    address = {"city": "Köln", "country": "DE"}
    rest = {"line1": None, "line2": None, "postal_code": None, "state": None}
    async with stage() as on:
        record = await on.till.reported(
            payment_method_details={
                "type": "custom",
                "custom": {"display_name": "girocard", "type": "cpmt_1"},
                "billing_details": {"address": address, "name": "A"},
            },
            customer_details={"name": "B"},
            shipping_details={"phone": "1"},
        )
    assert record["payment_method_details"]["custom"]["type"] == "cpmt_1"
    assert record["payment_method_details"]["billing_details"] == {
        "address": {**address, **rest},
        "email": None,
        "name": "A",
        "phone": None,
    }
    assert record["customer_details"] == {
        "customer": None,
        "email": None,
        "name": "B",
        "phone": None,
    }
    no_address = {"city": None, "country": None, **rest}
    assert record["shipping_details"] == {"address": no_address, "name": None, "phone": "1"}


@pytest.mark.parametrize("word", ["guaranteed", "failed", "canceled"])
async def test_an_outcome_is_reported_once(word: str) -> None:
    async with stage() as on:
        record = await on.till.reported()
        path = f"/v1/payment_records/{record['id']}/report_payment_attempt_{word}"
        change: dict[str, Value] = {f"{word}_at": 1, "metadata": {"order_id": "", "till": "2"}}
        answer = (await on.till.post(path, change)).json()
        assert answer[f"amount_{word}"]["value"] == 1250
        assert answer["metadata"] == {"till": "2"}
        assert told(await on.till.post(path, change))[:2] == (400, "invalid_request_error")


async def test_a_second_attempt_follows_a_failed_one() -> None:
    async with stage() as on:
        record = await on.till.reported(outcome="failed", failed={"failed_at": 1})
        path = f"/v1/payment_records/{record['id']}"
        answer = await on.till.post(f"{path}/report_payment_attempt", {"initiated_at": 2})
        again = answer.json()
        assert again["latest_payment_attempt_record"] != record["latest_payment_attempt_record"]
        assert again["payment_method_details"] == record["payment_method_details"]
        assert again["amount_failed"]["value"] == 0
        other: dict[str, Value] = {"type": "custom", "custom": {"display_name": "cash"}}
        refused = await on.till.post(
            f"{path}/report_payment_attempt", {"initiated_at": 3, "payment_method_details": other}
        )
        assert refused.status_code == 400
        listed = await on.till.get(f"/v1/payment_attempt_records?payment_record={record['id']}")
        assert [attempt["amount_failed"]["value"] for attempt in listed.json()["data"]] == [0, 1250]


async def test_informational_updates_set_and_unset() -> None:
    async with stage() as on:
        record = await on.till.reported(description="old")
        path = f"/v1/payment_records/{record['id']}/report_payment_attempt_informational"
        assert (await on.till.post(path)).json() == record
        full = await on.till.post(
            path, {"customer_details": {"name": "A"}, "shipping_details": {"name": "B"}}
        )
        assert full.json()["customer_details"]["name"] == "A"
        assert full.json()["shipping_details"]["name"] == "B"
        bare = await on.till.post(path, {"description": "", "shipping_details": "", "metadata": ""})
        assert (bare.json()["description"], bare.json()["shipping_details"]) == (None, None)
        assert bare.json()["metadata"] == {}


def refund(reference: str, **more: Value) -> dict[str, Value]:
    custom: dict[str, Value] = {"refund_reference": reference}
    details: dict[str, Value] = {"type": "custom", "custom": custom}
    return {"outcome": "refunded", "processor_details": details, **more}


async def test_refunds_are_partial_unique_and_bounded() -> None:
    async with stage() as on:
        record = await on.till.reported(outcome="guaranteed", guaranteed={"guaranteed_at": 1})
        path = f"/v1/payment_records/{record['id']}/report_refund"
        part: Value = {"currency": "eur", "value": 250}
        first = await on.till.post(
            path, refund("R1", amount=part, refunded={"refunded_at": 2}, initiated_at=1)
        )
        assert first.json()["amount_refunded"]["value"] == 250
        again = await on.till.post(path, refund("R1", amount=part))
        assert told(again)[3] == "processor_details[custom][refund_reference]"
        foreign = await on.till.post(path, refund("R2", amount={"currency": "usd", "value": 1}))
        assert told(foreign)[3] == "amount[currency]"
        too_much = await on.till.post(path, refund("R2", amount={"currency": "eur", "value": 1001}))
        assert told(too_much)[3] == "amount[value]"
        rest = await on.till.post(path, refund("R2"))
        assert rest.json()["amount_refunded"]["value"] == 1250
        assert told(await on.till.post(path, refund("R3")))[3] == "amount[value]"
        refunds = (await on.till.state())["accounts"][0]["refunds"]
        assert [(each["reference"], each["value"]) for each in refunds] == [
            ("R1", 250),
            ("R2", 1000),
        ]


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"amount_requested": None}, "parameter_missing", "amount_requested"),
        (
            {"amount_requested": {"currency": "eur"}},
            "parameter_missing",
            "amount_requested[value]",
        ),
        (
            {"amount_requested": {"currency": "eur", "value": "1.5"}},
            "parameter_invalid_integer",
            "amount_requested[value]",
        ),
        (
            {"amount_requested": {"currency": "euro", "value": 1}},
            None,
            "amount_requested[currency]",
        ),
        ({"initiated_at": None}, "parameter_missing", "initiated_at"),
        ({"payment_method_details": {"type": "card"}}, None, "payment_method_details[type]"),
        (
            {"payment_method_details": {"payment_method": "pm_1"}},
            "resource_missing",
            "payment_method_details[payment_method]",
        ),
        ({"outcome": "lost"}, None, "outcome"),
        ({"outcome": "guaranteed"}, "parameter_missing", "guaranteed"),
        ({"amount": 1250}, "parameter_unknown", "amount"),
        ({"expand": ["latest_payment_attempt_record"]}, None, "expand[0]"),
        ({"metadata": {"k" * 41: "v"}}, None, "metadata"),
        ({"customer_presence": "away"}, None, "customer_presence"),
    ],
)
async def test_bad_parameters_are_named(
    changes: dict[str, Value], code: str | None, param: str
) -> None:
    async with stage() as on:
        answer = await on.till.post(REPORT_PATH, {**REPORT, **changes})
        assert told(answer)[1:] == ("invalid_request_error", code, param)
        assert (await on.till.state())["accounts"][0]["payment_records"] == []


async def test_unknown_ids_are_missing() -> None:
    async with stage() as on:
        missing = [
            await on.till.get("/v1/payment_records/pr_0"),
            await on.till.get("/v1/payment_attempt_records/par_0"),
            await on.till.get("/v1/payment_attempt_records?payment_record=pr_0"),
            await on.till.get("/v1/payment_records?starting_after=pr_0"),
            await on.till.post(
                "/v1/payment_records/pr_0/report_payment_attempt_failed", {"failed_at": 1}
            ),
        ]
    assert [told(answer)[2:] for answer in missing] == [
        ("resource_missing", "id"),
        ("resource_missing", "id"),
        ("resource_missing", "payment_record"),
        ("resource_missing", "starting_after"),
        ("resource_missing", "id"),
    ]
    assert {answer.status_code for answer in missing} == {404}


async def test_records_are_listed_newest_first_in_pages() -> None:
    clock = Clock()
    async with stage(clock) as on:
        made = []
        for _ in range(5):
            clock.now_ms += 1000
            made.append((await on.till.reported())["id"])
        newest_first = made[::-1]

        async def page(query: str) -> tuple[list[str], bool]:
            listed = (await on.till.get(f"/v1/payment_records?{query}")).json()
            assert (listed["object"], listed["url"]) == ("list", "/v1/payment_records")
            return [record["id"] for record in listed["data"]], listed["has_more"]

        assert await page("") == (newest_first, False)
        assert await page("limit=2") == (newest_first[:2], True)
        assert await page(f"limit=2&starting_after={newest_first[1]}") == (newest_first[2:4], True)
        assert await page(f"limit=2&starting_after={newest_first[3]}") == (newest_first[4:], False)
        assert await page(f"limit=2&ending_before={newest_first[3]}") == (newest_first[1:3], True)
        assert await page(f"limit=3&ending_before={newest_first[3]}") == (newest_first[:3], False)
        second = START_MS // 1000
        assert await page(f"created_after={second + 2}&created_before={second + 3}") == (
            made[1:3][::-1],
            False,
        )
