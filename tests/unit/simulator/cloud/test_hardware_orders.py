"""Hardware orders: previewed, made, moved on, canceled, told as events."""

from typing import Any

import pytest

from posd.stripe_wire.form import Value
from posd_simulator.cloud.rules.hardware_orders import LEGAL, OrderStatus
from tests.unit.simulator.cloud.hardware import HELPERS, METHODS, ORDERS, PRODUCTS, Buyer
from tests.unit.simulator.cloud.stage import READERS, stage, told

HELPER_OF = {
    "ready_to_ship": "mark_ready_to_ship",
    "shipped": "ship",
    "delivered": "deliver",
    "undeliverable": "mark_undeliverable",
}
STEPS_TO: dict[str, tuple[str, ...]] = {
    "pending": (),
    "ready_to_ship": ("mark_ready_to_ship",),
    "shipped": ("mark_ready_to_ship", "ship"),
    "delivered": ("mark_ready_to_ship", "ship", "deliver"),
    "undeliverable": ("mark_ready_to_ship", "ship", "mark_undeliverable"),
}
MOVES = {
    ("pending", "ready_to_ship"),
    ("pending", "canceled"),
    ("ready_to_ship", "shipped"),
    ("shipped", "delivered"),
    ("shipped", "undeliverable"),
}

WRONG: list[tuple[dict[str, Any], str | None, str]] = [
    # where, what instead; code; param
    ({"payment_type": "none"}, None, "payment_type"),
    ({"hardware_order_items": ""}, None, "hardware_order_items"),
    ({"shipping_method": "thsm_0"}, "resource_missing", "shipping_method"),
    ({"po_number": "1234567890123456"}, None, "po_number"),
    ({"confirm": "true"}, "parameter_unknown", "confirm"),
]
WRONG_ITEM: list[tuple[dict[str, Any], str | None, str]] = [
    ({"quantity": 0}, "parameter_invalid_integer", "quantity"),
    ({"quantity": 501}, None, "quantity"),
    ({"terminal_hardware_sku": "thsku_0"}, "resource_missing", "terminal_hardware_sku"),
    ({"colour": "red"}, "parameter_unknown", "colour"),
]
WRONG_SHIPPING: list[tuple[dict[str, Any], str | None, str]] = [
    ({"name": "Al"}, None, "name"),
    ({"name": "Bartholomaeusina X"}, None, "name"),
    ({"name": "A Blumenberg-Kesselringer"}, None, "name"),
    ({"email": "nobody"}, None, "email"),
    ({"phone": "+49401234567890"}, None, "phone"),
    ({"company": "AB"}, None, "company"),
]
WRONG_ADDRESS: list[tuple[dict[str, Any], str | None, str]] = [
    ({"line1": "Nr"}, None, "line1"),
    ({"line1": "x" * 41}, None, "line1"),
    ({"line1": "PO Box 12"}, None, "line1"),
    ({"line2": "P.O. Box 12"}, None, "line2"),
    ({"line1": "Postfach 12"}, None, "line1"),
    ({"city": "x" * 36}, None, "city"),
    ({"postal_code": "12345678901"}, None, "postal_code"),
    ({"country": "GERMANY"}, None, "country"),
    ({"country": "US"}, None, "state"),
    ({"country": "US", "state": "ca"}, None, "state"),
]


ORDER: dict[str, Any] = {
    # 2 x 249.00 and 9.00 shipping, 19 % of 507.00 is 96.33
    "object": "terminal.hardware_order",
    "amount": 60333,
    "created": 1_800_000_000,
    "currency": "eur",
    "livemode": False,
    "metadata": {"a": "b"},
    "payment_type": "monthly_invoice",
    "po_number": "PO-7",
    "shipment_tracking": [],
    "shipping": {
        "address": {
            "city": "Hamburg",
            "country": "DE",
            "line1": "Lange Reihe 1",
            "line2": None,
            "postal_code": "20099",
            "state": None,
        },
        "amount": 900,
        "company": None,
        "currency": "eur",
        "email": "shop@example.com",
        "name": "Erika Mustermann",
        "phone": "+494012345",
    },
    "status": "pending",
    "tax": 9633,
    "total_tax_amounts": [
        {
            "amount": 9633,
            "inclusive": False,
            "rate": {"display_name": "VAT", "jurisdiction": "Germany", "percentage": 19.0},
        }
    ],
    "updated": None,
}
"""Two WisePOS E to Hamburg; what has an id is left out."""


