import asyncio
from base64 import b64encode

import httpx2
import pytest
import stripe

from posd.stripe_wire.form import Value
from posd_simulator.cloud.cloud import API_VERSION
from posd_simulator.cloud.rules.idempotency import KEPT_MS
from tests.simulation.loop import run_virtually
from tests.unit.simulator.cloud.stage import REPORT, START_MS, Clock, stage

REPORT_PATH = "/v1/payment_records/report_payment"


def told(answer: httpx2.Response) -> tuple[int, str, str | None, str | None]:
    """Status, type, code and param of an error."""
    error = answer.json()["error"]
    return answer.status_code, error["type"], error.get("code"), error.get("param")


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


async def test_every_answer_is_labelled_as_stripe_labels_it() -> None:
    async with stage() as on:
        plain = await on.till.get("/v1/account")
        assert plain.headers["request-id"].startswith("req_")
        assert plain.headers["stripe-version"] == API_VERSION
        assert plain.headers["content-type"] == "application/json"
        pinned = await on.till.get("/v1/account", headers={"Stripe-Version": "2025-01-01.acacia"})
        assert pinned.headers["stripe-version"] == "2025-01-01.acacia"
        assert pinned.headers["request-id"] != plain.headers["request-id"]


async def test_unknown_routes_and_methods_answer_in_the_envelope() -> None:
    async with stage() as on:
        unknown = await on.till.get("/v1/nothing")
        assert told(unknown) == (404, "invalid_request_error", None, None)
        assert unknown.headers["request-id"].startswith("req_")
        assert told(await on.till.post("/v1/account"))[0] == 405


async def test_a_body_beyond_the_limit_is_refused_before_it_is_read() -> None:
    async with stage() as on:
        answer = await on.till.post(REPORT_PATH, {"description": "x" * 70_000})
        assert told(answer)[0] == 413


async def test_only_an_api_key_opens_the_door() -> None:
    async with stage() as on:
        for key in ("", "pk_test_1", "sk_test_", "sk_test_a b", "nonsense"):
            refused = await on.till.holding(key).get("/v1/account")
            assert told(refused)[:2] == (401, "invalid_request_error")
        for scheme in ("Digest x", "Basic !", "Basic " + b64encode(b"\xff").decode()):
            headers = {"Authorization": scheme}
            assert (await on.till.get("/v1/account", headers=headers)).status_code == 401
        user = b64encode(b"sk_test_stage:").decode()
        basic = await on.till.get("/v1/account", headers={"Authorization": f"Basic {user}"})
        assert basic.json() == (await on.till.get("/v1/account")).json()
        requests = str((await on.till.state())["requests"])
        assert "sk_test" not in requests


async def test_each_key_has_an_account_of_its_own() -> None:
    async with stage() as on:
        live = on.till.holding("rk_live_1")
        record = await live.reported()
        assert record["livemode"] is True
        assert (await on.till.get(f"/v1/payment_records/{record['id']}")).status_code == 404
        mine, theirs = [(await till.get("/v1/account")).json()["id"] for till in (on.till, live)]
        assert mine != theirs
        connected = {"Stripe-Account": "acct_connected"}
        assert (await on.till.get("/v1/account", headers=connected)).json()["id"] == (
            "acct_connected"
        )
        refused = await on.till.get("/v1/account", headers={"Stripe-Account": "someone"})
        assert told(refused)[::2] == (403, "account_invalid")


async def test_a_connection_token_is_fresh_each_time() -> None:
    async with stage() as on:
        first = await on.till.post("/v1/terminal/connection_tokens")
        assert first.json().keys() == {"object", "secret"}
        assert first.json()["object"] == "terminal.connection_token"
        scoped = await on.till.post("/v1/terminal/connection_tokens", {"location": "tml_1"})
        assert scoped.json()["location"] == "tml_1"
        assert scoped.json()["secret"] != first.json()["secret"]
        assert scoped.json()["secret"].startswith("pst_test_")
        assert (await on.till.state())["accounts"][0]["connection_tokens"] == 2


async def test_a_key_is_replayed_whatever_the_spelling() -> None:
    async with stage() as on:
        first = await on.till.post(REPORT_PATH, REPORT, key="K")
        assert first.headers["idempotency-key"] == "K"
        assert "idempotent-replayed" not in first.headers
        reordered = dict(reversed(list(REPORT.items())))
        again = await on.till.post(REPORT_PATH, reordered, key="K")
        assert again.headers["idempotent-replayed"] == "true"
        assert (again.status_code, again.content) == (200, first.content)
        other = await on.till.post(REPORT_PATH, {**REPORT, "description": "x"}, key="K")
        assert told(other)[:2] == (400, "idempotency_error")
        elsewhere = await on.till.post("/v1/terminal/connection_tokens", {}, key="K")
        assert told(elsewhere)[:2] == (400, "idempotency_error")
        stranger = await on.till.holding("sk_test_2").post(REPORT_PATH, REPORT, key="K")
        assert "idempotent-replayed" not in stranger.headers
        read = await on.till.get("/v1/account", headers={"Idempotency-Key": "K"})
        assert read.json()["object"] == "account"


