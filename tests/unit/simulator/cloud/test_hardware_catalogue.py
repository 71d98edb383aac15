"""What can be ordered: by country, by product, by status, under the preview's version only."""

import pytest

from tests.unit.simulator.cloud.hardware import METHODS, ORDERS, PRODUCTS, SKUS, Buyer
from tests.unit.simulator.cloud.stage import stage, told


@pytest.mark.parametrize("path", [SKUS, PRODUCTS, METHODS, ORDERS, f"{ORDERS}/preview"])
@pytest.mark.parametrize(
    "version",
    [
        None,
        "2026-10-28.endive",
        "2026-10-28.endive;terminal_hardware_orders_beta=v4",
        "2026-10-28.endive;terminal_hardware_orders_beta=v55",
    ],
)
async def test_only_the_previews_version_knows_it(path: str, version: str | None) -> None:
    async with stage() as on:
        headers = {} if version is None else {"Stripe-Version": version}
        refused = await on.till.get(path, headers=headers)
        assert told(refused) == (404, "invalid_request_error", None, None)


async def test_the_version_may_be_written_with_a_blank() -> None:
    async with stage() as on:
        headers = {"Stripe-Version": "2026-10-28.endive; terminal_hardware_orders_beta=v5"}
        assert (await on.till.get(PRODUCTS, headers=headers)).status_code == 200


async def test_a_sku_is_a_product_in_a_country() -> None:
    async with stage() as on:
        buyer = Buyer(on)
        sku_id = await buyer.sku("bbpos_wisepos_e")
        sku = (await buyer.get(f"{SKUS}/{sku_id}")).json()
        assert sku == {
            "id": sku_id,
            "object": "terminal.hardware_sku",
            "amount": 24900,
            "country": "DE",
            "currency": "eur",
            "orderable": 500,
            "product": sku["product"],
            "provider": "stripe",
            "status": "available",
            "unavailable_after": None,
        }
        product = (await buyer.get(f"{PRODUCTS}/{sku['product']}")).json()
        assert product == {
            "id": sku["product"],
            "object": "terminal.hardware_product",
            "status": "available",
            "type": "bbpos_wisepos_e",
            "unavailable_after": None,
        }
        expanded = await buyer.get(f"{SKUS}/{sku_id}", {"expand": ["product"]})
        assert expanded.json()["product"] == product
        assert await buyer.sku("bbpos_wisepos_e", "GB") != sku_id


async def test_what_is_no_longer_sold_is_listed_when_asked_for() -> None:
    async with stage() as on:
        buyer = Buyer(on)
        gone = [row["type"] for row in await buyer.listed(PRODUCTS, status="unavailable")]
        assert gone == ["verifone_p400"]
        sold = {row["status"] for row in await buyer.listed(SKUS, country="DE")}
        assert sold == {"available"}
        (old,) = await buyer.listed(SKUS, country="DE", status="unavailable")
        assert (old["status"], old["unavailable_after"]) == ("unavailable", 1_735_689_600)


async def test_shipping_methods_count_their_days_from_today() -> None:
    async with stage() as on:
        buyer = Buyer(on)
        told_of = await buyer.listed(METHODS, country="DE")
        assert [row["name"] for row in told_of] == ["standard", "express", "priority"]
        standard = (await buyer.get(f"{METHODS}/{await buyer.method()}")).json()
        assert standard == {
            "id": standard["id"],
            "object": "terminal.hardware_shipping_method",
            "country": "DE",
            "estimated_delivery_window": {
                "maximum_date": "2027-01-22",
                "minimum_date": "2027-01-18",
            },
            "name": "standard",
            "provider": "stripe",
            "status": "available",
            "unavailable_after": None,
        }
        assert await buyer.listed(METHODS, country="DE", status="unavailable") == []


async def test_a_country_must_be_named_and_an_unknown_one_has_nothing() -> None:
    async with stage() as on:
        buyer = Buyer(on)
        for path in (SKUS, METHODS):
            assert told(await buyer.get(path))[2:] == ("parameter_missing", "country")
            assert await buyer.listed(path, country="AQ") == []
            refused = await buyer.get(path, {"country": "DE", "provider": "acme"})
            assert told(refused)[3] == "provider"
        for path in (SKUS, METHODS, PRODUCTS):
            assert told(await buyer.get(f"{path}/x"))[::2] == (404, "resource_missing")
