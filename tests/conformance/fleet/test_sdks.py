"""Stripe's fleet through each official SDK, unmodified: one script for posd and for Stripe."""

from typing import Final
from urllib.parse import urlencode

import pytest

from posd.upstream.terminal import HARDWARE_VERSION
from tests.conformance.fleet import values
from tests.conformance.sdks import RAW, Json, SdkError
from tests.conformance.till import Till, unheard_of
from tests.stripe_shapes import shapes

LOCATIONS: Final = "terminal.locations"
READERS: Final = "terminal.readers"
CONFIGURATIONS: Final = "terminal.configurations"
TOKENS: Final = "terminal.connection_tokens.create"
WPE: Final = "simulated_wisepos_e"
HARDWARE: Final = "/v1/terminal/hardware_"
HELPERS: Final = "/v1/test_helpers/terminal/hardware_orders"


def of_shape(told: Json) -> Json:
    """An object of Stripe's, as Stripe describes it, where the machine has the description."""
    described = shapes()
    if described is not None:
        kind = "deleted_" if told.get("deleted") else ""
        assert described.faults(told, f"{kind}{told['object']}") == []
    return told


def made(office: Till, **more: object) -> Json:
    """A location in Vienna."""
    asked = {"display_name": "Corner", "address": dict(values.VIENNA), **more}
    return of_shape(office.call(f"{LOCATIONS}.create", asked))


def registered(office: Till, location: str, **more: object) -> Json:
    """A simulated WisePOS E."""
    asked = {"registration_code": "simulated-wpe", "location": location, **more}
    return of_shape(office.call(f"{READERS}.create", asked))


def error_of(office: Till, method: str, *arguments: str | Json) -> tuple[object, ...]:
    """Class, status, code and param of the error, without what only posd has a code for."""
    with pytest.raises(SdkError) as raised:
        office.call(method, *arguments)
    error = raised.value
    own = error.code == "parameter_invalid"
    return error.kind, error.status, None if own else error.code, error.param


def ids(listed: list[Json]) -> list[str]:
    return [one["id"] for one in listed]


def test_a_location_from_its_making_to_its_end(office: Till) -> None:
    shop = made(office, phone="+43 1 234", metadata={"branch": "17", "0": "a key"})
    assert (shop["address"]["city"], shop["phone"]) == ("Wien", "+43 1 234")
    assert office.call(f"{LOCATIONS}.retrieve", shop["id"]) == shop
    change = {"display_name": "Old", "phone": "", "metadata": {"0": "", "lane": "2"}}
    changed = of_shape(office.call(f"{LOCATIONS}.update", shop["id"], change))
    assert (changed["display_name"], "phone" in changed) == ("Old", False)
    assert changed["metadata"] == {"branch": "17", "lane": "2"}
    cleared = office.call(f"{LOCATIONS}.update", shop["id"], {"metadata": ""})
    assert (cleared["metadata"], cleared["display_name"]) == ({}, "Old")
    stub = {"id": shop["id"], "object": "terminal.location", "deleted": True}
    assert of_shape(office.call(f"{LOCATIONS}.delete", shop["id"])) == stub
    assert office.call(f"{LOCATIONS}.retrieve", shop["id"]) == stub
    assert office.call(f"{LOCATIONS}.update", shop["id"], change) == stub


def test_locations_page_forwards_backwards_and_by_themselves(office: Till) -> None:
    shops = [made(office)["id"] for _ in range(4)][::-1]
    first = office.call(f"{LOCATIONS}.list", {"limit": 2})
    assert (ids(first["data"]), first["has_more"]) == (shops[:2], True)
    after = office.call(f"{LOCATIONS}.list", {"limit": 2, "starting_after": shops[1]})
    assert ids(after["data"]) == shops[2:]
    before = office.call(f"{LOCATIONS}.list", {"limit": 2, "ending_before": shops[2]})
    assert (ids(before["data"]), before["has_more"]) == (shops[:2], False)
    everything = ids(office.every(f"{LOCATIONS}.list", {"limit": 3}))
    assert everything[:4] == shops
    assert len(everything) == len(set(everything)), "none is on two pages"


