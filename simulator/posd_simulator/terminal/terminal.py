"""A terminal that is switched on: its session, a cardholder and a ledger, turned by asyncio.

Waits only on asyncio and reads no clock but the loop's, so a simulated shop runs it in virtual
time over `posd_drivers.transport.memory`:

    terminal = Terminal(settings, MemoryLedger(), now=clock)
    group.create_task(terminal.run())
    link = memory.pair()
    group.create_task(terminal.connect(link.pt))
"""

import asyncio
import contextlib
import os
import signal
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias, assert_never

from posd_drivers.errors import DeviceGone, NotSent
from posd_drivers.session import Begin, LinkLost, Received, Send, SetTimer, TimerFired
from posd_drivers.transport.base import Transport
from posd_drivers.zvt.apdu import Apdu
from posd_simulator.terminal.cardholder import Act, Behaviour, Cardholder, Prompt, Soon
from posd_simulator.terminal.cards import Card
from posd_simulator.terminal.faults import Cut, Fate, Faults, Kill, Moment, Silence
from posd_simulator.terminal.ledger import Ledger
from posd_simulator.terminal.link import HangUp, Said
from posd_simulator.terminal.machine import Machine
from posd_simulator.terminal.pt import IDLE_TEXT, Acted, Ask, Heard, Pt, PtEffect, PtInput
from posd_simulator.terminal.script import Hush, Keep, Print, Restart, Show
from posd_simulator.terminal.settings import Settings, Wire

INBOX_ITEMS_MAX = 64
RECEIPTS_SHOWN_MAX = 5
MESSAGES_KEPT_MAX = 200
WRITE_TIMEOUT_S = 5.0
ASKS_FOR_CARD_S = 2.0
"""How long after its command a sale may take to ask for the card."""
RESULT_SHOWN_S = 3.0


class World(Enum):
    """Timers that are not the terminal's."""

    CARDHOLDER = "cardholder"
    SILENCE = "silence"
    DISPLAY = "display"


