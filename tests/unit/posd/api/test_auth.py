"""Who may ask what."""

import base64

import pytest

from posd.api.auth import Access
from posd.api.routes import ROUTES
from tests.unit.posd.api.fakes import MANAGER, OBSERVER, TILL, Bench

ACCESS = {
    ("POST", "/v1/payment_intents"): "till",
    ("GET", "/v1/payment_intents"): "observer",
    ("GET", "/v1/payment_intents/{intent}"): "observer",
    ("GET", "/v1/payment_intents/search"): "observer",
    ("POST", "/v1/payment_intents/{intent}"): "till",
    ("POST", "/v1/payment_intents/{intent}/cancel"): "till",
    ("POST", "/v1/payment_intents/{intent}/capture"): "till",
    ("GET", "/posd/v1/payments"): "till",
    ("GET", "/v1/charges/{charge}"): "observer",
    ("POST", "/v1/terminal/connection_tokens"): "till",
    ("POST", "/v1/terminal/locations"): "manager",
    ("GET", "/v1/terminal/locations"): "observer",
    ("GET", "/v1/terminal/locations/{location}"): "observer",
    ("POST", "/v1/terminal/locations/{location}"): "manager",
    ("DELETE", "/v1/terminal/locations/{location}"): "manager",
    ("POST", "/v1/terminal/configurations"): "manager",
    ("GET", "/v1/terminal/configurations"): "observer",
    ("GET", "/v1/terminal/configurations/{configuration}"): "observer",
    ("POST", "/v1/terminal/configurations/{configuration}"): "manager",
    ("DELETE", "/v1/terminal/configurations/{configuration}"): "manager",
    ("GET", "/posd/v1/readers/discovered"): "observer",
    ("GET", "/posd/v1/readers/{reader}/configuration"): "observer",
    ("POST", "/v1/terminal/readers"): "manager",
    ("GET", "/v1/terminal/readers"): "observer",
    ("GET", "/v1/terminal/readers/{reader}"): "observer",
    ("POST", "/v1/terminal/readers/{reader}/process_payment_intent"): "till",
    ("POST", "/v1/terminal/readers/{reader}/cancel_action"): "till",
    ("POST", "/v1/test_helpers/terminal/readers/{reader}/present_payment_method"): "till",
    ("POST", "/posd/v1/readers/{reader}/resolve"): "manager",
    ("POST", "/posd/v1/readers/{reader}/set_aside"): "till",
    ("POST", "/posd/v1/readers/{reader}/accept"): "manager",
    ("GET", "/posd/v1/readers/{reader}"): "observer",
    ("GET", "/posd/v1/readers/{reader}/capabilities"): "observer",
    ("POST", "/posd/v1/readers/{reader}/test"): "till",
    ("POST", "/posd/v1/readers/{reader}/diagnose"): "manager",
    ("POST", "/posd/v1/readers/{reader}/end_of_day"): "manager",
    ("GET", "/posd/v1/readers/{reader}/end_of_day"): "observer",
    ("POST", "/posd/v1/readers/{reader}/end_of_day/resolve"): "manager",
    ("GET", "/v1/events"): "observer",
    ("GET", "/v1/events/{event}"): "observer",
    ("GET", "/posd/v1/payment_intents/{intent}"): "till",
    ("GET", "/posd/v1/payment_intents/{intent}/receipts"): "till",
    ("GET", "/posd/v1/readers/{reader}/receipts"): "till",
    ("POST", "/posd/v1/readers/{reader}/reprint"): "till",
    ("POST", "/v1/refunds"): "till",
    ("GET", "/v1/refunds"): "observer",
    ("GET", "/v1/refunds/{refund}"): "observer",
    ("POST", "/v1/refunds/{refund}"): "till",
    ("POST", "/v1/terminal/readers/{reader}/refund_payment"): "till",
    ("POST", "/v1/terminal/readers/{reader}"): "manager",
    ("DELETE", "/v1/terminal/readers/{reader}"): "manager",
    ("GET", "/v1/terminal/hardware_skus"): "observer",
    ("GET", "/v1/terminal/hardware_skus/{ware}"): "observer",
    ("GET", "/v1/terminal/hardware_products"): "observer",
    ("GET", "/v1/terminal/hardware_products/{ware}"): "observer",
    ("GET", "/v1/terminal/hardware_shipping_methods"): "observer",
    ("GET", "/v1/terminal/hardware_shipping_methods/{ware}"): "observer",
    ("GET", "/v1/terminal/hardware_orders/preview"): "manager",
    ("POST", "/v1/terminal/hardware_orders"): "manager",
    ("GET", "/v1/terminal/hardware_orders"): "observer",
    ("GET", "/v1/terminal/hardware_orders/{order}"): "observer",
    ("POST", "/v1/terminal/hardware_orders/{order}/cancel"): "manager",
    ("POST", "/v1/test_helpers/terminal/hardware_orders/{order}/mark_ready_to_ship"): "manager",
    ("POST", "/v1/test_helpers/terminal/hardware_orders/{order}/ship"): "manager",
    ("POST", "/v1/test_helpers/terminal/hardware_orders/{order}/deliver"): "manager",
    ("POST", "/v1/test_helpers/terminal/hardware_orders/{order}/mark_undeliverable"): "manager",
    ("GET", "/posd/v1/hardware_orders/{order}"): "observer",
    ("POST", "/posd/v1/hardware_orders/{order}/receive"): "manager",
    ("GET", "/posd/v1/queue"): "observer",
    ("POST", "/posd/v1/queue/{effect}/retry"): "manager",
    ("POST", "/posd/v1/queue/{effect}/park"): "manager",
    ("POST", "/posd/v1/queue/{effect}/write_off"): "manager",
    ("GET", "/posd/v1/audit/{period}"): "manager",
    ("POST", "/posd/v1/audit/{period}/accept"): "manager",
    ("POST", "/posd/v1/audit/{period}/till_list"): "till",
    ("GET", "/posd/v1/refund_drafts"): "manager",
    ("POST", "/posd/v1/refund_drafts/{draft}/approve"): "manager",
    ("POST", "/posd/v1/refund_drafts/{draft}/dismiss"): "manager",
    ("GET", "/posd/v1/reconcile"): "observer",
    ("POST", "/posd/v1/reconcile/accept"): "manager",
    ("POST", "/posd/v1/reconcile/sales"): "manager",
    ("GET", "/posd/v1/events"): "observer",
    ("GET", "/posd/v1/openapi.json"): "observer",
    ("GET", "/posd/v1/support-bundle"): "manager",
    ("GET", "/posd/v1/live"): "open",
    ("GET", "/posd/v1/ready"): "open",
    ("GET", "/posd/v1/status"): "observer",
    ("GET", "/metrics"): "observer",
    ("GET", "/posd/v1/keys"): "operator",
    ("POST", "/posd/v1/keys"): "operator",
    ("POST", "/posd/v1/readers/{reader}/restart"): "manager",
    ("POST", "/posd/v1/page/code"): "operator",
    ("POST", "/posd/v1/page/reset_pin"): "operator",
}
"""The promise; `routes.ROUTES` is what is carried out."""

