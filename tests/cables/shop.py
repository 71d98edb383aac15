"""A posd in this process and in real time, with a simulated terminal on each of its lines.

Each terminal has sold once before, so that its last transaction proves something (M5). Its cable is
pulled and plugged by the test or by a fault, and posd is told so as udev would.
"""

import asyncio
import os
import re
import threading
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from posd.clock import SystemClock, utc
from posd.composition import SOFTWARE, Posd
from posd.config.sections import ReaderConfig
from posd.errors import Refused
from posd.ids import RandomIds, chance
from posd.journal.executor import ThreadExecutor
from posd.journal.store import Journal
from posd.model.attempt import AttemptState
from posd.model.reader import Reader
from posd.render import event
from posd.world import World
from posd_drivers import catalogue
from posd_drivers.card_reader import CardReader
from posd_simulator.terminal.cardholder import Cardholder
from posd_simulator.terminal.settings import Settings
from posd_simulator.terminal.terminal import Terminal
from posd_simulator.usbip.backend import UsbIpBackend
from posd_simulator.usbip.server import UsbIpServer
from tests.cables.lines import Line, serve
from tests.simulation.stories.stage import ledger_of
from tests.unit.posd.house import TILL, attempt_of, config, ordered

ZONE: Final = ZoneInfo("Europe/Berlin")
"""Read before the loop runs, as posd reads its own."""
LOOK_S: Final = 0.01
ONLINE_S: Final = 60.0
TRIES_MAX: Final = 20
TRY_AGAIN_S: Final = 0.5
AUTHORISATION: Final = "ECR  06 01"
NUMBERED: Final = re.compile(r"(?<=^socket:).*|(?<=^pipe:).*|(?<=^/dev/pts/).*")
POOL: Final = "asyncio_"
"""How the threads are called in which the loop opens and closes devices: a few, and they stay."""


@dataclass(frozen=True)
class Plan:
    """A terminal that is to stand in the shop, and on which line."""

    line: Line
    settings: Settings


@dataclass
class Lane:
    """A terminal on its line.

    Attributes:
        reader: The id of its reader.
        opened: How often posd has tried to open its device.
        url: Where a till finds it.
    """

    reader: str
    line: Line
    terminal: Terminal
    posd: Posd | None = None
    opened: int = 0
    url: str = ""

    async def flap(self, cycles: int, cycle_s: float, out_s: float) -> None:
        """So many times out and in."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        for cycle in range(cycles):
            await self.terminal.pull_cable()
            await asyncio.sleep(out_s)
            self.terminal.cable.plug()
            await asyncio.sleep(began + (cycle + 1) * cycle_s - loop.time())

    @property
    def online(self) -> bool:
        """Whether it takes payments."""
        assert self.posd is not None
        return self.posd.fleet.live(self.reader).online

    @property
    def is_free(self) -> bool:
        """Whether it takes a payment now."""
        return self.online and not self.terminal.busy

    async def until_online(self, within_s: float) -> float:
        """Wait until it takes payments; how long that took, in seconds. Raises AssertionError."""
        return await until(lambda: self.online, within_s, f"{self.line.value} is not online")

    async def pay(self, amount: int) -> str:
        """Have it take a new payment of that amount; whatever the till is answered then.

        What was refused before anything was journaled is tried again, as a cashier does.
        """
        assert self.posd is not None
        posd, intent = self.posd, (await ordered(self.posd, amount)).id
        for _ in range(TRIES_MAX):
            with suppress(Refused):
                await posd.payments.process(self.reader, intent, actor=TILL, claim=None)
            known = posd.journal.queries.payment_intent(intent)
            if known is not None and known.attempt is not None:
                break
            await asyncio.sleep(TRY_AGAIN_S)
        return intent

    def state(self, intent: str) -> AttemptState:
        """How the latest attempt of a payment stands."""
        assert self.posd is not None
        known = self.posd.journal.queries.payment_intent(intent)
        assert known is not None
        return attempt_of(self.posd, known).state

    def booked(self, amount: int) -> int:
        """How often that amount stands in the terminal's book."""
        return Counter(sale.amount for sale in self.terminal.ledger.book.stored)[amount]

    async def until_booked(self, amount: int, within_s: float) -> None:
        """Wait until that amount stands in the terminal's book, once. Raises AssertionError."""
        await until(lambda: self.booked(amount) == 1, within_s, f"{self.line.value}: not booked")

    def commands(self) -> int:
        """How many authorisations the terminal was told of."""
        said = [message.line for message in self.terminal.messages]
        return sum(line.startswith(AUTHORISATION) for line in said)


@dataclass(frozen=True)
class Held:
    """What this process holds: what its descriptors are of, its threads and tasks, by name."""

    descriptors: tuple[str, ...]
    threads: tuple[str, ...]
    tasks: tuple[str, ...]


