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
from posd_simulator.terminal.deeds import ClockOff, Identity, Need
from posd_simulator.terminal.faults import Fault
from posd_simulator.terminal.ledger import CLOSING, Entry, Line, MemoryLedger
from posd_simulator.terminal.machine import READY
from posd_simulator.terminal.settings import Settings
from posd_simulator.terminal.terminal import Terminal
from tests.simulation.line import ACK, ACKNOWLEDGED, MONEY, NAK, End, approves, asked
from tests.simulation.trace import Trace

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
        """A command that may move money leaves posd.

        `refused`: the terminal answered the last one by a NAK.
        """
        ...

    def accepted(self, lane: "Lane") -> None:
        """posd accepts an approval that the terminal reports."""
        ...


class Lane:
    """One lane of the store.

    Attributes:
        reader: Its reader's id at posd.
        noise: How many of the octets on its line suffer, 0 to 1.
        closed_s: When its terminal closed its days, in the loop's seconds.
        asked: The amount of the last payment that posd asked for, in minor units; 0: none yet.
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
        self.asked = 0
        self.cardholder = Cardholder()
        self.well_since = 0.0
        self._settings = settings
        self._prints = prints
        self._now = now
        self._group = group
        self._dice = dice
        self._trace = trace
        self._watcher = watcher
        self.closed_s: list[float] = []
        self.book = Book(self._booked)
        self.cable = Cable()
        self._end: End | None = None
        self._armed: list[tuple[int, Act]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._on = False
        self._reported = self._refused = False
        self.terminal = self._switch_on()

    @property
    def well(self) -> bool:
        """Whether the cable is in, the terminal on, and the line quiet."""
        return self._on and self.cable.plugged and not self.noise

    @property
    def end(self) -> End | None:
        """posd's end of its line, as it was opened last."""
        return self._end

    async def open(self, reader: Reader) -> CardReader:
        """What posd calls to open the device. Raises NotSent while the cable is out."""
        if not self.cable.plugged:
            raise NotSent("the cable is out")
        link = memory.pair()
        self._end = End(link, self)
        if self._on:
            self._connect(link.pt)
        settings = catalogue.ReaderSettings(currency=reader.currency, receipts=self._prints)
        return catalogue.reader_over(self._end, Framing.SERIAL, settings)

    def hang_up(self) -> None:
        """posd is dead: its end of the line is, too.

        A terminal in the middle of a dialogue takes the next posd for the one that it spoke to.
        """
        if self.terminal.busy:
            self._fell_ill(T4_S)
        if self._end is not None:
            self._end.die()

    def at_message(self, number: int, act: Act) -> None:
        """Do this at the `number`-th piece of octets of the next move of money; 0: now."""
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
        """Plugged in, itself and quiet; what was armed is forgotten."""
        self._armed.clear()
        self.noise = 0.0
        self.cable.plug()
        self.terminal.faults.disarm()
        self._put_right()
        if self._on:
            self._start(self.terminal.arm(ClockOff(0.0)), "deed")

    def arm(self, fault: Fault, for_s: float | None = None) -> bool:
        """Something happens to the terminal itself, for so long; False if it is off.

        What hands do there, they do once it is idle.
        """
        if not self._on:
            return False
        self._trace.note(self.name, repr(fault).encode())
        self._start(self.terminal.arm(fault), "deed")
        if for_s is not None:
            asyncio.get_running_loop().call_later(for_s, self._put_right)
        return True

    def fall_ill(self, for_s: float) -> None:
        """Nobody can expect posd to have the reader before so long and a dialogue have passed."""
        self._fell_ill(for_s + T4_S)

    def _put_right(self) -> None:
        """Paper is in it, and it is itself again."""
        if self._on:
            for deed in (Need(READY), Identity(self._settings.terminal_id)):
                self._start(self.terminal.arm(deed), "deed")

    def passes(self, octets: bytes, *, from_posd: bool, moving: bool) -> bytes:
        """Octets on the line: noted, spoiled, and counted if money moves; what arrives of them."""
        self._trace.note(self.name, (b">" if from_posd else b"<") + octets)
        if from_posd and octets.startswith(MONEY):
            self.asked = asked(octets) or self.asked
            self._watcher.commanded(self, refused=self._refused)
            self._reported = self._refused = False
        elif from_posd and self._reported and octets[0] != ACK:
            if octets.startswith(ACKNOWLEDGED):
                self._watcher.accepted(self)
            self._reported = False  # refused, or not even taken: a NAK
        elif not from_posd and moving and approves(octets):
            self._reported = True
        arriving = self._spoiled(octets) if self.noise else octets
        self._refused = self._refused or (not from_posd and NAK in arriving)
        return arriving

    def count(self) -> None:
        """One more piece has passed while money moves: do what was armed for it."""
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

    def _booked(self, line: Line) -> None:
        if line.transaction.kind == CLOSING and line.entry is Entry.STORED:
            self.closed_s.append(asyncio.get_running_loop().time())
            if self._settings.habits.closing_result is not None:
                self.fall_ill(self._settings.update_s)
        self._watcher.booked(self, line)

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
