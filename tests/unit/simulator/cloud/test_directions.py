"""`/_sim`: what whoever directs the play can do, and the document that says so."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from posd_simulator.cloud.director import OPENAPI_PATH, TABLE
from tests.unit.simulator.cloud.stage import (
    CONFIGURATIONS,
    KEY,
    LOCATIONS,
    READERS,
    Stage,
    stage,
    told,
)

BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/_sim/clock"): {"advance_s": 1},
    ("POST", "/_sim/faults"): {"kind": "lost"},
    ("POST", "/_sim/fault_rate"): {"rate": 0.0},
    ("POST", "/_sim/rate_limits"): {"test_per_s": 5},
    ("POST", "/_sim/keys"): {"key": KEY, "permissions": None},
    ("POST", "/_sim/locations"): {"key": KEY, "id": "tml_1", "country": "DE"},
    ("POST", "/_sim/readers"): {
        "serial_number": "S1",
        "device_type": "stripe_s700",
        "registration_code": "c",
    },
    ("POST", "/_sim/readers/{id}"): {"silent": True},
}
"""A body for each direction that takes one."""


def of_shape(value: object, schema: dict[str, Any], schemas: dict[str, Any]) -> bool:
    """Whether the value is, on its outside, what the schema says."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return any(of_shape(value, one, schemas) for one in schema["anyOf"])
    match value:
        case dict():
            needed: list[str] = schema.get("required", [])
            return bool(schema["type"] == "object") and set(needed) <= set(value)
        case list():
            return bool(schema["type"] == "array")
        case _:
            return value is None and bool(schema["type"] == "null")