CALLERS = {None: Access.OPEN, OBSERVER: Access.OBSERVER, TILL: Access.TILL, MANAGER: Access.MANAGER}
PATH_IDS = {
    "event": "evt_1",
    "intent": "pi_1",
    "charge": "ch_1",
    "reader": "tmr_1",
    "refund": "re_1",
    "location": "tml_1",
    "configuration": "tmc_1",
    "order": "thor_1",
    "ware": "thsku_1",
    "effect": "att_1-report",
    "period": "2026-11-23",
    "draft": "draft_1",
}


def test_the_table_of_roles_and_routes() -> None:
    assert {(one.method, one.path): one.access.name.lower() for one in ROUTES} == ACCESS


@pytest.mark.parametrize(("method", "path"), list(ACCESS))
async def test_every_role_at_every_route(method: str, path: str) -> None:
    bench = Bench()
    bench.watch.close()  # nobody waits, and a stream ends
    needed = Access[ACCESS[method, path].upper()]
    for key, access in sorted(CALLERS.items(), key=lambda caller: caller[1]):
        async with bench.client(key) as caller:
            answer = await caller.request(method, path.format(**PATH_IDS))
        if access >= needed:
            assert answer.status_code not in (401, 403), access
            continue
        nobody = key is None and needed is not Access.OPERATOR
        assert answer.status_code == (401 if nobody else 403), access
        assert answer.json()["error"]["type"] == "invalid_request_error", access
        assert answer.headers["stripe-should-retry"] == "false", access
        assert bench.store.commits == 0, access


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (f"Bearer {TILL}", 200),
        (f"bearer  {TILL} ", 200),
        (basic(TILL + ":"), 200),
        (basic(TILL), 200),
        (basic(TILL + ":ignored"), 200),
        ("Bearer posd_test_" + "x" * 43, 401),
        ("Bearer posd_live_" + "t" * 43, 401),
        ("Bearer sk_test_123", 401),
        (f"Bearer {TILL}x", 401),
        ("Bearer " + "x" * 8_000, 401),
        ("Bearer", 401),
        ("Bearer ", 401),
        ("", 401),
        (TILL, 401),
        ("Basic not base64!", 401),
        ("Basic /////w==", 401),
        (basic(":" + TILL), 401),
        (f"Digest {TILL}", 401),
    ],
)
async def test_what_opens(header: str, status: int) -> None:
    async with Bench().client(None) as caller:
        answer = await caller.get("/v1/payment_intents", headers={"Authorization": header})
    assert answer.status_code == status
    if status == 401:
        assert answer.headers["www-authenticate"] == 'Bearer realm="posd"'
        assert TILL not in answer.text


