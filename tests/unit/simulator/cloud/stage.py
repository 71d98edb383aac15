"""A simulated Stripe under a clock of the test's own, spoken to over ASGI."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from posd.stripe_wire.form import Value, encode
from posd_simulator.cloud.app import create_app
from posd_simulator.cloud.cloud import Cloud
from posd_simulator.cloud.ledger import Ledger
from posd_simulator.cloud.serve import numbered
from tests.simulation.asgi import AsgiTransport, connected
from tests.unit.simulator.cloud.described import hold_to_it

KEY = "sk_test_stage"
START_MS = 1_800_000_000_000
CONFIGURATIONS = "/v1/terminal/configurations"
LOCATIONS = "/v1/terminal/locations"
READERS = "/v1/terminal/readers"
REPORT_PATH = "/v1/payment_records/report_payment"

REPORT: dict[str, Value] = {
    "amount_requested": {"currency": "eur", "value": 1250},
    "initiated_at": 1_799_999_990,
    "payment_method_details": {"type": "custom", "custom": {"display_name": "girocard"}},
    "processor_details": {"type": "custom", "custom": {"payment_reference": "T1-17-42"}},
    "metadata": {"order_id": "6735"},
}

HAMBURG: dict[str, Value] = {
    "display_name": "Hamburg",
    "address": {
        "country": "DE",
        "line1": "Lange Reihe 1",
        "city": "Hamburg",
        "postal_code": "20099",
    },
}


def told(answer: httpx2.Response) -> tuple[int, str, str | None, str | None]:
    """Status, type, code and param of an error."""
    error = answer.json()["error"]
    return answer.status_code, error["type"], error.get("code"), error.get("param")


class Till:
    """Speaks to the simulator with one API key."""

    def __init__(self, client: httpx2.AsyncClient, key: str = KEY) -> None:
        self._client = client
        self._key = key

    def holding(self, key: str) -> "Till":
        """The same line, another key."""
        return Till(self._client, key)

    async def post(
        self,
        path: str,
        params: Mapping[str, Value] | None = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        labels = {"Authorization": f"Bearer {self._key}", **(headers or {})}
        if key is not None:
            labels["Idempotency-Key"] = key
        return await self._client.post(path, content=encode(params or {}), headers=labels)

    async def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        labels = {"Authorization": f"Bearer {self._key}", **(headers or {})}
        return await self._client.get(path, headers=labels)

    async def reported(self, **changes: Value) -> dict[str, Any]:
        """A fresh payment record."""
        answer = await self.post("/v1/payment_records/report_payment", {**REPORT, **changes})
        assert answer.status_code == 200, answer.text
        record: dict[str, Any] = answer.json()
        return record

    async def delete(self, path: str) -> httpx2.Response:
        labels = {"Authorization": f"Bearer {self._key}"}
        return await self._client.delete(path, headers=labels)

    async def located(self, **changes: Value) -> dict[str, Any]:
        """A fresh location."""
        answer = await self.post(LOCATIONS, {**HAMBURG, **changes})
        assert answer.status_code == 200, answer.text
        location: dict[str, Any] = answer.json()
        return location

    async def registered(self, location: str, **changes: Value) -> dict[str, Any]:
        """A fresh simulated reader."""
        asked = {"registration_code": "simulated-wpe", "location": location, **changes}
        answer = await self.post(READERS, asked)
        assert answer.status_code == 200, answer.text
        reader: dict[str, Any] = answer.json()
        return reader

    async def state(self) -> dict[str, Any]:
        state: dict[str, Any] = (await self._client.get("/_sim/state")).json()
        return state

    async def script(self, **fault: object) -> None:
        answer = await self._client.post("/_sim/faults", json=fault)
        assert answer.status_code == 200, answer.text


class Stage:
    """The simulator, its line, its clock and a till."""

    def __init__(self, cloud: Cloud, transport: AsgiTransport, till: Till) -> None:
        self.cloud = cloud
        self.transport = transport
        self.till = till


class Clock:
    """Wall time that the test moves."""

    def __init__(self) -> None:
        self.now_ms = START_MS

    def wall_ms(self) -> int:
        return self.now_ms


@asynccontextmanager
async def stage(clock: Clock | None = None, file: Path | None = None) -> AsyncIterator[Stage]:
    ledger = Ledger(file)
    clock = clock or Clock()
    cloud = Cloud(clock.wall_ms, numbered(1, ledger.start), ledger)
    async with (
        connected(create_app(cloud)) as transport,
        httpx2.AsyncClient(
            transport=transport,
            base_url="http://stripe",
            timeout=None,
            event_hooks={"response": [hold_to_it]},
        ) as client,
    ):
        yield Stage(cloud, transport, Till(client))
    ledger.close()