def held() -> Held:
    """What it holds now."""
    threads = [thread.name for thread in threading.enumerate()]
    return Held(
        descriptors=tuple(sorted(_descriptors())),
        threads=tuple(sorted(name for name in threads if not name.startswith(POOL))),
        tasks=tuple(sorted(task.get_name() for task in asyncio.all_tasks())),
    )


def _descriptors() -> Iterator[str]:
    """What each is of, without the number that a socket, a pipe and a pty get anew."""
    for number in os.listdir("/proc/self/fd"):  # noqa: PTH208 (one of them is of this list)
        with suppress(FileNotFoundError):
            opened = Path("/proc/self/fd", number).readlink()
            yield NUMBERED.sub("", str(opened))


async def until(true: Callable[[], bool], within_s: float, otherwise: str) -> float:
    """Wait until it is true; how long that took, in seconds. Raises AssertionError."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while not true():
        assert loop.time() - began < within_s, otherwise
        await asyncio.sleep(LOOK_S)
    return loop.time() - began


def in_a_hurry() -> Cardholder:
    """Somebody who taps at once."""
    return Cardholder(auto=True, tap_after_s=0.05)


class _Closed(Exception):
    """Ends everything in the shop."""


@asynccontextmanager
async def opened(folder: Path, plans: Sequence[Plan]) -> AsyncIterator[list[Lane]]:
    """A shop with these terminals, all of them taking payments."""
    with closing(ThreadExecutor()) as executor, closing(_journal(folder, executor)) as journal:
        async with UsbIpServer({}) as usb:
            try:
                async with asyncio.TaskGroup() as root:
                    lanes = [
                        await _plugged_in(number, plan, folder, usb, root)
                        for number, plan in enumerate(plans, 1)
                    ]
                    world = _world(lanes, executor, usb)
                    posd = Posd(config(*map(_declared, lanes)), world, journal, root)
                    await _start(posd, lanes)
                    yield lanes
                    raise _Closed  # noqa: TRY301 (the group cancels what still runs)
            except* _Closed:
                pass


async def _plugged_in(
    number: int,
    plan: Plan,
    folder: Path,
    usb: UsbIpServer,
    root: asyncio.TaskGroup,
) -> Lane:
    settings = replace(plan.settings, terminal_id=f"{number:08}")
    terminal = Terminal(settings, ledger_of(settings), now=_now, cardholder=in_a_hurry())
    lane = Lane(f"tmr_posd_lane-{number}", plan.line, terminal)
    known = asyncio.Event()

    def ready(url: str) -> None:
        lane.url = url
        known.set()

    root.create_task(terminal.run(), name=f"terminal of {lane.reader}")
    root.create_task(serve(plan.line, terminal, folder, usb, ready), name=f"line of {lane.reader}")
    await known.wait()
    return lane


def _world(lanes: Sequence[Lane], executor: ThreadExecutor, usb: UsbIpServer) -> World:
    by_reader = {lane.reader: lane for lane in lanes}
    backend = UsbIpBackend("127.0.0.1", usb.port)

    async def open_reader(reader: Reader) -> CardReader:
        by_reader[reader.id].opened += 1
        address = catalogue.parse_url(reader.address)
        settings = catalogue.ReaderSettings(reader.currency)
        return await catalogue.open(address, settings, usb=backend)

    async def watch() -> AsyncGenerator[None]:
        """What udev would tell: that a cable is in or out."""
        before = [lane.terminal.cable.plugged for lane in lanes]
        while True:
            await asyncio.sleep(LOOK_S)
            now = [lane.terminal.cable.plugged for lane in lanes]
            if now != before:
                before = now
                yield

    return World(
        clock=SystemClock(),
        ids=RandomIds(),
        chance=chance(),
        executor=executor,
        open_reader=open_reader,
        stripe=None,
        watch_plugs=watch,
    )


async def _start(posd: Posd, lanes: Sequence[Lane]) -> None:
    await posd.start()
    posd.watch_plugs()
    for lane in lanes:
        lane.posd = posd
    for lane in lanes:
        await lane.until_online(ONLINE_S)


def _declared(lane: Lane) -> ReaderConfig:
    return ReaderConfig(lane.reader.removeprefix("tmr_posd_"), lane.url, "eur", simulated=True)


def _now() -> datetime:
    return utc(SystemClock().wall_ms())


def _journal(folder: Path, executor: ThreadExecutor) -> Journal:
    return Journal.open(
        folder / "journal.db",
        executor=executor,
        clock=SystemClock(),
        node="shop",
        livemode=False,
        software=SOFTWARE,
        render_events=event.events,
    )