@dataclass(frozen=True, slots=True)
class Message:
    """One APDU that went over the line, by the terminal's clock.

    Attributes:
        at_ms: Wall time in milliseconds.
        line: Speaker and octets, as a line of a transcript.
    """

    at_ms: int
    line: str


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody pressed a button on the control port."""

    behaviour: Behaviour


@dataclass(frozen=True, slots=True)
class Presented:
    """Somebody holds a card to the reader."""

    card: Card


Incoming: TypeAlias = PtInput | Told | Presented


class Cable:
    """The cable between till and terminal. Whoever owns the line looks here before it is remade."""

    def __init__(self) -> None:
        self._in = asyncio.Event()
        self._in.set()
        self._back: asyncio.TimerHandle | None = None

    @property
    def plugged(self) -> bool:
        """Whether it is plugged in."""
        return self._in.is_set()

    def pull(self, for_s: float | None) -> None:
        """Pull it out for `for_s` seconds, or None: until it is plugged in."""
        self._forget()
        self._in.clear()
        if for_s is not None:
            self._back = asyncio.get_running_loop().call_later(for_s, self.plug)

    def plug(self) -> None:
        """Plug it in."""
        self._forget()
        self._in.set()

    async def until_plugged(self) -> None:
        """Return once it is plugged in."""
        await self._in.wait()

    def _forget(self) -> None:
        if self._back is not None:
            self._back.cancel()
            self._back = None


class Terminal:
    """One terminal. `run` it once; `connect` it as often as somebody calls.

    Attributes:
        display: What the display says.
        receipts: The last receipts on its own paper, newest last.
        messages: The last APDUs of both sides, newest last.
        cable: What the faults cut.
    """

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        *,
        now: Callable[[], datetime],
        cardholder: Cardholder | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.settings = settings
        self.ledger = ledger
        self.cardholder = cardholder or Cardholder()
        self.faults = faults or Faults()
        self.display = IDLE_TEXT
        self.receipts: deque[tuple[str, ...]] = deque(maxlen=RECEIPTS_SHOWN_MAX)
        self.messages: deque[Message] = deque(maxlen=MESSAGES_KEPT_MAX)
        self.cable = Cable()
        self._now = now
        self._pt = Pt(Machine(settings, ledger.book, now, self.faults))
        self._line = asyncio.Lock()
        self._link: Transport | None = None
        self._inbox: asyncio.Queue[Incoming] = asyncio.Queue(INBOX_ITEMS_MAX)
        self._deadlines: dict[Enum, float] = {}
        self._act: Act | None = None
        self._asks_for_card = asyncio.Event()
        self._once_sent: Fate | None = None
        self._once_reacted: Fate | None = None

    @property
    def connected(self) -> bool:
        """Whether somebody is on the line; serial: whether the cable is plugged in."""
        return self._link is not None

    @property
    def busy(self) -> bool:
        """Whether a command runs."""
        return self._pt.busy

    @property
    def prompt(self) -> Prompt | None:
        """What the cardholder is asked for."""
        return self._pt.prompt

    async def connect(self, link: Transport) -> None:
        """Serve one link until it is lost or cut, and close it. A new one replaces the old one."""
        await self._disconnect()
        async with self._line:
            self._link = link
            await self._inbox.put(Begin())
            try:
                while True:
                    await self._inbox.put(Received(await link.read()))
            except DeviceGone:
                await self._inbox.put(LinkLost(sent=True))
            finally:
                self._link = None
                await link.close()

    async def pull_cable(self, for_s: float | None = None) -> None:
        """Cut the line, and leave it cut for `for_s` seconds or until the cable is plugged in."""
        self.cable.pull(for_s)
        await self._disconnect()

    async def tell_cardholder(self, behaviour: Behaviour) -> None:
        """Change the mind of whoever stands there now, else script the next one."""
        await self._inbox.put(Told(behaviour))

    async def present(self, card: Card) -> bool:
        """Hold a card to the reader in place of whoever stands there, once it asks for one.

        Returns whether it asked. A terminal that has just taken a command is given time to.
        """
        try:
            async with asyncio.timeout(ASKS_FOR_CARD_S if self.busy else 0):
                await self._asks_for_card.wait()
        except TimeoutError:
            return False
        await self._inbox.put(Presented(card))
        return True

    async def run(self) -> None:
        """Turn the session for ever. Raises OSError if the ledger cannot be written."""
        while True:
            incoming = await self._next()
            match incoming:
                case Told(behaviour):
                    self._tell(behaviour)
                case Presented(card):
                    if self._pt.prompt is Prompt.CARD:
                        self._do(self.cardholder.holds(card))
                case TimerFired(World.SILENCE):
                    pass
                case TimerFired(World.DISPLAY):
                    self.display = IDLE_TEXT
                case TimerFired(World.CARDHOLDER):
                    if self._act is not None:
                        await self._turn(Acted(self._act))
                case _:
                    await self._turn(incoming)

    async def _next(self) -> Incoming:
        """What arrived, or the timer that is due before anything arrives."""
        first = min(self._deadlines, key=self._deadlines.__getitem__, default=None)
        try:
            async with asyncio.timeout_at(None if first is None else self._deadlines[first]):
                return await self._inbox.get()
        except TimeoutError:
            assert first is not None, "no timer was set"
            del self._deadlines[first]
            return TimerFired(first)

    async def _turn(self, incoming: PtInput) -> None:
        for effect in self._pt.handle(incoming):
            await self._carry_out(effect)
        fate, self._once_reacted = self._once_reacted, None
        await self._meet(fate)

    async def _carry_out(self, effect: PtEffect) -> None:
        match effect:
            case Send(octets):
                await self._write(octets)
                fate, self._once_sent = self._once_sent, None
                await self._meet(fate)
            case SetTimer(timer, seconds):
                self._set(timer, seconds)
            case Said() | Heard():
                await self._pass(effect)
            case Keep(line):
                self.ledger.append(line)
            case Show(text):
                self._show(text)
            case Print(lines):
                self.receipts.append(lines)
            case Ask(prompt):
                self._ask(prompt)
            case Hush(seconds):
                self._set(World.SILENCE, seconds)
            case HangUp() | Restart():
                await self._leave(effect)
            case _:
                assert_never(effect)

    async def _pass(self, message: Said | Heard) -> None:
        """Note a message of either side, and what it meets."""
        fates = self.faults.next_message(message.apdu.control)
        match message:
            case Said(apdu):
                self._note("PT ", apdu)
                self._once_sent = fates.get(Moment.AFTER)
            case Heard(apdu):
                self._note("ECR", apdu)
                self._once_reacted = fates.get(Moment.AFTER)
        await self._meet(fates.get(Moment.BEFORE))

    async def _write(self, octets: bytes) -> None:
        """Into the wire, if there is one: a serial port sends whether or not anybody listens."""
        if self._link is None or World.SILENCE in self._deadlines:
            return
        with contextlib.suppress(NotSent, DeviceGone, TimeoutError):
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                await self._link.write(octets)

    async def _disconnect(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    async def _meet(self, fate: Fate | None) -> None:
        match fate:
            case Cut(for_s):
                await self.pull_cable(for_s)
            case Silence(for_s):
                self._set(World.SILENCE, for_s)
            case Kill(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            case None:
                pass

    async def _leave(self, effect: HangUp | Restart) -> None:
        """On a serial line a terminal that restarts is only silent: nobody sees that it is off."""
        match effect:
            case HangUp():
                await self._disconnect()
            case Restart(seconds) if self.settings.wire is Wire.SERIAL:
                self._set(World.SILENCE, seconds)
            case Restart(seconds):
                await self.pull_cable(seconds)

    def _show(self, text: str) -> None:
        """The end of a sale stays readable for a while."""
        if text == IDLE_TEXT:
            self._set(World.DISPLAY, RESULT_SHOWN_S)
        else:
            self._set(World.DISPLAY, None)
            self.display = text

    def _ask(self, prompt: Prompt | None) -> None:
        if prompt is Prompt.CARD:
            self._asks_for_card.set()
            self.cardholder.arrive()
        else:
            self._asks_for_card.clear()
        self._do(None if prompt is None else self.cardholder.asked(prompt))

    def _tell(self, behaviour: Behaviour) -> None:
        if self._pt.prompt is None:
            self.cardholder.script([behaviour])
        else:
            self._do(self.cardholder.told(behaviour, self._pt.prompt))

    def _do(self, soon: Soon | None) -> None:
        self._act = soon.act if soon else None
        self._set(World.CARDHOLDER, soon.after_s if soon else None)

    def _set(self, timer: Enum, seconds: float | None) -> None:
        if seconds is None:
            self._deadlines.pop(timer, None)
        else:
            self._deadlines[timer] = asyncio.get_running_loop().time() + seconds

    def _note(self, speaker: str, apdu: Apdu) -> None:
        at_ms = round(self._now().timestamp() * 1000)
        self.messages.append(Message(at_ms, f"{speaker}  {apdu.encode().hex(' ')}"))