def test_a_reader_from_its_registration_to_its_end(office: Till) -> None:
    shop = made(office)
    asked = {"label": "Window", "metadata": {"lane": "1"}, "expand": ["location"]}
    reader = registered(office, shop["id"], **asked)
    assert reader["location"] == shop
    assert (reader["device_type"], reader["label"], reader["status"]) == (WPE, "Window", "online")
    told = office.call(f"{READERS}.retrieve", reader["id"])
    assert (told["location"], told["metadata"]) == (shop["id"], {"lane": "1"})
    expanded = office.call(f"{READERS}.retrieve", reader["id"], {"expand": ["location"]})
    assert expanded["location"] == shop
    change = {"label": "", "metadata": {"lane": "", "desk": "3"}}
    changed = of_shape(office.call(f"{READERS}.update", reader["id"], change))
    assert (changed["label"], changed["metadata"]) == (reader["serial_number"], {"desk": "3"})
    stub = of_shape(office.call(f"{READERS}.delete", reader["id"]))
    assert (stub["deleted"], stub["serial_number"]) == (True, reader["serial_number"])
    assert office.call(f"{READERS}.retrieve", reader["id"]) == stub


def test_readers_are_listed_and_filtered(office: Till) -> None:
    here, there = (made(office)["id"] for _ in range(2))
    readers = [registered(office, here) for _ in range(3)][::-1]
    other = registered(office, there, registration_code="simulated-s700")
    assert ids(office.every(f"{READERS}.list", {"location": here, "limit": 2})) == ids(readers)
    newest = {"location": here, "limit": 1, "expand": ["data.location"]}
    (shown,) = office.call(f"{READERS}.list", newest)["data"]
    assert (shown["id"], shown["location"]["id"]) == (readers[0]["id"], here)
    numbered = {"serial_number": readers[1]["serial_number"], "status": "online"}
    assert ids(office.every(f"{READERS}.list", numbered)) == [readers[1]["id"]]
    kind = {"location": there, "device_type": other["device_type"]}
    assert ids(office.every(f"{READERS}.list", kind)) == [other["id"]]
    assert office.every(f"{READERS}.list", {"location": there, "device_type": WPE}) == []


def test_a_configuration_from_its_making_to_its_end(office: Till) -> None:
    window = {"start_hour": 22, "end_hour": 4}
    asked = {"name": "Stand", "reboot_window": window, "offline": {"enabled": True}}
    made_of = of_shape(office.call(f"{CONFIGURATIONS}.create", asked))
    assert (made_of["is_account_default"], made_of["reboot_window"]) == (False, window)
    assert office.call(f"{CONFIGURATIONS}.retrieve", made_of["id"]) == made_of
    tips = {"eur": {"percentages": [5, 10, 15], "smart_tip_threshold": 500}}
    change = {"offline": "", "tipping": tips}
    changed = of_shape(office.call(f"{CONFIGURATIONS}.update", made_of["id"], change))
    assert ("offline" in changed, changed["tipping"]["eur"]["percentages"]) == (False, [5, 10, 15])
    shop = made(office, configuration_overrides=made_of["id"])
    assert shop["configuration_overrides"] == made_of["id"]
    newest = office.call(f"{CONFIGURATIONS}.list", {"is_account_default": False, "limit": 1})
    assert ids(newest["data"]) == [made_of["id"]]
    assert error_of(office, f"{CONFIGURATIONS}.delete", made_of["id"])[:2] == (
        "InvalidRequestError",
        400,
    )
    office.call(f"{LOCATIONS}.update", shop["id"], {"configuration_overrides": ""})
    stub = of_shape(office.call(f"{CONFIGURATIONS}.delete", made_of["id"]))
    assert office.call(f"{CONFIGURATIONS}.retrieve", made_of["id"]) == stub


def test_a_connection_token_is_a_secret_and_its_scope(office: Till) -> None:
    shop = made(office)["id"]
    token = of_shape(office.call(TOKENS, {"location": shop}))
    assert token["secret"].startswith("pst_test_")
    assert token["location"] == shop


