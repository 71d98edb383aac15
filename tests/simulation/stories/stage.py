"""A store in virtual time: the daemon's own composition, simulated terminals, a simulated Stripe.

Each terminal has sold once before anybody watches, so that its last transaction proves something
(M5). Who compares: `Store.books`.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

import httpx2

from posd.api.app import Api
from posd.clock import utc
from posd.composition import SOFTWARE, Posd
from posd.config import Config, KeyConfig, LaneConfig, ReaderConfig
from posd.config.sections import StoreConfig, UpstreamConfig
from posd.ids import chance
from posd.journal.executor import LoopExecutor
from posd.journal.store import Journal
from posd.model.access_key import Role
from posd.model.facts import AttemptFact
from posd.model.reader import Reader
from posd.render import event
from posd.upstream.client import StripeClient
from posd.world import World
from posd_drivers import catalogue
from posd_drivers.card_reader import CardReader
from posd_drivers.errors import NotSent
from posd_drivers.transport import memory
from posd_drivers.transport.base import Transport
from posd_drivers.zvt.settings import Framing
from posd_simulator.cloud.app import create_app
from posd_simulator.cloud.cloud import Cloud
from posd_simulator.cloud.rules.payment_records import guaranteed_value
from posd_simulator.terminal.ledger import Entry, Line, MemoryLedger, Transaction, book_of
from posd_simulator.terminal.settings import Settings, Wire
from posd_simulator.terminal.terminal import Terminal
from tests.simulation.asgi import AsgiTransport, Message
from tests.simulation.ids import CountingIds
from tests.simulation.loop import VirtualClock
from tests.simulation.stories import disk
from tests.simulation.stories.tills import Till

OPENS_WALL_MS: Final = 1_795_420_800_000
"""Monday 2026-11-23, 08:00 UTC."""
POSD: Final = "http://127.0.0.1:8719"
STRIPE: Final = "http://127.0.0.1:12111"
FSYNC_S: Final = 0.001
PATIENCE_S: Final = 80.0
"""How long Stripe's SDKs wait for an answer."""
GREETING_S: Final = 2.0
"""Long enough for posd to get to know every terminal."""
EARLIER_AMOUNT: Final = 500
EARLIER_RECEIPT: Final = 16
FRAMING: Final = {Wire.SERIAL: Framing.SERIAL, Wire.TCP: Framing.STREAM}
OUTCOMES: Final = frozenset(
    {
        *("AttemptApproved", "AttemptDeclined", "AttemptAborted"),
        *("AttemptNotSent", "AttemptNotCharged"),
    }
)


@dataclass(frozen=True, slots=True)
class Books:
    """What four parties say of one payment.

    Attributes:
        told: PaymentIntent.status, as the till reads it.
        booked: How often its amount stands in the terminals' books.
        guaranteed: How often it stands at Stripe, guaranteed.
        outcome: The facts by which posd ended its attempts, in order.
    """

    told: str
    booked: int
    guaranteed: int
    outcome: tuple[str, ...]


PAID: Final = Books("succeeded", 1, 1, ("AttemptApproved",))
NOT_CHARGED: Final = Books("requires_payment_method", 0, 0, ("AttemptNotCharged",))
UNPROVEN: Final = Books("processing", 0, 0, ())


