"""A whole posd that may order, and somebody in its office who asks it over HTTP."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from posd.access import digest
from posd.api.app import Api
from posd.composition import Posd
from posd.config.sections import KeyConfig, UpstreamConfig
from posd.model.access_key import Role
from posd.upstream.client import StripeClient
from tests.unit.posd.hardware.stripe import HardwareStripe
from tests.unit.posd.house import LANE_1, House, config, declared
from tests.unit.posd.stage import ScriptedTerminal

SECRET = "posd_test_" + "m" * 43
STRIPE = UpstreamConfig(kind="stripe", base_url="http://stripe", requests_per_s=100)
ORDERS = "/v1/terminal/hardware_orders"
FORM = {
    "hardware_order_items[0][terminal_hardware_sku]": "thsku_1",
    "hardware_order_items[0][quantity]": "2",
    "payment_type": "monthly_invoice",
    "shipping_method": "thsm_1",
    "shipping[address][country]": "DE",
    "shipping[address][line1]": "Hauptstr. 1",
    "shipping[address][postal_code]": "10115",
    "shipping[email]": "office@example.com",
    "shipping[name]": "Corner shop",
    "shipping[phone]": "+49301234",
}


@dataclass
class Office:
    """Somebody with a manager's key.

    Attributes:
        house: What outlives the posd.
    """

    house: House
    stripe: HardwareStripe
    posd: Posd
    http: httpx2.AsyncClient

    async def order(self, key: str | None = None, **more: str) -> httpx2.Response:
        """Order what the form says."""
        return await self.post(ORDERS, {**FORM, **more}, key)

    async def delivered(self) -> str:
        """An order that Stripe has delivered; its id at Stripe."""
        id_: str = (await self.order()).json()["id"]
        helper = f"/v1/test_helpers/terminal/hardware_orders/{id_}/deliver"
        assert (await self.post(helper, {})).is_success
        return id_

    async def receive(self, order: str, **asked: str) -> httpx2.Response:
        """Take a reader out of the parcel."""
        return await self.post(f"/posd/v1/hardware_orders/{order}/receive", asked)

    async def get(self, path: str) -> dict[str, Any]:
        """What is answered to a question."""
        told: dict[str, Any] = (await self.http.get(path)).json()
        return told

    async def post(
        self, path: str, form: Mapping[str, str], key: str | None = None
    ) -> httpx2.Response:
        """Ask for an effect, under an idempotency key if one is given."""
        headers = {"Idempotency-Key": key} if key is not None else {}
        return await self.http.post(path, data=dict(form), headers=headers)

    def plug_in(self, reader: str, terminal: ScriptedTerminal) -> None:
        """A terminal stands where that reader is registered."""
        self.house.devices = {**self.house.devices, reader: terminal.open}


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[Office]:
    """A posd with one lane and Stripe, until the end."""
    stripe = HardwareStripe()
    key = KeyConfig("office", Role.MANAGER, digest(SECRET))
    house = House(
        folder,
        {LANE_1: ScriptedTerminal().open},
        config(declared("lane-1"), upstream=STRIPE, keys=(key,)),
        stripe=StripeClient("http://stripe", "rk_test_1", transport=stripe.transport()),
    )
    async with house.living() as posd:
        transport = httpx2.ASGITransport(app=Api(posd.services(), ids=house.ids))
        headers = {"Authorization": f"Bearer {SECRET}"}
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:8719", headers=headers
        ) as http:
            yield Office(house, stripe, posd, http)
