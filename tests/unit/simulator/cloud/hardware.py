"""A till that knows the preview of hardware orders."""

from collections.abc import Mapping
from typing import Any

import httpx2

from posd.stripe_wire.form import Value, encode
from tests.unit.simulator.cloud.stage import Stage, Till

PREVIEW = {"Stripe-Version": "2026-10-28.endive;terminal_hardware_orders_beta=v5"}
ORDERS = "/v1/terminal/hardware_orders"
HELPERS = "/v1/test_helpers/terminal/hardware_orders"
SKUS = "/v1/terminal/hardware_skus"
PRODUCTS = "/v1/terminal/hardware_products"
METHODS = "/v1/terminal/hardware_shipping_methods"


class Buyer:
    """Orders hardware for one country."""

    def __init__(self, on: Stage, till: Till | None = None) -> None:
        self._till = till or on.till

    async def get(self, path: str, query: Mapping[str, Value] | None = None) -> httpx2.Response:
        asked = f"{path}?{encode(query).decode()}" if query else path
        return await self._till.get(asked, headers=PREVIEW)

    async def post(
        self, path: str, params: Mapping[str, Value] | None = None, *, key: str | None = None
    ) -> httpx2.Response:
        return await self._till.post(path, params, key=key, headers=PREVIEW)

    async def listed(self, path: str, **query: Value) -> list[dict[str, Any]]:
        answer = await self.get(path, {"limit": 100, **query})
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["data"]
        return rows

    async def sku(self, kind: str, country: str = "DE", status: str = "available") -> str:
        """The id under which that product is sold there."""
        (product,) = [row["id"] for row in await self.listed(PRODUCTS) if row["type"] == kind]
        (sku,) = await self.listed(SKUS, country=country, product=product, status=status)
        return str(sku["id"])

    async def method(self, name: str = "standard", country: str = "DE") -> str:
        """The id of that way there."""
        (method,) = await self.listed(METHODS, country=country, name=name)
        return str(method["id"])

    async def wish(self, kind: str = "bbpos_wisepos_e", quantity: int = 1) -> dict[str, Any]:
        """What to ask for, to be changed where the story differs."""
        return {
            "hardware_order_items": [
                {"terminal_hardware_sku": await self.sku(kind), "quantity": quantity}
            ],
            "payment_type": "monthly_invoice",
            "shipping": {
                "address": {
                    "country": "DE",
                    "line1": "Lange Reihe 1",
                    "city": "Hamburg",
                    "postal_code": "20099",
                },
                "email": "shop@example.com",
                "name": "Erika Mustermann",
                "phone": "+494012345",
            },
            "shipping_method": await self.method(),
        }

    async def ordered(self, **changes: Value) -> dict[str, Any]:
        """A fresh order."""
        answer = await self.post(ORDERS, {**await self.wish(), **changes})
        assert answer.status_code == 200, answer.text
        order: dict[str, Any] = answer.json()
        return order

    async def helped(self, order: str, *steps: str) -> httpx2.Response:
        """The order moved on by Stripe's test helpers; the answer to the last of them."""
        answers = [await self.post(f"{HELPERS}/{order}/{step}") for step in steps]
        return answers[-1]
