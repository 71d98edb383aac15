"""A counter: a till that pays attention, a reader, and the simulated terminal it is for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from posd_drivers import catalogue
from posd_drivers.card_reader import Approved, CardReader, Receipt, Reported, Step
from posd_drivers.catalogue import Prints, ReaderSettings
from posd_drivers.transport import memory
from posd_drivers.zvt.settings import Framing
from posd_simulator.terminal.cardholder import Cardholder
from posd_simulator.terminal.ledger import MemoryLedger
from posd_simulator.terminal.settings import Settings, StorageRule, Wire
from posd_simulator.terminal.terminal import Terminal

SETTINGS = ReaderSettings("eur", receipts=Prints.TILL)
TAP_AFTER_S = 0.02


@dataclass(slots=True)
class TillFake:
    """An `Attendant` that remembers what it was told and decides as it was made to."""

    accepts: bool = True
    told: list[object] = field(default_factory=list)
    taken: asyncio.Event = field(default_factory=asyncio.Event)
    on_step: Callable[[Step], None] = lambda _: None

    def acknowledged(self) -> None:
        self.told.append("acknowledged")
        self.taken.set()

    def progress(self, step: Step) -> None:
        self.on_step(step)

    async def reported(self, reported: Reported) -> bool:
        self.told.append(reported)
        return self.accepts

    async def printed(self, receipt: Receipt) -> None:
        self.told.append(receipt)

    async def approved(self, approved: Approved) -> None:
        self.told.append(approved)

    @property
    def decided(self) -> list[object]:
        """What it was told, but for receipts."""
        return [told for told in self.told if not isinstance(told, Receipt)]

    @property
    def receipts(self) -> list[Receipt]:
        """The receipts it was given."""
        return [told for told in self.told if isinstance(told, Receipt)]


@dataclass(slots=True)
class Counter:
    """A reader at the till and the terminal it is for."""

    reader: CardReader
    terminal: Terminal


@asynccontextmanager
async def switched_on(wire: Wire) -> AsyncIterator[tuple[Terminal, asyncio.TaskGroup]]:
    terminal = Terminal(
        Settings(wire=wire, storage_rule=StorageRule.OLD, host_delay_s=TAP_AFTER_S),
        MemoryLedger(),
        now=lambda: datetime.now(UTC),  # noqa: TID251  the terminal's clock, which is evidence only
        cardholder=Cardholder(tap_after_s=TAP_AFTER_S),
    )
    async with asyncio.TaskGroup() as group:
        power = group.create_task(terminal.run())
        yield terminal, group
        await terminal.pull_cable()
        power.cancel()


@asynccontextmanager
async def in_memory(wire: Wire, framing: Framing) -> AsyncIterator[Counter]:
    async with switched_on(wire) as (terminal, group):
        link = memory.pair()
        group.create_task(terminal.connect(link.pt))
        reader = catalogue.reader_over(link.ecr, framing, SETTINGS)
        yield Counter(reader, terminal)
        await reader.close()
