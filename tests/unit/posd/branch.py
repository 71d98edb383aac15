"""A whole store with the simulated Stripe behind it and its API in front, in virtual time.

Devices and both lines are the test's: the line to Stripe can be down, lose answers, or be answered
by something else than Stripe.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import httpx2
from typing_extensions import override

from posd.access import digest
from posd.api.app import Api
from posd.composition import Posd
from posd.config.sections import KeyConfig, UpstreamConfig
from posd.model.access_key import Role
from posd.page.catalogue import catalogue
from posd.page.html import page
from posd.page.words import Words
from posd.upstream.client import StripeClient
from posd_simulator.cloud.app import create_app
from posd_simulator.cloud.cloud import Cloud, Logged
from posd_simulator.cloud.serve import numbered
from tests.simulation.asgi import AsgiTransport, connected
from tests.unit.posd.house import LANE_1, House, config, declared
from tests.unit.posd.stage import ScriptedTerminal
from tests.unit.simulator.cloud.places import place

HERE = "tml_corner_shop"
POSD = "http://127.0.0.1:8719"
SDK_TIMEOUT_S = 80.0
STRIPE_KEY = "rk_test_store"
SECRETS = {
    "till": f"posd_test_{'t' * 43}",
    "tablet": f"posd_test_{'a' * 43}",
    "office": f"posd_test_{'m' * 43}",
}
ROLES = {"till": Role.TILL, "tablet": Role.TILL, "office": Role.MANAGER}
LOCATIONS = "/v1/terminal/locations"
READERS = "/v1/terminal/readers"
TOKENS = "/v1/terminal/connection_tokens"
SHOP = {
    "display_name": "Old town",
    "address[line1]": "Markt 1",
    "address[city]": "Lübeck",
    "address[postal_code]": "23552",
    "address[country]": "DE",
}

Meddle: TypeAlias = Callable[[httpx2.Request, httpx2.Response], httpx2.Response]


class MeddledLine(httpx2.AsyncBaseTransport):
    """The line to Stripe; what comes back over it may be something else than Stripe sent.

    Attributes:
        meddle: What makes another answer of Stripe's, or None.
        tried: Method and path of everything that was sent, whether it arrived or not.
    """

    def __init__(self, line: AsgiTransport) -> None:
        self.meddle: Meddle | None = None
        self.tried: list[tuple[str, str]] = []
        self._line = line

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.tried.append((request.method, request.url.path))
        answer = await self._line.handle_async_request(request)
        if self.meddle is None:
            return answer
        await answer.aread()
        return self.meddle(request, answer)


@dataclass
class Branch:
    """One life of posd.

    Attributes:
        line: What the test cuts.
        meddled: What the test has answered by somebody else.
        client: Speaks to posd's API.
    """

    posd: Posd
    cloud: Cloud
    house: House
    line: AsgiTransport
    meddled: MeddledLine
    client: httpx2.AsyncClient

    async def ask(
        self,
        method: str,
        path: str,
        *,
        who: str = "office",
        key: str | None = None,
        **form: str,
    ) -> httpx2.Response:
        """One call to posd's API; a form for POST."""
        headers = {"Authorization": f"Bearer {SECRETS[who]}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        sent: dict[str, Any] = {"data": form} if method == "POST" else {"params": form}
        return await self.client.request(method, path, headers=headers, **sent)

    async def create(self, key: str | None = None) -> httpx2.Response:
        """Make the location SHOP through posd."""
        return await self.ask("POST", LOCATIONS, key=key, **SHOP)

    async def token(self, who: str = "tablet", key: str | None = None) -> httpx2.Response:
        """A connection token, or what there is instead."""
        return await self.ask("POST", TOKENS, who=who, key=key)

    async def ids(self, path: str) -> list[str]:
        """The ids that posd lists."""
        return [one["id"] for one in (await self.ask("GET", path)).json()["data"]]

    def at_stripe(self) -> list[str]:
        """Names of the locations that Stripe has, in the order in which they were made."""
        (account,) = self.cloud.ledger.accounts.values()
        return [location.display_name for location in account.locations.values()]

    def arrived(self, path: str, method: str = "POST") -> list[Logged]:
        """What arrived at Stripe for that path, in that order."""
        return [one for one in self.cloud.requests if (one.path, one.method) == (path, method)]

    def page(self, template: str = "front.html") -> str:
        """That page as it is now."""
        snapshot = self.posd.snapshot()
        words = Words(snapshot, catalogue(snapshot.locale))
        return page(template, snapshot, words, here="/", followed=False)


@dataclass
class Street:
    """What outlives a posd: Stripe, the lines, the store's machine."""

    folder: Path
    cloud: Cloud
    line: AsgiTransport
    house: House
    meddled: MeddledLine
    terminal: ScriptedTerminal = field(default_factory=ScriptedTerminal)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Branch]:
        """One life of posd; it ends suddenly."""
        client = StripeClient("http://stripe", STRIPE_KEY, transport=self.meddled)
        self.house.stripe = client
        self.house.devices = {LANE_1: self.terminal.open}
        async with (
            self.house.living() as posd,
            connected(Api(posd.services(), ids=self.house.ids)) as api,
        ):
            front = httpx2.AsyncClient(transport=api, base_url=POSD, timeout=SDK_TIMEOUT_S)
            yield Branch(posd, self.cloud, self.house, self.line, self.meddled, front)


@asynccontextmanager
async def street(folder: Path) -> AsyncIterator[Street]:
    """A store at the location HERE, which Stripe knows."""
    keys = tuple(KeyConfig(name, ROLES[name], digest(SECRETS[name])) for name in SECRETS)
    upstream = UpstreamConfig("stripe", requests_per_s=100)
    file = config(declared("lane-1"), upstream=upstream, keys=keys)
    house = House(folder, file=replace(file, store=replace(file.store, location=HERE)))
    cloud = Cloud(house.clock.wall_ms, numbered(1, 0))
    place(cloud, STRIPE_KEY, HERE)
    async with connected(create_app(cloud)) as line:
        yield Street(folder, cloud, line, house, MeddledLine(line))


@asynccontextmanager
async def branch(folder: Path) -> AsyncIterator[Branch]:
    """A store that has had time to hear of everything."""
    async with street(folder) as there, there.open() as store:
        await asyncio.sleep(10)
        yield store
