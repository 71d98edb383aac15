"""Every method of the fleet's resources through the official SDK, hardware by raw requests."""

from typing import Any

import pytest
import stripe

from tests.unit.simulator.cloud.hardware import HELPERS, METHODS, ORDERS, PREVIEW, PRODUCTS, SKUS
from tests.unit.simulator.cloud.process import Simulator

ADDRESS: Any = {
    "country": "DE",
    "line1": "Lange Reihe 1",
    "city": "Hamburg",
    "postal_code": "20099",
}
HAMBURG: Any = {"display_name": "Hamburg", "address": ADDRESS}


def hamburg(**changes: object) -> Any:  # noqa: ANN401 (what the SDK's own types would say)
    """A location, but for what is said."""
    return {**HAMBURG, **changes}


class Raw:
    """Calls that the SDK has no methods for."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self._client = client

    def __call__(self, method: str, path: str, **params: Any) -> dict[str, Any]:
        version = PREVIEW["Stripe-Version"]
        answer = self._client.raw_request(method, path, stripe_version=version, **params)
        told: dict[str, Any] = answer.data
        return told


def test_locations(simulator: Simulator) -> None:
    locations = simulator.client().v1.terminal.locations
    made = locations.create(hamburg(metadata={"region": "north"}))
    assert isinstance(made, stripe.terminal.Location)
    assert locations.retrieve(made.id) == made
    changed = locations.update(made.id, {"address": {"country": "DE", "line1": "Weg 2"}})
    assert isinstance(changed, stripe.terminal.Location)
    assert (changed.address.line1, changed.address.city) == ("Weg 2", "Hamburg")
    more = [locations.create(HAMBURG).id for _ in range(4)]
    page = locations.list({"limit": 2})
    assert [each.id for each in page.auto_paging_iter()] == [*more[::-1], made.id]
    assert locations.delete(made.id).deleted is True
    assert getattr(locations.retrieve(made.id), "deleted", False) is True
    with pytest.raises(stripe.InvalidRequestError) as refused:
        locations.create(hamburg(address={"country": "DE", "line1": "x"}))
    assert (refused.value.code, refused.value.param) == ("parameter_missing", "address[city]")


def test_readers(simulator: Simulator) -> None:
    terminal = simulator.client().v1.terminal
    here = terminal.locations.create(HAMBURG).id
    asked: Any = {"registration_code": "simulated-s700", "location": here, "expand": ["location"]}
    made = terminal.readers.create(asked)
    assert isinstance(made, stripe.terminal.Reader)
    assert isinstance(made.location, stripe.terminal.Location)
    assert (made.device_type, made.status, made.action) == (
        "simulated_stripe_s700",
        "online",
        None,
    )
    renamed = terminal.readers.update(made.id, {"label": "Lane 1", "metadata": {"lane": "1"}})
    assert isinstance(renamed, stripe.terminal.Reader)
    assert (renamed.label, renamed.location) == ("Lane 1", here)
    assert getattr(terminal.readers.retrieve(made.id), "label", "") == "Lane 1"
    found = terminal.readers.list({"location": here, "status": "online"}).data
    assert [each.id for each in found] == [made.id]
    gone = terminal.readers.delete(made.id)
    assert (gone.deleted, gone.object) == (True, "terminal.reader")
    assert getattr(terminal.readers.retrieve(made.id), "deleted", False) is True
    with pytest.raises(stripe.InvalidRequestError) as missing:
        terminal.readers.delete(made.id)
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")


def test_configurations(simulator: Simulator) -> None:
    terminal = simulator.client().v1.terminal
    made = terminal.configurations.create(
        {
            "name": "Shop",
            "offline": {"enabled": True},
            "reboot_window": {"start_hour": 2, "end_hour": 4},
            "tipping": {"eur": {"percentages": [5, 10, 15]}},
        }
    )
    assert isinstance(made, stripe.terminal.Configuration)
    assert made.reboot_window is not None
    assert (made.reboot_window.start_hour, made.is_account_default) == (2, False)
    here = terminal.locations.create(hamburg(configuration_overrides=made.id))
    assert here.configuration_overrides == made.id
    changed = terminal.configurations.update(made.id, {"offline": "", "name": "Kiosk"})
    assert not hasattr(changed, "offline")
    assert terminal.configurations.retrieve(made.id) == changed
    (default,) = terminal.configurations.list({"is_account_default": True}).data
    assert default.is_account_default is True
    assert [each.id for each in terminal.configurations.list().data] == [made.id, default.id]
    with pytest.raises(stripe.InvalidRequestError):
        terminal.configurations.delete(made.id)
    terminal.locations.update(here.id, {"configuration_overrides": ""})
    assert terminal.configurations.delete(made.id).deleted is True


def test_connection_tokens(simulator: Simulator) -> None:
    terminal = simulator.client().v1.terminal
    here = terminal.locations.create(HAMBURG).id
    tokens = [terminal.connection_tokens.create({"location": here}) for _ in range(2)]
    assert all(isinstance(token, stripe.terminal.ConnectionToken) for token in tokens)
    assert {token.location for token in tokens} == {here}
    assert tokens[0].secret != tokens[1].secret
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        terminal.connection_tokens.create({"location": "tml_0"})
    assert (unknown.value.code, unknown.value.param) == ("resource_missing", "location")
    path = "/v1/terminal/connection_tokens/activate"
    sdk = simulator.client(tokens[0].secret)
    assert sdk.raw_request("post", path).data["session"].startswith("pss_test_")
    with pytest.raises(stripe.InvalidRequestError, match="already been redeemed"):
        sdk.raw_request("post", path)


def test_hardware_orders_and_their_events(simulator: Simulator) -> None:
    client = simulator.client()
    raw = Raw(client)
    (product,) = [row for row in raw("get", PRODUCTS)["data"] if row["type"] == "stripe_s700"]
    assert raw("get", f"{PRODUCTS}/{product['id']}") == product
    (sku,) = raw("get", SKUS, country="DE", product=product["id"])["data"]
    assert raw("get", f"{SKUS}/{sku['id']}") == sku
    (method,) = raw("get", METHODS, country="DE", name="express")["data"]
    assert raw("get", f"{METHODS}/{method['id']}") == method
    wish: Any = {
        "hardware_order_items": [{"terminal_hardware_sku": sku["id"], "quantity": 2}],
        "payment_type": "monthly_invoice",
        "shipping": {
            "address": ADDRESS,
            "email": "shop@example.com",
            "name": "Erika Mustermann",
            "phone": "+494012345",
        },
        "shipping_method": method["id"],
        "metadata": {"posd_order": "1"},
    }
    # 2 x 349.00 and 19.00 shipping, 19 % of 717.00 is 136.23
    assert raw("get", f"{ORDERS}/preview", **wish)["amount"] == 85323
    order = raw("post", ORDERS, **wish)
    assert order["amount"] == 85323
    assert raw("get", f"{ORDERS}/{order['id']}") == order
    assert raw("get", ORDERS, status="pending")["data"] == [order]
    for step in ("mark_ready_to_ship", "ship", "deliver"):
        raw("post", f"{HELPERS}/{order['id']}/{step}")
    lost = raw("post", ORDERS, **wish)["id"]
    for step in ("mark_ready_to_ship", "ship", "mark_undeliverable"):
        raw("post", f"{HELPERS}/{lost}/{step}")
    canceled = raw("post", ORDERS, **wish)["id"]
    assert raw("post", f"{ORDERS}/{canceled}/cancel")["status"] == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        raw("post", f"{ORDERS}/{order['id']}/cancel")
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        client.raw_request("get", ORDERS)
    listed = client.v1.events.list({"limit": 100}).data
    assert len(listed) == 10
    assert client.v1.events.retrieve(listed[0].id) == listed[0]
    delivered: Any = {"types": ["terminal_hardware_order.delivered"]}
    (event,) = client.v1.events.list(delivered).data
    assert event.data.object["id"] == order["id"]


def test_the_sdks_classes_of_errors(simulator: Simulator) -> None:
    client = simulator.client("rk_test_tight")
    simulator.direct("keys", key="rk_test_tight", permissions={"terminal_location": "read"})
    assert client.v1.terminal.locations.list().data == []
    with pytest.raises(stripe.PermissionError, match="rak_terminal_location_write"):
        client.v1.terminal.locations.create(HAMBURG)
    simulator.direct("rate_limits", test_per_s=1)
    simulator.direct("clock", advance_s=1)
    assert client.v1.terminal.locations.list().data == []
    with pytest.raises(stripe.RateLimitError):
        client.v1.terminal.locations.list()
