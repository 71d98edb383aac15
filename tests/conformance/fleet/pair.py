"""The same call to posd, which has one simulated Stripe behind it, and to another one directly.

Both Stripes began alike and live by one clock. What each makes has ids of its own: they are known
as twins from the moment they are told, and everybody here speaks of a thing by posd's id for it.
"""

import asyncio
import json
import re
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx2

from posd.access import digest
from posd.api.app import Api
from posd.api.sent import FORM
from posd.config.sections import KeyConfig, StoreConfig, UpstreamConfig
from posd.model.access_key import Role
from posd.stripe_wire.form import Value, encode
from posd.upstream.client import StripeClient
from posd.upstream.payment_records import API_VERSION
from posd.upstream.terminal import HARDWARE_VERSION
from posd_simulator.cloud.app import create_app
from posd_simulator.cloud.cloud import Cloud
from posd_simulator.cloud.rules.readers import Device
from posd_simulator.cloud.serve import numbered
from tests.conformance.fleet.differences import Asked, Exchange, Told
from tests.simulation.asgi import connected
from tests.simulation.loop import VirtualLoop
from tests.stripe_shapes import shapes
from tests.unit.posd.house import House, config

CALLER: Final = "posd_test_office_of_the_pair"
STRIPE_KEY: Final = "rk_test_pair"
POSD: Final = "http://127.0.0.1:8719"
STRIPE: Final = "http://stripe"
UPSTREAM: Final = UpstreamConfig(kind="stripe", base_url=STRIPE, report="off", requests_per_s=100)
COPIED_S: Final = 700.0
"""After so long posd's copy is younger than anything that happened before."""
UNCOMPARED: Final = frozenset(
    {"content-length", "content-type", "request-id", "www-authenticate", "x-content-type-options"}
)
"""Headers that name the server, the exchange or the length of the answer."""
MADE: Final = re.compile(r"\b[a-z_]+_\d{16}\b|\bsimulated-\w+-[0-9a-f]{12}\b|\b1Z\d{16}\b")
"""An id, a serial number or a tracking number that a simulated Stripe made up."""
HOME: Final[Mapping[str, Value]] = {
    "display_name": "Home",
    "address": {"country": "AT", "line1": "Graben 1", "city": "Wien", "postal_code": "1010"},
}

T = TypeVar("T")


