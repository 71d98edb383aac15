"""A configuration on its way: from a manager through posd to Stripe, and from there to readers."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2

from posd.access import digest
from posd.api.app import Api
from posd.composition import Posd
from posd.config.sections import KeyConfig, UpstreamConfig
from posd.model.access_key import Role
from posd.model.mirrored import MASKED
from posd.upstream.client import StripeClient
from posd.upstream.uplink import CALLS_LOST_MAX, PROBE_MAX_S
from posd_simulator.cloud.app import create_app
from posd_simulator.cloud.cloud import Cloud
from posd_simulator.cloud.serve import numbered
from tests.simulation.asgi import AsgiTransport, Link, connected
from tests.unit.posd.house import LANE_1, House, config, declared, ordered
from tests.unit.posd.stage import ScriptedTerminal
from tests.unit.posd.virtual import virtual
from tests.unit.simulator.cloud.places import place

MANAGER = f"posd_test_{'m' * 43}"
CONFIGURATIONS = "/v1/terminal/configurations"
STORE = "rk_test_store"
KIOSK = "tml_kiosk"
CONFIGURATION = {
    "name": "Kiosk",
    "offline[enabled]": "false",
    "tipping[eur][percentages][]": "5",
    "wifi[type]": "personal_psk",
    "wifi[personal_psk][ssid]": "kiosk",
    "wifi[personal_psk][password]": "correct horse",
}
UPSTREAM = UpstreamConfig("stripe", report="off", requests_per_s=100)


class Office:
    """A manager at a posd with the simulated Stripe behind it."""

    def __init__(self, posd: Posd, client: httpx2.AsyncClient, line: AsgiTransport) -> None:
        self.posd = posd
        self.client = client
        self.line = line

    async def make(self, path: str, form: Mapping[str, str]) -> str:
        """The id of what Stripe made."""
        answer = await self.client.post(f"/v1/terminal/{path}", data=form)
        assert answer.status_code == 200, answer.text
        id_: str = answer.json()["id"]
        return id_

    async def in_force(self, reader: str) -> dict[str, tuple[Any, str, str]]:
        """Value, origin and state of each setting."""
        answer = await self.client.get(f"/posd/v1/readers/{reader}/configuration")
        return {
            f"{one['section']}.{one['name']}": (one["value"], one["origin"], one["state"])
            for one in answer.json()["settings"]
        }


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[Office]:
    """A store with one attached reader, which stands at the kiosk."""
    keys = (KeyConfig("office", Role.MANAGER, digest(MANAGER)),)
    lane = replace(declared("lane-1"), location=KIOSK)
    house = House(
        folder, {LANE_1: ScriptedTerminal().open}, config(lane, upstream=UPSTREAM, keys=keys)
    )
    cloud = Cloud(house.clock.wall_ms, numbered(1, 0))
    place(cloud, STORE, KIOSK)
    async with connected(create_app(cloud)) as line:
        house.stripe = StripeClient("http://stripe", STORE, transport=line)
        async with (
            house.living() as posd,
            connected(Api(posd.services(), ids=house.ids)) as counter,
        ):
            client = httpx2.AsyncClient(
                transport=counter,
                base_url="http://127.0.0.1:8719",
                headers={"Authorization": f"Bearer {MANAGER}"},
            )
            yield Office(posd, client, line)


async def overridden(on: Office) -> str:
    """The id of a configuration that the kiosk has."""
    made = await on.make("configurations", CONFIGURATION)
    await on.make(f"locations/{KIOSK}", {"configuration_overrides": made})
    return made


@virtual
async def test_what_a_manager_sets_for_a_location_is_in_force_at_its_readers(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as on:
        form = {"registration_code": "simulated-s700", "location": KIOSK}
        cloud_reader = await on.make("readers", form)
        default = await on.client.get(CONFIGURATIONS, params={"is_account_default": "true"})
        (account,) = default.json()["data"]
        await on.make(f"configurations/{account['id']}", {"cellular[enabled]": "true"})
        await overridden(on)
        attached, there = await on.in_force(LANE_1), await on.in_force(cloud_reader)
        await asyncio.sleep(10 * 60)
        later = await on.in_force(cloud_reader)
    assert attached["offline.enabled"] == (False, "location_override", "applied")
    assert attached["tipping.eur.percentages"] == ([5], "location_override", "not_supported")
    assert there["offline.enabled"] == (False, "location_override", "asked")
    assert there["cellular.enabled"] == (True, "account_default", "not_applicable")
    assert there["wifi.personal_psk.password"] == (MASKED, "location_override", "asked")
    assert later["offline.enabled"] == (False, "location_override", "presumed_applied")


@virtual
async def test_once_the_line_is_cut_the_kiosk_sells_nothing_and_says_why(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        made = await overridden(on)
        on.line.link = Link.DOWN
        for _call in range(CALLS_LOST_MAX):
            lost = await on.client.post(CONFIGURATIONS, data={"name": "Never"})
            assert lost.status_code == 503
        intent = await ordered(on.posd)
        before = on.posd.journal.head
        path = f"/v1/terminal/readers/{LANE_1}/process_payment_intent"
        refused = await on.client.post(path, data={"payment_intent": intent.id})
        assert on.posd.journal.head == before
        error = refused.json()["error"]
        on.line.link = Link.UP
        await asyncio.sleep(PROBE_MAX_S)
        taken = await on.client.post(path, data={"payment_intent": intent.id})
    assert (refused.status_code, error["code"]) == (400, "terminal_reader_offline")
    assert f"Configuration '{made}' allows no payment" in error["message"]
    assert taken.status_code == 200


@virtual
async def test_a_section_that_is_unset_is_the_accounts_again(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        made = await overridden(on)
        await on.make(f"configurations/{made}", {"offline": "", "wifi": ""})
        told = await on.in_force(LANE_1)
    assert told["offline.enabled"] == (True, "posd_default", "applied")
    assert "wifi.type" not in told


@virtual
async def test_what_stripe_refuses_is_told_in_its_words(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        made = await overridden(on)
        same = {"reboot_window[start_hour]": "4", "reboot_window[end_hour]": "4"}
        window = await on.client.post(CONFIGURATIONS, data=same)
        in_use = await on.client.delete(f"{CONFIGURATIONS}/{made}")
        await on.make(f"locations/{KIOSK}", {"configuration_overrides": ""})
        gone = await on.client.delete(f"{CONFIGURATIONS}/{made}")
        left = await on.client.get(CONFIGURATIONS)
    assert window.json()["error"]["param"] == "reboot_window[end_hour]"
    assert in_use.status_code == 400
    assert gone.json() == {"id": made, "object": "terminal.configuration", "deleted": True}
    assert made not in [one["id"] for one in left.json()["data"]]