async def test_a_failed_execution_is_replayed_and_a_failed_validation_is_not() -> None:
    async with stage() as on:
        path = "/v1/payment_records/pr_0/report_payment_attempt_failed"
        missing = await on.till.post(path, {"failed_at": 1}, key="K")
        again = await on.till.post(path, {"failed_at": 1}, key="K")
        assert (missing.status_code, again.headers["idempotent-replayed"]) == (404, "true")
        invalid = await on.till.post(REPORT_PATH, {}, key="L")
        assert invalid.status_code == 400
        corrected = await on.till.post(REPORT_PATH, REPORT, key="L")
        assert corrected.status_code == 200
        too_long = await on.till.post(REPORT_PATH, REPORT, key="k" * 256)
        assert too_long.status_code == 400


async def test_a_key_older_than_a_day_runs_anew() -> None:
    clock = Clock()
    async with stage(clock) as on:
        first = await on.till.post(REPORT_PATH, REPORT, key="K")
        clock.now_ms += KEPT_MS
        second = await on.till.post(REPORT_PATH, REPORT, key="K")
        assert second.json()["id"] != first.json()["id"]


async def test_a_lost_answer_was_executed_and_is_replayed() -> None:
    async with stage() as on:
        await on.till.script(kind="lost")
        with pytest.raises(httpx2.RemoteProtocolError):
            await on.till.post(REPORT_PATH, REPORT, key="K")
        replayed = await on.till.post(REPORT_PATH, REPORT, key="K")
        assert replayed.headers["idempotent-replayed"] == "true"
        state = await on.till.state()
        records = state["accounts"][0]["payment_records"]
        assert [record["id"] for record in records] == [replayed.json()["id"]]
        assert [(each["fault"], each["replayed"]) for each in state["requests"]] == [
            ("lost", False),
            (None, True),
        ]


@pytest.mark.parametrize(
    ("kind", "records"), [("error_after_commit", 1), ("error_before_commit", 0)]
)
async def test_a_kept_500_says_nothing_of_what_was_done(kind: str, records: int) -> None:
    async with stage() as on:
        await on.till.script(kind=kind)
        first = await on.till.post(REPORT_PATH, REPORT, key="K")
        again = await on.till.post(REPORT_PATH, REPORT, key="K")
        assert told(first)[:2] == told(again)[:2] == (500, "api_error")
        assert again.headers["idempotent-replayed"] == "true"
        state = await on.till.state()
        assert len(state["accounts"][0]["payment_records"]) == records


@pytest.mark.parametrize(
    ("status", "code", "error_type"),
    [
        (409, "idempotency_key_in_use", "invalid_request_error"),
        (429, "rate_limit", "invalid_request_error"),
        (503, None, "api_error"),
    ],
)
async def test_a_refusal_is_not_kept(status: int, code: str | None, error_type: str) -> None:
    async with stage() as on:
        await on.till.script(kind="refuse", status=status, code=code)
        refused = await on.till.post(REPORT_PATH, REPORT, key="K")
        assert told(refused) == (status, error_type, code, None)
        accepted = await on.till.post(REPORT_PATH, REPORT, key="K")
        assert (accepted.status_code, "idempotent-replayed" in accepted.headers) == (200, False)


async def test_a_captive_portal_answers_with_a_page() -> None:
    async with stage() as on:
        await on.till.script(kind="html")
        page = await on.till.post(REPORT_PATH, REPORT, key="K")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert (await on.till.state())["accounts"] == []


async def test_a_slow_request_holds_its_key() -> None:
    async with stage() as on:
        await on.till.script(kind="slow", delay_s=0.05)
        async with asyncio.TaskGroup() as group:
            slow = group.create_task(on.till.post(REPORT_PATH, REPORT, key="K"))
            await asyncio.sleep(0.01)
            busy = await on.till.post(REPORT_PATH, REPORT, key="K")
        assert told(busy)[::2] == (409, "idempotency_key_in_use")
        assert slow.result().status_code == 200


async def test_a_client_that_gives_up_cancels_nothing() -> None:
    async with stage() as on:
        await on.till.script(kind="slow", delay_s=0.03)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await on.till.post(REPORT_PATH, REPORT, key="K")
        await asyncio.sleep(0.05)
        assert len((await on.till.state())["accounts"][0]["payment_records"]) == 1


async def test_a_request_that_hangs_does_nothing_and_says_nothing() -> None:
    async with stage() as on:
        await on.till.script(kind="hang", path="*/report_payment")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await on.till.post(REPORT_PATH, REPORT, key="K")
        state = await on.till.state()
        assert (state["accounts"], state["requests"][0]["status"]) == ([], None)
        assert (await on.till.post(REPORT_PATH, REPORT, key="K")).status_code == 200


async def test_the_script_is_read_extended_and_cleared_over_http() -> None:
    async with (
        stage() as on,
        httpx2.AsyncClient(transport=on.transport, base_url="http://stripe") as director,
    ):
        bad = await director.post("/_sim/faults", json={"kind": "explode"})
        assert bad.status_code == 400
        added = await director.post("/_sim/faults", json={"kind": "hang", "times": 2})
        assert added.json()[0]["times"] == 2
        assert (await director.get("/_sim/faults")).json() == added.json()
        assert (await director.delete("/_sim/faults")).json() == []


def test_an_hour_of_virtual_time_is_waited_for_without_a_machine_clock() -> None:
    async def scene() -> tuple[int, float]:
        async with stage() as on:
            await on.till.script(kind="slow", delay_s=3600.0)
            async with asyncio.timeout(7200):
                answer = await on.till.post(REPORT_PATH, REPORT, key="K")
        return answer.status_code, asyncio.get_running_loop().time()

    assert run_virtually(scene) == (200, 3600.0)