class Pair:
    """Two Stripes, and posd before one of them. Everything runs in virtual time.

    Attributes:
        home: The location of posd's store, which both Stripes have from the beginning.
        seen: Methods and paths that were asked for.
        house: The machine posd runs on.
        behind: The Stripe behind posd.
        beside: The Stripe that is asked directly.
    """

    def __init__(self, folder: Path) -> None:
        self._runner = asyncio.Runner(loop_factory=VirtualLoop)
        self._twins: dict[str, str] = {}
        self._under_keys: list[tuple[Asked, Told]] = []
        self._over = asyncio.Event()
        self.seen: list[tuple[str, str]] = []
        self.house = House(folder)
        clock = self.house.clock
        self.behind = Cloud(clock.wall_ms, numbered(1, 0))
        self.beside = Cloud(clock.wall_ms, numbered(2, 0))
        self.home = ""
        ready = asyncio.Event()
        self._life = self._runner.get_loop().create_task(self._live(ready))
        self._run(ready.wait())

    def ask(self, asked: Asked) -> Exchange:
        """What posd and what Stripe answers. Fails on an answer that has not Stripe's shape."""
        before = tuple(one for one in self._under_keys if one[0].key == asked.key)
        posd, stripe = self._run(self._both(asked))
        if asked.key is not None:
            self._under_keys.append((asked, posd))
        return Exchange(asked, posd, stripe, before)

    def at_the_dashboard(self, asked: Asked) -> None:
        """Somebody does it at both Stripes, past posd; returns when posd has heard of it."""
        self._run(self._past_posd(asked))

    def place(self, device: Device) -> None:
        """A reader is switched on, or shows another registration code; the same in both worlds."""
        for cloud in (self.behind, self.beside):
            cloud.ledger.place(device)

    def let_pass(self, seconds: float) -> None:
        """Time goes by."""
        self._run(asyncio.sleep(seconds))

    def close(self) -> None:
        """End posd and both Stripes."""
        self._over.set()
        self._run(asyncio.wait([self._life]))
        self._runner.close()
        self._life.result()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    async def _live(self, ready: asyncio.Event) -> None:
        async with AsyncExitStack() as lives:
            behind = await lives.enter_async_context(connected(create_app(self.behind)))
            beside = await lives.enter_async_context(connected(create_app(self.beside)))
            self._dashboard = _client(STRIPE, STRIPE_KEY, behind)
            self._stripe = _client(STRIPE, STRIPE_KEY, beside)
            made = [
                (await client.post("/v1/terminal/locations", content=encode(HOME))).json()
                for client in (self._dashboard, self._stripe)
            ]
            self._meet(*made)
            self.home = made[0]["id"]
            self.house.stripe = StripeClient(STRIPE, STRIPE_KEY, transport=behind)
            self.house.file = replace(
                config(
                    upstream=UPSTREAM, keys=(KeyConfig("office", Role.MANAGER, digest(CALLER)),)
                ),
                store=StoreConfig(
                    name="Corner shop",
                    time_zone="Europe/Vienna",
                    currency="eur",
                    location=self.home,
                ),
            )
            posd = await lives.enter_async_context(self.house.living())
            api = Api(posd.services(), ids=self.house.ids)
            door = await lives.enter_async_context(connected(api))
            self._posd = _client(POSD, CALLER, door)
            ready.set()
            await self._over.wait()

    async def _both(self, asked: Asked) -> tuple[Told, Told]:
        ours = await _answer(self._posd, asked)
        theirs = await _answer(self._stripe, self._as_told_to_stripe(asked))
        self.seen.append((asked.method, asked.path))
        for told in (ours, theirs):
            described = shapes()
            if described is not None:
                faults = described.answer_faults(asked.method, asked.path, told.status, told.body)
                assert not faults, (asked, told, faults)
        self._meet(ours.body, theirs.body)
        return ours, self._as_posd_says(theirs)

    async def _past_posd(self, asked: Asked) -> None:
        for client, told in ((self._dashboard, asked), (self._stripe, None)):
            answer = await _answer(client, told or self._as_told_to_stripe(asked))
            assert answer.status in (200, 404), answer
        await asyncio.sleep(COPIED_S)

    def _meet(self, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
        """What both told of one new object is known by both names from here on."""
        for name in ("id", "serial_number", "tracking_number"):
            if name in ours and name in theirs:
                self._twins.setdefault(ours[name], theirs[name])
        parcels = (ours.get("shipment_tracking", ()), theirs.get("shipment_tracking", ()))
        for one, other in zip(*parcels, strict=False):
            self._meet(one, other)

    def _as_told_to_stripe(self, asked: Asked) -> Asked:
        spoken = json.dumps([asked.path, asked.params])
        path, params = json.loads(_renamed(spoken, self._twins))
        return replace(asked, path=path, params=params)

    def _as_posd_says(self, told: Told) -> Told:
        ours = {theirs: ours for ours, theirs in self._twins.items()}
        return replace(told, body=json.loads(_renamed(json.dumps(told.body), ours)))


def _renamed(text: str, names: Mapping[str, str]) -> str:
    return MADE.sub(lambda found: names.get(found[0], found[0]), text)


def _client(base_url: str, key: str, line: httpx2.AsyncBaseTransport) -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx2.AsyncClient(transport=line, base_url=base_url, headers=headers, timeout=None)


async def _answer(client: httpx2.AsyncClient, asked: Asked) -> Told:
    form = encode(asked.params)
    version = HARDWARE_VERSION if "/hardware_" in asked.path else API_VERSION
    headers = {
        "Idempotency-Key": asked.key,
        "Stripe-Account": asked.account,
        "Stripe-Version": version,
    }
    target, body = asked.path, None
    if asked.method == "POST":
        headers["Content-Type"], body = FORM, form
    elif form:
        target = f"{asked.path}?{form.decode()}"
    given = {name: value for name, value in headers.items() if value is not None}
    answer = await client.request(asked.method, target, content=body, headers=given)
    told = {name: value for name, value in answer.headers.items() if name not in UNCOMPARED}
    return Told(answer.status_code, answer.json(), told)