class Director:
    """Speaks to `/_sim`."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def asks(self, method: str, path: str, body: object = None) -> httpx2.Response:
        return await self._client.request(method, f"/_sim/{path}", json=body)

    async def tells(self, path: str, /, **body: object) -> Any:  # noqa: ANN401 (JSON)
        answer = await self.asks("POST", path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def sees(self, path: str) -> Any:  # noqa: ANN401 (JSON)
        return (await self.asks("GET", path)).json()


@asynccontextmanager
async def directed() -> AsyncIterator[tuple[Stage, Director]]:
    async with (
        stage() as on,
        httpx2.AsyncClient(transport=on.transport, base_url="http://stripe") as client,
    ):
        yield on, Director(client)


async def test_every_direction_is_in_the_document_and_takes_what_it_says() -> None:
    async with directed() as (on, director):
        here = (await on.till.located())["id"]
        reader = (await on.till.registered(here))["id"]
        document = await director.sees(OPENAPI_PATH.removeprefix("/_sim/"))
        assert document["openapi"] == "3.1.0"
        described = {
            (method.upper(), path): operation
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
        }
        assert described.keys() == {(row.method, row.path) for row in TABLE}
        assert {at for at, each in described.items() if "requestBody" in each} == BODIES.keys()
        for (method, path), operation in described.items():
            if path == "/_sim/reset":
                continue
            where = path.removeprefix("/_sim/").replace("{id}", reader)
            answer = await director.asks(method, where, BODIES.get((method, path)))
            assert answer.status_code == 200, (method, path, answer.text)
            shown = operation["responses"]["200"]["content"]["application/json"]["schema"]
            assert of_shape(answer.json(), shown, document["components"]["schemas"])
            if "requestBody" in operation:
                (name,) = operation["requestBody"]["content"]["application/json"]["schema"].values()
                schema = document["components"]["schemas"][name.rpartition("/")[2]]
                assert set(BODIES[method, path]) <= set(schema["properties"])
                nonsense = await director.asks(method, where, ["nonsense"])
                assert nonsense.status_code == 400


async def test_a_clock_is_set_and_goes_on() -> None:
    async with directed() as (on, director):
        assert await director.sees("clock") == {"now_ms": 1_800_000_000_000, "ahead_ms": 0}
        moved = await director.tells("clock", advance_s=60.5)
        assert moved == {"now_ms": 1_800_000_060_500, "ahead_ms": 60_500}
        assert (await on.till.reported())["created"] == 1_800_000_060
        await director.tells("clock", at_ms=1_900_000_000_000)
        await director.tells("clock", advance_s=1)
        assert (await on.till.reported())["created"] == 1_900_000_001
        for neither_nor in ({}, {"at_ms": 1, "advance_s": 1.0}):
            assert (await director.asks("POST", "clock", neither_nor)).status_code == 400


async def test_a_silent_reader_is_offline_after_two_minutes_and_back_with_its_first_signal() -> (
    None
):
    async with directed() as (on, director):
        here = (await on.till.located())["id"]
        reader = (await on.till.registered(here))["id"]
        at = f"{READERS}/{reader}"
        await director.tells(f"readers/{reader}", silent=True)
        await director.tells("clock", advance_s=119.9)
        assert (await on.till.get(at)).json()["status"] == "online"
        await director.tells("clock", advance_s=0.1)
        gone = (await on.till.get(at)).json()
        assert (gone["status"], gone["last_seen_at"]) == ("offline", 1_800_000_000_000)
        listed = (await on.till.get(f"{READERS}?status=offline")).json()["data"]
        assert [each["id"] for each in listed] == [reader]
        back = await director.tells(f"readers/{reader}", silent=False)
        assert back["status"] == "online"
        assert (await director.asks("POST", "readers/tmr_0", {"silent": True})).status_code == 400


async def test_a_device_on_the_table_is_registered_by_the_code_that_it_shows() -> None:
    async with directed() as (on, director):
        device = {
            "serial_number": "S700-1",
            "device_type": "stripe_s700",
            "registration_code": "calm-red-fox",
        }
        assert await director.tells("readers", **device) == device
        here = (await on.till.located())["id"]
        reader = await on.till.registered(here, registration_code="calm-red-fox")
        assert reader["serial_number"] == "S700-1"
        seen = await director.sees("readers")
        assert seen["devices"] == [{**device, "registration_code": None}]
        mobile = await director.asks("POST", "readers", {**device, "device_type": "stripe_m2"})
        assert mobile.status_code == 400


async def test_what_a_reader_obeys_is_told_with_its_origin() -> None:
    async with directed() as (on, director):
        default = (await on.till.get(f"{CONFIGURATIONS}?is_account_default=true")).json()["data"]
        at = f"{CONFIGURATIONS}/{default[0]['id']}"
        everywhere = {"offline": {"enabled": False}, "cellular": {"enabled": True}}
        await on.till.post(at, everywhere)
        asked = await on.till.post(CONFIGURATIONS, {"offline": {"enabled": True}})
        shop = asked.json()["id"]
        plain = (await on.till.located())["id"]
        special = (await on.till.located(configuration_overrides=shop))["id"]
        for location in (plain, special):
            await on.till.registered(location)
        obeyed = [
            each["effective_configuration"] for each in (await director.sees("readers"))["readers"]
        ]
        by_default = {"section": {"enabled": True}, "origin": default[0]["id"]}
        assert obeyed == [
            {
                "offline": {"section": {"enabled": False}, "origin": default[0]["id"]},
                "cellular": by_default,
            },
            {
                "offline": {"section": {"enabled": True}, "origin": shop},
                "cellular": by_default,
            },
        ]


async def test_a_location_can_have_a_chosen_id() -> None:
    async with directed() as (on, director):
        await director.tells("locations", key=KEY, id="tml_corner", country="DE")
        assert (await on.till.get(f"{LOCATIONS}/tml_corner")).json()["address"]["country"] == "DE"
        stranger = on.till.holding("sk_live_stranger")
        assert told(await stranger.get(f"{LOCATIONS}/tml_corner"))[0] == 404


async def test_the_log_is_read_and_emptied() -> None:
    async with directed() as (on, director):
        await on.till.reported()
        (line,) = await director.sees("requests")
        assert (line["method"], line["status"], line["at_ms"]) == ("POST", 200, 1_800_000_000_000)
        assert (await director.asks("DELETE", "requests")).json() == []
        assert await director.sees("requests") == []


async def test_a_reset_forgets_everything() -> None:
    async with directed() as (on, director):
        first = await on.till.reported()
        await director.tells("clock", advance_s=60)
        await director.tells("faults", kind="hang")
        await director.tells("keys", key=KEY, permissions={})
        await director.tells("rate_limits", test_per_s=1)
        await director.tells("readers", **BODIES["POST", "/_sim/readers"])
        assert await director.tells("reset") == {}
        assert await director.sees("state") == {"accounts": [], "requests": []}
        assert await director.sees("faults") == []
        assert (await director.sees("clock"))["ahead_ms"] == 0
        assert await director.sees("readers") == {"devices": [], "readers": []}
        assert await director.sees("rate_limits") is None
        again = await on.till.reported()
        assert (again["id"] == first["id"], again["created"]) == (False, 1_800_000_000)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("fault_rate", {"rate": 1.5}),
        ("rate_limits", {"live_per_s": 0}),
        ("keys", {"key": KEY, "permissions": {"coffee": "write"}}),
        ("faults", {"kind": "explode"}),
    ],
)
async def test_what_makes_no_sense_is_refused(path: str, body: dict[str, object]) -> None:
    async with directed() as (_, director):
        answer = await director.asks("POST", path, body)
        assert (answer.status_code, list(answer.json())) == (400, ["error"])
