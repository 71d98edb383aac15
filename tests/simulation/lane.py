"""A lane: one terminal with its cardholder and its book, and the line on which posd speaks to it.

The terminal, its cable and its book belong to the store and outlive every posd. The line's end at
posd belongs to one posd: once that is dead, nothing it still does goes anywhere.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from datetime import datetime
from typing import Any, Final, Protocol, TypeAlias

from typing_extensions import override

from posd.ids import Chance
from posd.model.reader import Reader
from posd_drivers import catalogue
from posd_drivers.card_reader import CardReader
from posd_drivers.errors import NotSent
from posd_drivers.transport import memory
from posd_drivers.transport.base import Transport
from posd_drivers.zvt.settings import Framing
from posd_simulator.terminal.cable import Cable
from posd_simulator.terminal.cardholder import Cardholder
from posd_simulator.terminal.ledger import Entry, Line, MemoryLedger, Transaction
from posd_simulator.terminal.settings import Settings
from posd_simulator.terminal.terminal import Terminal
from tests.simulation.trace import Trace

FRAME: Final = b"\x10\x02"
"""How a serial frame begins: DLE STX."""
SALE: Final = FRAME + b"\x06\x01"
"""How one with an authorisation begins."""
STATUS: Final = FRAME + b"\x04\x0f"
"""How one with a status information begins."""
APPROVING: Final = b"\x27\x00"
"""BMP 27 at the head of a status information that reports success."""
ACKNOWLEDGED: Final = FRAME + b"\x80\x00"
"""How posd accepts what it was told."""
ACK: Final = 0x06
NAK: Final = 0x15
T4_S: Final = 180.0 + 3 * 5.0
"""How long posd may wait for the end of a dialogue that the terminal has forgotten: T4, and three
times T2 before it."""

Act: TypeAlias = Callable[[], None]


class Book(MemoryLedger):
    """A terminal's book that tells of each line as it is written."""

    def __init__(self, wrote: Callable[[Line], None]) -> None:
        super().__init__()
        self._wrote = wrote

    @override
    def append(self, line: Line) -> None:
        super().append(line)
        self._wrote(line)


class Watcher(Protocol):
    """Who sees what happens at a lane."""

    def booked(self, lane: "Lane", line: Line) -> None:
        """A line is in the terminal's book."""
        ...

    def commanded(self, lane: "Lane", *, refused: bool) -> None:
        """A sale leaves posd; `refused`: the terminal answered the last one by a NAK."""
        ...

    def accepted(self, lane: "Lane") -> None:
        """posd accepts an approval that the terminal reports."""
        ...


