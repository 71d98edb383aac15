"""No secret of a configuration is found in a log, the journal, a page or an answer.

Stripe is played as it may be at its worst: it tells every secret in plain text.
"""

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from posd.access import digest
from posd.api.app import Api
from posd.composition import Posd
from posd.config.sections import KeyConfig, UpstreamConfig
from posd.model.access_key import Role
from posd.stripe_wire import form
from posd.upstream.client import StripeClient
from tests.simulation.asgi import connected
from tests.unit.posd.house import LANE_1, House, config, declared
from tests.unit.posd.page.telling import front
from tests.unit.posd.stage import ScriptedTerminal
from tests.unit.posd.virtual import virtual

MANAGER = f"posd_test_{'m' * 43}"
CONFIGURATIONS = "/v1/terminal/configurations"
PASSCODE, PASSWORD, KEY_PASSWORD = "canary-07139", "canary-psk", "canary-private-key"
TOLD_BEFORE = {
    "id": "tmc_1",
    "object": "terminal.configuration",
    "is_account_default": True,
    "reader_security": {"admin_menu_passcode": PASSCODE},
    "wifi": {
        "type": "enterprise_eap_tls",
        "enterprise_eap_tls": {"ssid": "shop", "private_key_file_password": KEY_PASSWORD},
    },
}
WRITTEN = {
    "name": "Kiosk",
    "reader_security[admin_menu_passcode]": PASSCODE,
    "wifi[type]": "personal_psk",
    "wifi[personal_psk][ssid]": "shop",
    "wifi[personal_psk][password]": PASSWORD,
}


class Stripe:
    """Tells back whatever it was sent; refuses a configuration that is called `refused`."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path == "/v1/account":
            return httpx2.Response(200, json={"id": "acct_1", "object": "account"})
        if request.method == "GET":
            data = [TOLD_BEFORE] if path == CONFIGURATIONS else []
            listed = {"object": "list", "url": path, "has_more": False, "data": data}
            return httpx2.Response(200, json=listed)
        self.bodies.append(request.content)
        asked: dict[str, Any] = dict(form.parse(request.content))
        if asked.get("name") == "refused":
            refusal = {"type": "invalid_request_error", "message": "No such name", "param": "name"}
            return httpx2.Response(400, json={"error": refusal})
        id_ = path.removeprefix(CONFIGURATIONS).strip("/") or "tmc_2"
        return httpx2.Response(200, json={"id": id_, "object": "terminal.configuration", **asked})


@asynccontextmanager
async def office(folder: Path, stripe: Stripe) -> AsyncIterator[tuple[Posd, httpx2.AsyncClient]]:
    """A posd with Stripe behind it, and a manager in front of it."""
    client = StripeClient(
        "http://stripe", "rk_test_1", transport=httpx2.MockTransport(stripe.answer)
    )
    keys = (KeyConfig("office", Role.MANAGER, digest(MANAGER)),)
    file = config(declared("lane-1"), upstream=UpstreamConfig("stripe", report="off"), keys=keys)
    house = House(folder, {LANE_1: ScriptedTerminal().open}, file, client)
    async with house.living() as posd, connected(Api(posd.services(), ids=house.ids)) as line:
        manager = httpx2.AsyncClient(
            transport=line,
            base_url="http://127.0.0.1:8719",
            headers={"Authorization": f"Bearer {MANAGER}"},
        )
        yield posd, manager


def written_to(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


async def everything_told(posd: Posd, manager: httpx2.AsyncClient) -> str:
    """What the API, the status page and the journal's own records tell of configurations."""
    asked = [
        CONFIGURATIONS,
        f"{CONFIGURATIONS}/tmc_1",
        f"{CONFIGURATIONS}/tmc_2",
        f"/posd/v1/readers/{LANE_1}/configuration",
        "/posd/v1/status",
        "/v1/events",
    ]
    answers = [await manager.get(path) for path in asked]
    assert [answer.status_code for answer in answers] == [200] * len(asked)
    return "\n".join([front(posd.snapshot()), *(answer.text for answer in answers)])


@virtual
async def test_secrets_reach_stripe_and_stay_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stripe = Stripe()
    with caplog.at_level(1):
        async with office(tmp_path, stripe) as (posd, manager):
            key = {"Idempotency-Key": "K"}
            made = await manager.post(CONFIGURATIONS, data=WRITTEN, headers=key)
            again = await manager.post(CONFIGURATIONS, data=WRITTEN, headers=key)
            changed = await manager.post(f"{CONFIGURATIONS}/tmc_1", data=WRITTEN)
            refused = await manager.post(CONFIGURATIONS, data={**WRITTEN, "name": "refused"})
            wrong = await manager.post(CONFIGURATIONS, data={**WRITTEN, "nonsense": PASSCODE})
            told = await everything_told(posd, manager)
    answers = (made, again, changed, refused, wrong)
    assert [answer.status_code for answer in answers] == [200, 200, 200, 400, 400]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(stripe.bodies) == 3
    assert all(secret.encode() in stripe.bodies[0] for secret in (PASSCODE, PASSWORD))
    assert told.count("********") >= 5
    kept = "\n".join([told, caplog.text, *(answer.text for answer in answers)])
    octets = written_to(tmp_path)
    assert b"admin_menu_passcode" in octets
    for secret in (PASSCODE, PASSWORD, KEY_PASSWORD):
        assert secret not in kept
        assert secret.encode() not in octets


@virtual
async def test_no_hash_that_gives_a_passcode_away_is_kept(tmp_path: Path) -> None:
    """Of five digits every one can be tried: its plain hash would be as good as the passcode."""
    async with office(tmp_path, Stripe()) as (_posd, manager):
        asked = {"reader_security[admin_menu_passcode]": PASSCODE}
        key = {"Idempotency-Key": "K"}
        assert (await manager.post(CONFIGURATIONS, data=asked, headers=key)).status_code == 200
    nodes = {"reader_security": {"admin_menu_passcode": PASSCODE}}
    tried = json.dumps(nodes, sort_keys=True, separators=(",", ":")).encode()
    octets = written_to(tmp_path)
    assert hashlib.sha256(tried).hexdigest().encode() not in octets
    shown = json.dumps({"reader_security": {"admin_menu_passcode": "********"}}).replace(" ", "")
    assert hashlib.sha256(shown.encode()).hexdigest().encode() in octets