@dataclass
class Store:
    """What outlives a posd, and the posd of this moment.

    Attributes:
        terminals: By the id of their reader.
        prints: Who prints the receipts.
        mode: `test` or `live`.
        stripe_mode: The mode of the credential that opens Stripe.
        through: What posd's end of a reader's line goes through, by the reader's id.
        disk_s: How long an fsync takes, in seconds.
        manual_capture: How its readers hold what is to be captured later.
        fallbacks: Which lane's reader another lane falls back on, by the lanes' names.
    """

    folder: Path
    world: asyncio.TaskGroup
    clock: VirtualClock
    terminals: dict[str, Terminal]
    cloud: Cloud
    prints: catalogue.Prints
    mode: str
    stripe_mode: str
    through: dict[str, Callable[[Transport], Transport]] = field(default_factory=dict)
    disk_s: float = FSYNC_S
    manual_capture: Literal["refuse", "preauth", "sale_then_reverse"] = "preauth"
    fallbacks: dict[str, str] = field(default_factory=dict)
    ids: CountingIds = field(default_factory=CountingIds)
    _api: Api | None = None
    _posd: Posd | None = None
    _life: asyncio.Task[None] | None = None

    @property
    def posd(self) -> Posd:
        """The one that runs."""
        assert self._posd is not None, "the power is off"
        return self._posd

    async def power_on(self) -> None:
        """Start posd, and let it get to know its terminals."""
        ready = asyncio.Event()
        self._life = self.world.create_task(self._live(ready), name="posd")
        await ready.wait()
        await asyncio.sleep(GREETING_S)

    async def power_off(self) -> None:
        """End posd at once, as a power cut would."""
        assert self._life is not None, "the power is off"
        self._life.cancel()
        await asyncio.wait({self._life})

    def till(self, name: str = "till", role: Role = Role.TILL, *, mode: str | None = None) -> Till:
        """A till of that name; or, with another role or mode, whoever holds such a key."""
        line = AsgiTransport(self._door, self.world)
        headers = {"Authorization": f"Bearer {secret(mode or self.mode, name, role)}"}
        http = httpx2.AsyncClient(
            base_url=POSD, headers=headers, transport=line, timeout=PATIENCE_S
        )
        return Till(http, line)

    def manager(self) -> Till:
        """Somebody with a manager's key."""
        return self.till("manager", Role.MANAGER)

    def booked(self) -> list[int]:
        """What stands in the terminals' books since the store opened."""
        books = [terminal.ledger.book for terminal in self.terminals.values()]
        return [row.amount for book in books for row in book.stored[1:]]

    def guaranteed(self) -> list[int]:
        """What Stripe holds as paid."""
        accounts = self.cloud.ledger.accounts.values()
        records = [record for account in accounts for record in account.payment_records.values()]
        return [amount for record in records if (amount := guaranteed_value(record))]

    def facts(self, intent: str) -> list[AttemptFact]:
        """What is journaled of its attempts, in order."""
        queries = self.posd.journal.queries
        entries = [
            entry
            for attempt in queries.attempts_of(intent)
            for entry in queries.entries(attempt.id)
        ]
        return [entry.fact for entry in entries if isinstance(entry.fact, AttemptFact)]

    def kinds(self, intent: str) -> list[str]:
        """The kinds of those facts."""
        return [type(fact).__name__ for fact in self.facts(intent)]

    def heard(self, intent: str) -> int:
        """How often it is journaled that its till has heard of the approval."""
        entries = self.posd.journal.queries.entries(intent)
        return sum(entry.kind == "ApprovalHeard" for entry in entries)

    async def books(self, till: Till, intent: str) -> Books:
        """All four books on one payment; no other of the story has its amount."""
        known = self.posd.journal.queries.payment_intent(intent)
        assert known is not None, intent
        return Books(
            told=await till.status(intent),
            booked=Counter(self.booked())[known.amount],
            guaranteed=Counter(self.guaranteed())[known.amount],
            outcome=tuple(kind for kind in self.kinds(intent) if kind in OUTCOMES),
        )

    async def _live(self, ready: asyncio.Event) -> None:
        executor = LoopExecutor(lambda: self.disk_s)
        journal = Journal.open(
            self.folder / "journal.db",
            executor=executor,
            clock=self.clock,
            node="story",
            livemode=self.mode == "live",
            software=SOFTWARE,
            render_events=event.events,
            vfs=disk.NAME,
        )
        try:
            async with asyncio.TaskGroup() as root:
                self._posd = Posd(self._config(), self._parts(executor), journal, root)
                await self._posd.start()
                self._api = Api(self._posd.services(), ids=self.ids)
                ready.set()
        finally:
            self._posd = self._api = None
            journal.close()

    def _parts(self, executor: LoopExecutor) -> World:
        api_key = f"rk_{self.stripe_mode}_story"
        uplink = AsgiTransport(create_app(self.cloud), self.world)
        return World(
            clock=self.clock,
            ids=self.ids,
            chance=chance(1),
            executor=executor,
            open_reader=self._open_reader,
            stripe=StripeClient(STRIPE, api_key, transport=uplink),
        )

    async def _open_reader(self, reader: Reader) -> CardReader:
        terminal = self.terminals.get(reader.id)
        if terminal is None or not terminal.cable.plugged:
            raise NotSent("nobody is there")
        link = memory.pair()
        self.world.create_task(terminal.connect(link.pt), name=f"line:{reader.id}")
        settings = catalogue.ReaderSettings(currency=reader.currency, receipts=self.prints)
        line = self.through.get(reader.id, _straight)(link.ecr)
        return catalogue.reader_over(line, FRAMING[terminal.settings.wire], settings)

    async def _door(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        assert self._api is not None, "the power is off"
        await self._api(scope, receive, send)

    def _config(self) -> Config:
        names = [id_.removeprefix("tmr_posd_") for id_ in self.terminals]
        return Config(
            store=StoreConfig(
                name="Corner shop", time_zone="Europe/Berlin", currency="eur", state_dir=self.folder
            ),
            mode="live" if self.mode == "live" else "test",
            upstream=UpstreamConfig(kind="stripe", base_url=STRIPE),
            lane=tuple(LaneConfig(name, name, self.fallbacks.get(name)) for name in names),
            reader=tuple(
                ReaderConfig(
                    name,
                    f"zvt+tcp://10.0.0.7:{20007 + at}",
                    "eur",
                    simulated=self.mode == "test",
                    manual_capture=self.manual_capture,
                )
                for at, name in enumerate(names)
            ),
            key=tuple(
                KeyConfig(
                    name, role, hashlib.sha256(secret(self.mode, name, role).encode()).hexdigest()
                )
                for name, role in (
                    ("till", Role.TILL),
                    ("other-till", Role.TILL),
                    ("manager", Role.MANAGER),
                )
            ),
        )


def lane(number: int) -> str:
    """The id of that lane's reader, from 1."""
    return f"tmr_posd_lane-{number}"


def secret(mode: str, name: str, role: Role) -> str:
    """The key that opens posd's API."""
    return f"posd_{mode}_{role.value}_{name}"


def _straight(line: Transport) -> Transport:
    return line


class _Closed(Exception):
    """Ends everything in the store."""


@asynccontextmanager
async def opened(
    folder: Path,
    *,
    lanes: int = 1,
    settings: Settings = Settings(),  # noqa: B008 (frozen)
    prints: catalogue.Prints = catalogue.Prints.TERMINAL,
    mode: str = "test",
    stripe_mode: str | None = None,
) -> AsyncIterator[Store]:
    """A store with so many terminals, posd and Stripe, all running."""
    clock = VirtualClock(asyncio.get_running_loop(), OPENS_WALL_MS)
    numbered = {
        lane(number): replace(settings, terminal_id=str(int(settings.terminal_id) + number - 1))
        for number in range(1, lanes + 1)
    }
    terminals = {
        id_: Terminal(own, ledger_of(own), now=lambda: utc(clock.wall_ms()))
        for id_, own in numbered.items()
    }
    cloud = Cloud(clock.wall_ms, CountingIds().new)
    try:
        async with asyncio.TaskGroup() as world:
            for id_, terminal in terminals.items():
                world.create_task(terminal.run(), name=id_)
            store = Store(folder, world, clock, terminals, cloud, prints, mode, stripe_mode or mode)
            await store.power_on()
            yield store
            raise _Closed  # noqa: TRY301 (the group cancels what still runs)
    except* _Closed:
        pass


def ledger_of(settings: Settings) -> MemoryLedger:
    """The book of a terminal that has sold before."""
    earlier = Transaction(
        kind="sale",
        terminal_id=settings.terminal_id,
        amount=EARLIER_AMOUNT,
        currency=settings.currency,
        receipt=EARLIER_RECEIPT,
        trace=EARLIER_RECEIPT,
        turnover=EARLIER_RECEIPT,
        at="2026-11-20T18:00:00",
        result=0,
        text="",
        card="visa",
        entry_mode="contactless",
        verification="none",
        authorisation="000016",
    )
    return MemoryLedger(book_of([Line(Entry.STORED, earlier)]))