@pytest.mark.parametrize(
    ("method", "arguments", "told"),
    [
        (f"{LOCATIONS}.retrieve", ("tml_nope",), (404, "resource_missing")),
        (f"{READERS}.retrieve", ("tmr_nope",), (404, "resource_missing")),
        (f"{CONFIGURATIONS}.update", ("tmc_nope", {"name": "x"}), (404, "resource_missing")),
        (f"{LOCATIONS}.create", ({"display_name": "x"},), (400, "parameter_missing", "address")),
        (f"{LOCATIONS}.list", ({"limit": 0},), (400, "parameter_invalid_integer", "limit")),
        (f"{LOCATIONS}.list", ({"colour": "red"},), (400, "parameter_unknown", "colour")),
        (
            f"{LOCATIONS}.list",
            ({"starting_after": "tml_nope"},),
            (404, "resource_missing", "starting_after"),
        ),
        (f"{READERS}.list", ({"expand": ["data.owner"]},), (400, None, "expand[0]")),
        (
            f"{READERS}.create",
            ({"registration_code": "simulated-wpe", "location": "tml_nope"},),
            (404, "resource_missing", "location"),
        ),
        (
            f"{CONFIGURATIONS}.create",
            ({"reboot_window": {"start_hour": 3, "end_hour": 3}},),
            (400, None, "reboot_window[end_hour]"),
        ),
    ],
)
def test_an_error_is_of_the_same_class_and_names_the_same(
    office: Till, method: str, arguments: tuple[str | Json, ...], told: tuple[object, ...]
) -> None:
    kind, *error = error_of(office, method, *arguments)
    assert (kind, *error[: len(told)]) == ("InvalidRequestError", *told)


def test_a_key_used_again_makes_no_second_location(office: Till) -> None:
    key = unheard_of()
    asked = {"display_name": "Corner", "address": dict(values.VIENNA)}
    first = office.answer(f"{LOCATIONS}.create", asked, key=key)
    again = office.answer(f"{LOCATIONS}.create", asked, key=key)
    assert (first.replayed, again.replayed) == (False, True)
    assert again.body == first.body
    with pytest.raises(SdkError) as raised:
        office.answer(f"{LOCATIONS}.create", {**asked, "display_name": "Another"}, key=key)
    assert (raised.value.kind, raised.value.status) == ("IdempotencyError", 400)


def test_hardware_is_ordered_by_raw_requests(office: Till) -> None:
    def raw(method: str, path: str, form: Json | None = None, **query: str) -> Json:
        target = f"{path}?{urlencode(query)}" if query else path
        return office.answer(RAW, method, target, form or {}, version=HARDWARE_VERSION).body

    (product,) = raw("get", f"{HARDWARE}products", status="available", limit="1")["data"]
    assert of_shape(raw("get", f"{HARDWARE}products/{product['id']}")) == product
    (sku,) = raw("get", f"{HARDWARE}skus", country="DE", product=product["id"])["data"]
    assert of_shape(raw("get", f"{HARDWARE}skus/{sku['id']}")) == sku
    (way,) = raw("get", f"{HARDWARE}shipping_methods", country="DE", name="express")["data"]
    assert of_shape(raw("get", f"{HARDWARE}shipping_methods/{way['id']}")) == way
    wish = {
        "hardware_order_items": [{"terminal_hardware_sku": sku["id"], "quantity": 2}],
        "payment_type": "monthly_invoice",
        "shipping": values.RECIPIENT,
        "shipping_method": way["id"],
    }
    order = of_shape(raw("post", f"{HARDWARE}orders", wish))
    assert (order["status"], order["shipping"]["name"]) == ("pending", "Erika Mustermann")
    assert raw("get", f"{HARDWARE}orders", limit="1")["data"] == [order]
    for step, status in (("mark_ready_to_ship", "ready_to_ship"), ("ship", "shipped")):
        moved = of_shape(raw("post", f"{HELPERS}/{order['id']}/{step}"))
        assert moved["status"] == status
    assert raw("get", f"{HARDWARE}orders/{order['id']}")["shipment_tracking"]
    with pytest.raises(SdkError) as raised:
        raw("post", f"{HARDWARE}orders/{order['id']}/cancel")
    assert (raised.value.kind, raised.value.status) == ("InvalidRequestError", 400)
