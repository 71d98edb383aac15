"""Browsers in front of the pages, in this process; behind them the API's fakes."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx2
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from posd.api.app import Api
from posd.api.auth import LAN
from posd.bus.store_view import StoreView
from posd.journal.command import Command, Committed
from posd.model.projection import Circumstance
from posd.model.reader import Reader
from posd.model.store import StoreLanes, StoreName
from posd.model.store_facts import LanesNamed, NamedLane, StoreNamed
from posd.naming import Names
from posd.page.cookies import COOKIE, SECURE_COOKIE
from posd.page.entrance import Entrance
from posd.page.first_code import FirstCode
from posd.page.parts import PageParts, SetValue
from posd.page.pin import Pin
from posd.page.routes import routes
from posd.page.sessions import Session, Sessions
from posd.snapshot.views import Snapshot
from tests.simulation.ids import CountingIds
from tests.unit.posd import records
from tests.unit.posd.api.fakes import Bench
from tests.unit.posd.api.store import Store
from tests.unit.posd.journal.scenario import TurnedClock
from tests.unit.posd.ledger_fake import LedgerFake
from tests.unit.posd.page.histories_fake import HistoriesFake
from tests.unit.posd.snapshots import busy_shop

if TYPE_CHECKING:
    from posd.model.facts import Fact

AT: Final = Circumstance(records.ENDED_MS, livemode=False, actor="page")
NOWHERE: Final = Path("/nonexistent")
OURS: Final = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a form that a page of ours sent."""


class Readers(LedgerFake):
    """A ledger that knows the readers of the API's tests."""

    def __init__(self, store: Store) -> None:
        super().__init__(records.reader())
        self._store = store

    @override
    def reader(self, id_: str) -> Reader | None:
        return self._store.reader(id_)


class JournalFake:
    """Keeps what is committed, with who did it."""

    def __init__(self, store: Store) -> None:
        self.facts: list[tuple[Fact, str]] = []
        self._ledger = Readers(store)

    async def commit(self, command: Command) -> Committed:
        decided = command.decide(self._ledger, AT)
        self.facts += [(fact, command.actor) for fact in decided.facts]
        return Committed(len(self.facts), (), decided.answer)

    def store_name(self) -> StoreName | None:
        said = [StoreName(fact.name) for fact, _ in self.facts if isinstance(fact, StoreNamed)]
        return said[-1] if said else None

    def store_lanes(self) -> StoreLanes | None:
        said = [StoreLanes(fact.lanes) for fact, _ in self.facts if isinstance(fact, LanesNamed)]
        return said[-1] if said else None


def at_once(snapshot: Callable[[], Snapshot]) -> Callable[[], Awaitable[Snapshot]]:
    """The snapshot for whoever asks, without a wait for the next."""

    async def now() -> Snapshot:
        return snapshot()

    return now


class Desk:
    """The pages of a posd whose snapshot is `snapshot`'s and whose PIN is kept in `folder`.

    `name` and `lanes` are what its configuration file says of the store.
    """

    def __init__(
        self,
        snapshot: Callable[[], Snapshot] | None = None,
        folder: Path = NOWHERE,
        *,
        name: str | None = "Corner shop",
        lanes: Sequence[NamedLane] = (NamedLane("1", records.READER),),
        livemode: bool = False,
    ) -> None:
        self.clock = TurnedClock()
        self.bench = Bench(livemode=livemode)
        self.journal = JournalFake(self.bench.store)
        self.sessions = Sessions(self.clock)
        self.code = FirstCode()
        self.entrance = self.new_entrance(folder)
        self.histories = HistoriesFake(self.bench.store)
        self.far = StoreView("lyon", connected=True, problem=None)
        self.parts = PageParts(
            self.bench.services,
            at_once(snapshot or busy_shop().snapshot),
            self.sessions,
            self.entrance,
            Names(self.journal, self.journal, name, lanes),
            self.histories,
            lambda: (SetValue("store", "currency", "eur", declared=True),),
            far=lambda: self.far,
        )
        self.app = Api(
            self.bench.services,
            ids=CountingIds(),
            lan_hosts=("localhost",),
            pages=routes(self.parts),
        )

    def new_entrance(self, folder: Path) -> Entrance:
        """As after a start over that folder."""
        pin = Pin(folder / "manager.pin", self.clock)
        return Entrance(self.journal, pin, self.sessions, self.code)

    def browser(self, *, lan: bool = False) -> httpx2.AsyncClient:
        """A browser at the machine, or on the store's network, where there is TLS."""
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=_over_network(self.app) if lan else self.app),
            base_url="https://localhost" if lan else "http://localhost",
            headers=OURS,
        )

    def manager(self, *, lan: bool = False) -> tuple[httpx2.AsyncClient, Session]:
        """A browser in which a manager has signed in, and the session."""
        browser = self.browser(lan=lan)
        token, session = self.sessions.begin()
        browser.cookies.set(SECURE_COOKIE if lan else COOKIE, token)
        return browser, session


def _over_network(app: ASGIApp) -> ASGIApp:
    async def marked(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": {LAN: True}}, receive, send)

    return marked