async def test_two_authorizations_open_nothing() -> None:
    both = [("Authorization", f"Bearer {TILL}"), ("Authorization", f"Bearer {TILL}")]
    async with Bench().client(None) as caller:
        answer = await caller.get("/v1/payment_intents", headers=both)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("livemode", "key", "code"),
    [
        (True, TILL, "livemode_mismatch"),
        (False, "posd_live_" + "t" * 43, "livemode_mismatch"),
    ],
)
async def test_why_a_key_opens_nothing(livemode: bool, key: str, code: str) -> None:  # noqa: FBT001 (a table)
    async with Bench(livemode=livemode).client(key) as caller:
        answer = await caller.get("/v1/payment_intents")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == code


async def test_the_operator_makes_keys_at_the_unix_socket_only() -> None:
    bench = Bench()
    asked = {"name": "till 2", "role": "till", "lane": "2"}
    async with bench.client(None, at_socket=True) as operator:
        told = (await operator.post("/posd/v1/keys", data=asked)).json()
    assert told == {
        "id": "key_posd_1",
        "object": "posd.access_key",
        "key": "posd_test_" + "n" * 43,
        "lane": "2",
        "livemode": False,
        "name": "till 2",
        "refund_max": None,
        "role": "till",
    }
    async with bench.client(None, at_socket=True) as operator:
        known = (await operator.get("/posd/v1/keys")).json()["data"]
    assert {"id", "name", "role", "lane", "declared"} <= known[0].keys()
    assert not any("sha256" in key or "key" in key for key in known)
    async with bench.client(MANAGER) as manager:
        assert (await manager.get("/posd/v1/keys")).status_code == 403
        assert (await manager.post("/posd/v1/keys", data=asked)).status_code == 403
    async with bench.client(TILL, at_socket=True) as till:
        assert (await till.post("/posd/v1/keys", data=asked)).status_code == 403