async def test_an_order_is_told_with_its_price_and_tax() -> None:
    async with stage() as on:
        buyer = Buyer(on)
        wish = await buyer.wish("bbpos_wisepos_e", 2)
        answer = await buyer.post(ORDERS, {**wish, "po_number": "PO-7", "metadata": {"a": "b"}})
        order = answer.json()
        (item,) = order["hardware_order_items"]
        assert order == {
            **ORDER,
            "id": order["id"],
            "hardware_order_items": [item],
            "shipping_method": wish["shipping_method"],
        }
        assert item == {
            "amount": 49800,
            "currency": "eur",
            "quantity": 2,
            "terminal_hardware_sku": {
                "id": wish["hardware_order_items"][0]["terminal_hardware_sku"],
                "amount": 24900,
                "country": "DE",
                "currency": "eur",
                "product": item["terminal_hardware_sku"]["product"],
            },
        }
        assert (await buyer.get(f"{ORDERS}/{order['id']}")).json() == order
        expanded = await buyer.get(f"{ORDERS}/{order['id']}", {"expand": ["shipping_method"]})
        assert expanded.json()["shipping_method"]["name"] == "standard"


@pytest.mark.parametrize(
    ("state", "tax", "amount"),
    # 2 x 376.00 and 9.00 shipping; 7.25 % of 761.00 is 55.1725; Oregon takes nothing
    [("CA", 5517, 81617), ("OR", 0, 76100)],
)
async def test_the_tax_is_the_destinations(state: str, tax: int, amount: int) -> None:
    async with stage() as on:
        buyer = Buyer(on)
        wish = await buyer.wish()
        sku = await buyer.sku("stripe_s700", "US")
        wish["shipping"]["address"].update(country="US", state=state)
        wish["hardware_order_items"] = [{"terminal_hardware_sku": sku, "quantity": 2}]
        wish["shipping_method"] = await buyer.method(country="US")
        order = (await buyer.post(ORDERS, wish)).json()
        assert (order["tax"], order["amount"], order["currency"]) == (tax, amount, "usd")
        assert len(order["total_tax_amounts"]) == (1 if tax else 0)


async def test_a_preview_is_the_order_and_orders_nothing() -> None:
    async with stage() as on:
        buyer = Buyer(on)
        wish = await buyer.wish()
        seen = (await buyer.get(f"{ORDERS}/preview", wish)).json()
        order = (await buyer.post(ORDERS, wish)).json()
        assert {**seen, "id": ""} == {**order, "id": ""}
        assert await buyer.listed(ORDERS) == [order]
        assert told(await buyer.get(f"{ORDERS}/{seen['id']}"))[0] == 404
        wish["shipping"]["address"]["line1"] = "PO Box 1"
        refused = await buyer.get(f"{ORDERS}/preview", wish)
        assert told(refused)[3] == "shipping[address][line1]"


@pytest.mark.parametrize(("instead", "code", "param"), WRONG)
async def test_what_is_wrong_with_an_order_is_named(
    instead: dict[str, Value], code: str | None, param: str
) -> None:
    async with stage() as on:
        buyer = Buyer(on)
        answer = await buyer.post(ORDERS, {**await buyer.wish(), **instead})
        assert told(answer)[1:] == ("invalid_request_error", code, param)
        assert await buyer.listed(ORDERS) == []


@pytest.mark.parametrize(("instead", "code", "param"), WRONG_ITEM)
async def test_what_is_wrong_with_an_item_is_named(
    instead: dict[str, Value], code: str | None, param: str
) -> None:
    async with stage() as on:
        buyer = Buyer(on)
        wish = await buyer.wish()
        wish["hardware_order_items"][0].update(instead)
        answer = await buyer.post(ORDERS, wish)
        assert told(answer)[2:] == (code, f"hardware_order_items[0][{param}]")


async def test_an_item_is_what_is_sold_there_and_as_many_as_there_are() -> None:
    async with stage() as on:
        buyer = Buyer(on)
        param = "hardware_order_items[0][terminal_hardware_sku]"
        for sku in (
            await buyer.sku("stripe_s700", "AT"),
            await buyer.sku("verifone_p400", status="unavailable"),
        ):
            wish = await buyer.wish()
            wish["hardware_order_items"][0]["terminal_hardware_sku"] = sku
            assert told(await buyer.post(ORDERS, wish))[3] == param
        for quantity, status in ((10_000, 200), (10_001, 400)):
            wish = await buyer.wish("stripe_s700_hub", quantity)
            assert (await buyer.post(ORDERS, wish)).status_code == status


@pytest.mark.parametrize(("instead", "code", "param"), WRONG_SHIPPING)
async def test_what_is_wrong_with_the_shipping_is_named(
    instead: dict[str, Value], code: str | None, param: str
) -> None:
    async with stage() as on:
        buyer = Buyer(on)
        wish = await buyer.wish()
        wish["shipping"].update(instead)
        assert told(await buyer.post(ORDERS, wish))[2:] == (code, f"shipping[{param}]")


@pytest.mark.parametrize(("instead", "code", "param"), WRONG_ADDRESS)
async def test_what_is_wrong_with_the_address_is_named(
    instead: dict[str, Value], code: str | None, param: str
) -> None:
    async with stage() as on:
        buyer = Buyer(on)
        wish = await buyer.wish()
        wish["shipping"]["address"].update(instead)
        assert told(await buyer.post(ORDERS, wish))[2:] == (code, f"shipping[address][{param}]")


