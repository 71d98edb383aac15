import asyncio
from base64 import b64encode

import httpx2
import pytest

from posd_simulator.cloud.exchange import API_VERSION
from posd_simulator.cloud.rules.idempotency import KEPT_MS
from tests.simulation.loop import virtually
from tests.unit.simulator.cloud.stage import (
    CONFIGURATIONS,
    LOCATIONS,
    READERS,
    REPORT,
    REPORT_PATH,
    Clock,
    stage,
    told,
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


async def test_an_account_sees_nothing_of_anothers_fleet() -> None:
    async with stage() as on:
        here = (await on.till.located())["id"]
        reader = (await on.till.registered(here))["id"]
        configuration = (await on.till.post(CONFIGURATIONS, {"name": "Shop"})).json()["id"]
        strangers = [on.till.holding("sk_test_2"), on.till.holding("sk_live_2")]
        for path in (
            f"{LOCATIONS}/{here}",
            f"{READERS}/{reader}",
            f"{CONFIGURATIONS}/{configuration}",
        ):
            for stranger in strangers:
                assert told(await stranger.get(path))[::2] == (404, "resource_missing")
                assert told(await stranger.post(path))[0] == 404
                assert told(await stranger.delete(path))[0] == 404
                listed = (await stranger.get(path.rpartition("/")[0])).json()["data"]
                assert path.rpartition("/")[2] not in [each["id"] for each in listed]
            assert "deleted" not in (await on.till.get(path)).json()


async def test_a_connection_token_is_fresh_each_time() -> None:
    async with stage() as on:
        first = await on.till.post("/v1/terminal/connection_tokens")
        assert first.json().keys() == {"object", "secret"}
        assert first.json()["object"] == "terminal.connection_token"
        here = (await on.till.located())["id"]
        scoped = await on.till.post("/v1/terminal/connection_tokens", {"location": here})
        assert scoped.json()["location"] == here
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


async def test_a_storm_of_refusals_says_how_long_to_wait() -> None:
    async with stage() as on:
        await on.till.script(kind="refuse", times=3, retry_after_s=2)
        answers = [await on.till.post(REPORT_PATH, REPORT, key="K") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [429, 429, 429, 200]
        assert [answer.headers.get("retry-after") for answer in answers] == ["2", "2", "2", None]


async def test_a_reset_connection_has_done_nothing() -> None:
    async with stage() as on:
        await on.till.script(kind="reset")
        with pytest.raises(httpx2.RemoteProtocolError):
            await on.till.post(REPORT_PATH, REPORT, key="K")
        state = await on.till.state()
        assert (state["accounts"], state["requests"][0]["status"]) == ([], None)
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

    assert virtually(scene()) == (200, 3600.0)