class Lane:
    """One lane of the store.

    Attributes:
        reader: Its reader's id at posd.
        noise: How many of the octets on its line suffer, 0 to 1.
        well_since: Since when, in the loop's seconds, posd can be expected to have the reader.
    """

    def __init__(
        self,
        name: str,
        settings: Settings,
        prints: catalogue.Prints,
        *,
        now: Callable[[], datetime],
        group: asyncio.TaskGroup,
        dice: Chance,
        trace: Trace,
        watcher: Watcher,
    ) -> None:
        self.name = name
        self.reader = f"tmr_posd_{name}"
        self.noise = 0.0
        self.cardholder = Cardholder()
        self.well_since = 0.0
        self._settings = settings
        self._prints = prints
        self._now = now
        self._group = group
        self._dice = dice
        self._trace = trace
        self._watcher = watcher
        self.book = Book(lambda line: watcher.booked(self, line))
        self.cable = Cable()
        self._end: _End | None = None
        self._armed: list[tuple[int, Act]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._on = False
        self._reported = self._refused = False
        self.terminal = self._switch_on()

    @property
    def well(self) -> bool:
        """Whether the cable is in, the terminal on, and the line quiet."""
        return self._on and self.cable.plugged and not self.noise

    async def open(self, reader: Reader) -> CardReader:
        """What posd calls to open the device. Raises NotSent while the cable is out."""
        assert self._end is None or self._end.closed, "two hold one reader"
        if not self.cable.plugged:
            raise NotSent("the cable is out")
        link = memory.pair()
        self._end = _End(link, self, self._trace)
        if self._on:
            self._connect(link.pt)
        settings = catalogue.ReaderSettings(currency=reader.currency, receipts=self._prints)
        return catalogue.reader_over(self._end, Framing.SERIAL, settings)

    def hang_up(self) -> None:
        """posd is dead: its end of the line is, too."""
        if self._end is not None:
            self._end.die()

    def at_message(self, number: int, act: Act) -> None:
        """Do this at the `number`-th piece of octets of the next sale; 0: now."""
        if number:
            self._armed.append((number, act))
        else:
            act()

    def pull(self, for_s: float) -> None:
        """Pull the cable out for so long."""
        self._trace.note(self.name, b"cable pulled")
        self.cable.pull(for_s)
        self._fell_ill(for_s)
        if self._end is not None:
            self._end.cut()

    def reboot(self, for_s: float) -> None:
        """Off, and on again after so long; whatever was under way is forgotten."""
        if not self._on:
            return
        self._trace.note(self.name, b"reboots")
        self._on = False
        self._fell_ill(for_s + T4_S)
        for task in self._tasks:
            task.cancel()
        asyncio.get_running_loop().call_later(for_s, self._back_on)

    def make_noise(self, rate: float, for_s: float) -> None:
        """Let octets of both directions suffer for so long."""
        self.noise = rate
        self._fell_ill(for_s + T4_S)
        asyncio.get_running_loop().call_later(for_s, self._fall_quiet)

    def heal(self) -> None:
        """Plugged in and quiet; what was armed is forgotten."""
        self._armed.clear()
        self.noise = 0.0
        self.cable.plug()

    def sell_by_hand(self, amount: int) -> bool:
        """Book a sale that was keyed in; False if the terminal is in use."""
        book = self.book.book
        if not self._on or self.terminal.busy:
            return False
        sold = Transaction(
            kind="sale",
            terminal_id=self._settings.terminal_id,
            amount=amount,
            currency=self._settings.currency,
            receipt=book.next_receipt,
            trace=book.next_trace,
            turnover=book.next_turnover,
            at=self._now().isoformat(timespec="seconds")[:19],
            result=0,
            text="",
            card="visa",
            entry_mode="contactless",
            verification="none",
            authorisation="000000",
        )
        self.book.append(Line(Entry.STORED, sold))
        self.terminal._pt.machine.book = self.book.book
        return True

    def passes(self, octets: bytes, *, from_posd: bool, in_sale: bool) -> bytes:
        """Octets on the line: noted, spoiled, and counted if a sale runs; what arrives of them."""
        self._trace.note(self.name, (b">" if from_posd else b"<") + octets)
        if from_posd and octets.startswith(SALE):
            self._watcher.commanded(self, refused=self._refused)
            self._reported = self._refused = False
        elif from_posd and self._reported and octets[0] != ACK:
            if octets.startswith(ACKNOWLEDGED):
                self._watcher.accepted(self)
            self._reported = False  # refused, or not even taken: a NAK
        elif not from_posd and in_sale and _approves(octets):
            self._reported = True
        arriving = self._spoiled(octets) if self.noise else octets
        self._refused = self._refused or (not from_posd and NAK in arriving)
        return arriving

    def count(self) -> None:
        """One more piece has passed in a sale: do what was armed for it."""
        due = [act for left, act in self._armed if left == 1]
        self._armed = [(left - 1, act) for left, act in self._armed if left > 1]
        for act in due:
            act()

    def _spoiled(self, octets: bytes) -> bytes:
        arriving = bytearray()
        for octet in octets:
            if self._dice.random() >= self.noise:
                arriving.append(octet)
                continue
            match self._dice.randrange(4):
                case 0:
                    pass
                case 1:
                    arriving += bytes((octet, octet))
                case 2:
                    arriving += bytes((octet, self._dice.randrange(256)))
                case _:
                    arriving.append(octet ^ 1 << self._dice.randrange(8))
        return bytes(arriving)

    def _fall_quiet(self) -> None:
        self.noise = 0.0

    def _fell_ill(self, for_s: float) -> None:
        well_at = asyncio.get_running_loop().time() + for_s
        self.well_since = max(self.well_since, well_at)

    def _switch_on(self) -> Terminal:
        terminal = Terminal(self._settings, self.book, now=self._now, cardholder=self.cardholder)
        terminal.cable = self.cable
        self._on = True
        self._tasks = []
        self._start(terminal.run(), "terminal")
        return terminal

    def _back_on(self) -> None:
        self._trace.note(self.name, b"is back")
        self.terminal = self._switch_on()
        if self._end is not None and not self._end.closed:
            self._connect(self._end.pt)

    def _connect(self, link: Transport) -> None:
        self._start(self.terminal.connect(link), "line")

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """In a context of its own: a posd that happens to cause it does not own it."""
        name = f"{self.name}:{name}"
        self._tasks.append(self._group.create_task(work, name=name, context=Context()))


def _approves(octets: bytes) -> bool:
    """Whether a status information that reports success is in there."""
    at = octets.find(STATUS)
    return at >= 0 and APPROVING in octets[at : at + len(STATUS) + 5]


class _End(Transport):
    """posd's end of a lane's line, for as long as that posd lives."""

    def __init__(self, link: memory.Pair, lane: Lane, trace: Trace) -> None:
        assert isinstance(link.ecr, memory.MemoryTransport)
        self.pt = link.pt
        self.closed = False
        self._wire = link.ecr
        self._lane = lane
        self._trace = trace
        self._dead = False
        self._in_sale = False

    @override
    async def read(self) -> bytes:
        octets = b""
        while not octets:
            octets = await self._wire.read()
            self._count()
            await self._while_alive()
            octets = self._lane.passes(octets, from_posd=False, in_sale=self._in_sale)
        return octets

    @override
    async def write(self, octets: bytes) -> None:
        await self._while_alive()
        self._in_sale = self._in_sale or octets.startswith(SALE)
        arriving = self._lane.passes(octets, from_posd=True, in_sale=self._in_sale)
        if arriving or self._wire._outbound.dead:
            await self._wire.write(arriving or octets)
        self._count()
        await self._while_alive()

    @override
    def discard_input(self) -> None:
        self._in_sale = False
        self._wire.discard_input()

    @override
    async def close(self) -> None:
        self.closed = True
        await self._wire.close()

    def cut(self) -> None:
        """The cable is out."""
        self._wire._outbound.die()
        self._wire._inbound.die()

    def die(self) -> None:
        """The process is gone: nothing leaves any more, and nothing is heard."""
        self._dead = True
        self.closed = True
        self.cut()

    def _count(self) -> None:
        if self._in_sale:
            self._lane.count()

    async def _while_alive(self) -> None:
        """A dead process does not come back from its call."""
        if self._dead:
            await asyncio.Event().wait()