async def test_a_shipping_method_goes_to_its_own_country() -> None:
    async with stage() as on:
        buyer = Buyer(on)
        answer = await buyer.post(
            ORDERS, {**await buyer.wish(), "shipping_method": await buyer.method(country="AT")}
        )
        assert told(answer)[3] == "shipping_method"


def test_the_moves_are_those_of_the_guide() -> None:
    assert {(old.value, new.value) for old in LEGAL for new in LEGAL[old]} == MOVES
    assert set(LEGAL) == set(OrderStatus)


@pytest.mark.parametrize("start", STEPS_TO)
@pytest.mark.parametrize("end", [*HELPER_OF, "canceled"])
async def test_an_order_goes_one_step_at_a_time(start: str, end: str) -> None:
    async with stage() as on:
        buyer = Buyer(on)
        order = (await buyer.ordered())["id"]
        if STEPS_TO[start]:
            await buyer.helped(order, *STEPS_TO[start])
        if end == "canceled":
            answer = await buyer.post(f"{ORDERS}/{order}/cancel")
        else:
            answer = await buyer.helped(order, HELPER_OF[end])
        if (start, end) in MOVES:
            assert answer.json()["status"] == end
        else:
            assert told(answer)[:2] == (400, "invalid_request_error")
            assert (await buyer.get(f"{ORDERS}/{order}")).json()["status"] == start


async def test_a_shipped_order_has_a_tracking_number() -> None:
    async with stage() as on:
        buyer = Buyer(on)
        order = (await buyer.ordered())["id"]
        assert (await buyer.helped(order, "mark_ready_to_ship")).json()["shipment_tracking"] == []
        shipped = (await buyer.helped(order, "ship")).json()
        (tracking,) = shipped["shipment_tracking"]
        assert tracking["carrier"] == "dhl"
        assert tracking["tracking_number"].startswith("1Z")
        assert shipped["updated"] == 1_800_000_000
        assert (await buyer.helped(order, "deliver")).json()["shipment_tracking"] == [tracking]


async def test_live_mode_has_no_helpers() -> None:
    async with stage() as on:
        buyer = Buyer(on, on.till.holding("sk_live_1"))
        order = (await buyer.ordered())["id"]
        refused = await buyer.post(f"{HELPERS}/{order}/ship")
        assert told(refused)[::2] == (400, "livemode_mismatch")


async def test_the_list_is_filtered_by_status() -> None:
    async with stage() as on:
        buyer = Buyer(on)
        first, second = [(await buyer.ordered())["id"] for _ in range(2)]
        await buyer.post(f"{ORDERS}/{first}/cancel")
        assert [row["id"] for row in await buyer.listed(ORDERS)] == [second, first]
        assert [row["id"] for row in await buyer.listed(ORDERS, status="canceled")] == [first]
        assert told(await buyer.get(ORDERS, {"status": "draft"}))[3] == "status"


async def test_an_order_is_placed_once_under_its_key() -> None:
    async with stage() as on:
        buyer = Buyer(on)
        wish = await buyer.wish()
        first = await buyer.post(ORDERS, wish, key="K")
        again = await buyer.post(ORDERS, wish, key="K")
        assert again.content == first.content
        assert again.headers["idempotent-replayed"] == "true"
        assert len(await buyer.listed(ORDERS)) == 1


async def test_the_readers_in_a_parcel_show_pairing_codes() -> None:
    async with stage() as on:
        buyer = Buyer(on)
        wish = await buyer.wish("stripe_s700", 2)
        hub = {"terminal_hardware_sku": await buyer.sku("stripe_s700_hub"), "quantity": 1}
        wish["hardware_order_items"].append(hub)
        order = (await buyer.post(ORDERS, wish)).json()["id"]
        await buyer.helped(order, "mark_ready_to_ship", "ship")
        assert on.cloud.ledger.devices == {}
        await buyer.helped(order, "deliver")
        devices = on.cloud.ledger.devices.values()
        assert [device.device_type for device in devices] == ["stripe_s700", "stripe_s700"]
        here = (await on.till.located())["id"]
        for device in list(devices):
            assert device.registration_code is not None
            reader = await on.till.registered(here, registration_code=device.registration_code)
            assert reader["serial_number"] == device.serial_number
        assert len((await on.till.get(READERS)).json()["data"]) == 2


async def test_products_and_methods_are_the_same_everywhere() -> None:
    async with stage() as on:
        mine, theirs = Buyer(on), Buyer(on, on.till.holding("sk_live_2"))
        assert await mine.listed(PRODUCTS) == await theirs.listed(PRODUCTS)
        assert await mine.listed(METHODS, country="FR") == await theirs.listed(
            METHODS, country="FR"
        )
