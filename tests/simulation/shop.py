"""One store for some days, in virtual time: a till, a terminal, posd, Stripe, and what goes wrong.

posd is the daemon's own composition; what is replaced is its World. The faults of a day are drawn
from the seed before it begins: cables pulled in the middle of a payment, an internet line that is
down or swallows answers, cards that are declined. Then the line heals, the shop falls quiet, and
the oracle compares the ledgers.
"""

import asyncio
import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx2

from posd import config
from posd.api.app import Api
from posd.clock import utc
from posd.composition import SOFTWARE, OpenReader, Posd, World
from posd.ids import Chance, chance
from posd.journal.executor import LoopExecutor
from posd.journal.store import Journal
from posd.model.attempt import AttemptState
from posd.model.reader import Reader
from posd.render import event
from posd.upstream.client import StripeClient
from posd_drivers import catalogue
from posd_drivers.card_reader import CardReader
from posd_drivers.errors import NotSent
from posd_drivers.transport import memory
from posd_drivers.zvt.reader import Framing
from posd_simulator.cloud.app import create_app
from posd_simulator.cloud.cloud import Cloud
from posd_simulator.terminal.cardholder import Behaviour
from posd_simulator.terminal.ledger import MemoryLedger
from posd_simulator.terminal.settings import Settings, StorageRule
from posd_simulator.terminal.terminal import Terminal
from tests.simulation.asgi import AsgiTransport, Link
from tests.simulation.ids import CountingIds
from tests.simulation.loop import VirtualClock
from tests.simulation.oracle import Evidence, violations
from tests.simulation.till import Till
from tests.simulation.trace import Trace, Traced

