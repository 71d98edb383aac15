"""Browsers in front of the pages, in this process; behind them the API's fakes."""

from collections.abc import Awaitable, Callable

import httpx2
from starlette.types import ASGIApp, Receive, Scope, Send

from posd.api.app import Api
from posd.api.auth import LAN
from posd.page.parts import PageParts
from posd.page.routes import routes
from posd.page.sessions import Sessions
from posd.snapshot.views import Snapshot
from tests.simulation.ids import CountingIds
from tests.unit.posd.api.fakes import Bench
from tests.unit.posd.journal.scenario import TurnedClock
from tests.unit.posd.snapshots import busy_shop


def at_once(snapshot: Callable[[], Snapshot]) -> Callable[[], Awaitable[Snapshot]]:
    """The snapshot for whoever asks, without a wait for the next."""

    async def now() -> Snapshot:
        return snapshot()

    return now


class Desk:
    """The pages of a posd whose snapshot is `snapshot`'s."""

    def __init__(self, snapshot: Callable[[], Snapshot] | None = None) -> None:
        self.clock = TurnedClock()
        self.bench = Bench()
        self.sessions = Sessions(self.clock)
        self.parts = PageParts(self.bench.services, at_once(snapshot or busy_shop().snapshot), self.sessions)
        self.app = Api(self.bench.services, ids=CountingIds(), pages=routes(self.parts))

    def browser(self, *, lan: bool = False) -> httpx2.AsyncClient:
        """A browser at the machine, or on the store's network, where there is TLS."""
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=_over_network(self.app) if lan else self.app),
            base_url="https://localhost" if lan else "http://localhost",
        )


def _over_network(app: ASGIApp) -> ASGIApp:
    async def marked(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": {LAN: True}}, receive, send)

    return marked