OPENS_WALL_MS: Final = 1_795_420_800_000
"""Monday 2026-11-23, 08:00 UTC."""
DAY_S: Final = 24 * 3600.0
OPEN_S: Final = 10 * 3600.0
SALES_A_DAY: Final = 60
HEAL_S: Final = 1800.0
CABLE_CHANCE: Final = 0.15
FSYNC_S: Final = (0.0001, 0.004)
AMOUNT_STEP: Final = 100
TILL_KEY: Final = "posd_test_simulated_till"
STRIPE: Final = "http://127.0.0.1:12111"
POSD: Final = "http://127.0.0.1:8719"
ENDINGS: Final = (0, 0, 0, 0, 0, 0, 50, 99, 1, 5, 65)
"""Last two digits of amounts; 01, 05 and 65 are declined by the issuer."""
BEHAVIOURS: Final = (Behaviour.TAP,) * 8 + (
    Behaviour.WRONG_PIN,
    Behaviour.CANCEL,
    Behaviour.WALK_AWAY,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run leaves behind.

    Attributes:
        digest: The trace hash.
        steps: How many things the trace noted.
        statuses: How the till's sales ended, by PaymentIntent status.
        facts: How often each kind of fact was journaled.
        faults: How often each kind of fault was made.
        violations: What must not be true and is.
    """

    digest: str
    steps: int
    statuses: Counter[str]
    facts: Counter[str]
    faults: Counter[str]
    violations: tuple[str, ...]


@dataclass(slots=True)
class Shop:
    """The actors and the lines between them."""

    chance: Chance
    trace: Trace
    terminal: Terminal
    cloud: Cloud
    uplink: AsgiTransport
    till: Till
    posd: Posd
    faults: Counter[str] = field(default_factory=Counter)

    async def trade(self, days: int) -> None:
        """Sell through the opening hours of some days, faults included."""
        for _day in range(days):
            async with asyncio.TaskGroup() as group:
                group.create_task(self._spoil_uplink(), name="uplink-faults")
                group.create_task(self._sell(), name="sales")
            await asyncio.sleep(DAY_S - OPEN_S)

    async def heal(self) -> None:
        """Let everything work again, wait until it is quiet, and let the till read once more."""
        self.uplink.link = Link.UP
        self.terminal.cable.plug()
        await asyncio.sleep(HEAL_S)
        for sale in self.till.ledger:
            await self.till.read(sale)

    def evidence(self) -> Evidence:
        """What every party holds now."""
        accounts: list[dict[str, Any]] = json.loads(json.dumps(self.cloud.snapshot()["accounts"]))
        records = [record for account in accounts for record in account["payment_records"]]
        guaranteed = [record["amount_guaranteed"]["value"] for record in records]
        unproven = self.posd.journal.queries.unproven_attempts()
        return Evidence(
            told=self.till.ledger,
            booked=[row.amount for row in self.terminal.ledger.book.stored],
            guaranteed=[amount for amount in guaranteed if amount],
            unguaranteed=[
                record["amount_requested"]["value"]
                for record in records
                if not record["amount_guaranteed"]["value"]
            ],
            with_a_person=frozenset(
                attempt.amount for attempt in unproven if attempt.state is AttemptState.PERSON
            ),
        )

    async def _sell(self) -> None:
        for _sale in range(SALES_A_DAY):
            await asyncio.sleep(self.chance.uniform(0.2, 1.8) * OPEN_S / SALES_A_DAY)
            if self._reader_blocked():
                continue
            self.terminal.cardholder.script([self.chance.choice(BEHAVIOURS)])
            amount = AMOUNT_STEP * (len(self.till.ledger) + 1) + self.chance.choice(ENDINGS)
            async with asyncio.TaskGroup() as group:
                # A terminal without a last transaction proves nothing: the first sale is spared.
                if self.chance.random() < CABLE_CHANCE and self.terminal.ledger.book.stored:
                    group.create_task(self._pull_cable(), name="cable")
                group.create_task(self.till.sell(amount), name="sale")

    def _reader_blocked(self) -> bool:
        """A payment that only a person can clear takes the reader; nobody clears it here."""
        return any(
            attempt.state is AttemptState.PERSON
            for attempt in self.posd.journal.queries.unended_attempts()
        )

    async def _pull_cable(self) -> None:
        await asyncio.sleep(self.chance.uniform(0.0, 4.0))
        self.faults["cable"] += 1
        self.trace.note("cable", b"pulled")
        await self.terminal.pull_cable(for_s=self.chance.uniform(0.5, 60.0))

    async def _spoil_uplink(self) -> None:
        end = asyncio.get_running_loop().time() + OPEN_S
        while (left := end - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(min(left, self.chance.uniform(0, OPEN_S / 4)))
            self.uplink.link = self.chance.choice((Link.DOWN, Link.LOSES_ANSWERS))
            self.faults[self.uplink.link.value] += 1
            await asyncio.sleep(self.chance.uniform(1, 1800))
            self.uplink.link = Link.UP


async def run(seed: int, days: int, folder: Path) -> Outcome:
    """One store, `days` long, from one seed. Leaves its journal in `folder`."""
    dice, trace = chance(seed), Trace()
    clock = VirtualClock(asyncio.get_running_loop(), OPENS_WALL_MS)

    def now() -> datetime:
        return utc(clock.wall_ms())

    settings = Settings(storage_rule=dice.choice(list(StorageRule)))
    terminal = Terminal(settings, MemoryLedger(), now=now)
    cloud = Cloud(clock.wall_ms, CountingIds().new)
    outcomes: list[Outcome] = []
    try:
        async with asyncio.TaskGroup() as root:
            root.create_task(terminal.run(), name="terminal")
            uplink = AsgiTransport(create_app(cloud), root)
            world = World(
                clock=clock,
                ids=CountingIds(),
                chance=dice,
                executor=LoopExecutor(lambda: dice.uniform(*FSYNC_S)),
                open_reader=_wiring(terminal, trace, root),
                stripe=StripeClient(STRIPE, "rk_test_simulated", transport=uplink),
                node="simulated",
            )
            posd = await _start(world, folder, root)
            api = AsgiTransport(Api(posd.services(), ids=world.ids), root)
            headers = {"Authorization": f"Bearer {TILL_KEY}"}
            http = httpx2.AsyncClient(base_url=POSD, headers=headers, transport=api)
            shop = Shop(dice, trace, terminal, cloud, uplink, Till(http, trace), posd)
            await shop.trade(days)
            await shop.heal()
            outcomes.append(await _outcome(shop))
            raise _Closed  # noqa: TRY301 (the group cancels what still runs)
    except* _Closed:
        pass
    return outcomes[0]


class _Closed(Exception):
    """Ends every task of the run."""


async def _outcome(shop: Shop) -> Outcome:
    facts: Counter[str] = Counter()
    history = shop.posd.journal.tail(0)
    for _seq in range(shop.posd.journal.head):
        entry = await anext(history)
        facts[entry.kind] += 1
        shop.trace.note("journal", entry.hash)
    return Outcome(
        digest=shop.trace.digest(),
        steps=shop.trace.steps,
        statuses=Counter(sale.status or "none" for sale in shop.till.ledger),
        facts=facts,
        faults=shop.faults,
        violations=tuple(violations(shop.evidence())),
    )


async def _start(world: World, folder: Path, root: asyncio.TaskGroup) -> Posd:
    setup = config.parse(_config(folder), Path("simulated.toml"))
    journal = Journal.open(
        folder / "journal.db",
        executor=world.executor,
        clock=world.clock,
        node=world.node,
        livemode=False,
        software=SOFTWARE,
        render_events=event.events,
    )
    posd = Posd(setup, world, journal, root)
    await posd.start()
    return posd


def _wiring(terminal: Terminal, trace: Trace, root: asyncio.TaskGroup) -> OpenReader:
    async def open_reader(reader: Reader) -> CardReader:
        if not terminal.cable.plugged:
            raise NotSent("the cable is out")
        link = memory.pair()
        root.create_task(terminal.connect(link.pt), name="line")
        settings = catalogue.ReaderSettings(currency=reader.currency)
        return catalogue.reader_over(Traced(link.ecr, trace), Framing.SERIAL, settings)

    return open_reader


def _config(folder: Path) -> str:
    return f"""
mode = "test"
[store]
name = "simulated"
time_zone = "Europe/Berlin"
currency = "eur"
state_dir = "{folder}"
[upstream]
kind = "stripe"
base_url = "{STRIPE}"
[[reader]]
name = "lane-1"
url = "zvt+serial:///dev/simulated"
simulated = true
[[key]]
name = "till"
role = "till"
sha256 = "{hashlib.sha256(TILL_KEY.encode()).hexdigest()}"
"""
