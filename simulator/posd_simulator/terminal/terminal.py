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
from collections import deque
from collections.abc import Callable
from datetime import datetime, time
from typing import assert_never

from posd_drivers.errors import DeviceGone, NotSent
from posd_drivers.session import Begin, LinkLost, Received, Send, SetTimer, TimerFired
from posd_drivers.transport.base import Transport
from posd_drivers.zvt.apdu import Apdu
from posd_simulator.terminal.cable import Cable
from posd_simulator.terminal.cardholder import Behaviour, Cardholder, Prompt
from posd_simulator.terminal.cards import Card
from posd_simulator.terminal.deeds import Reboot
from posd_simulator.terminal.disturbance import Disturbance
from posd_simulator.terminal.events import (
    IDLE_TEXT,
    Acted,
    Ask,
    Happens,
    Heard,
    PtEffect,
    PtInput,
)
from posd_simulator.terminal.faults import (
    Corrupt,
    Cut,
    Fate,
    Fault,
    Faults,
    Kill,
    Lose,
    Moment,
    Noise,
    Repeat,
    Silence,
    Stall,
)
from posd_simulator.terminal.inbox import Armed, Inbox, Message, Presented, Told, World
from posd_simulator.terminal.ledger import Ledger
from posd_simulator.terminal.link import HangUp, Said
from posd_simulator.terminal.machine import Machine
from posd_simulator.terminal.pt import Pt
from posd_simulator.terminal.recording import Recorded
from posd_simulator.terminal.script import Hush, Keep, Print, Restart, Show
from posd_simulator.terminal.settings import Settings, Wire
from posd_simulator.terminal.transcript import Transcript
from posd_simulator.terminal.visitor import Visitor

RECEIPTS_SHOWN_MAX = 5
MESSAGES_KEPT_MAX = 200
WRITE_TIMEOUT_S = 5.0
ASKS_FOR_CARD_S = 2.0
"""How long after its command a sale may take to ask for the card."""
RESULT_SHOWN_S = 3.0
DAY_S = 86_400.0


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
        recording: Transcript | None = None,
    ) -> None:
        """`recording`: it only repeats what the terminal of this transcript said."""
        self.ledger = ledger
        self.cardholder = cardholder or Cardholder()
        self.faults = faults or Faults()
        self.display = IDLE_TEXT
        self.receipts: deque[tuple[str, ...]] = deque(maxlen=RECEIPTS_SHOWN_MAX)
        self.messages: deque[Message] = deque(maxlen=MESSAGES_KEPT_MAX)
        self.cable = Cable()
        self._now = now
        machine = Machine(settings, ledger.book, now, self.faults)
        self._pt = Pt(machine) if recording is None else Recorded(machine, recording)
        self._disturbance = Disturbance(self.faults, settings.wire)
        self._effects: deque[PtEffect] = deque()
        self._line = asyncio.Lock()
        self._link: Transport | None = None
        self._inbox = Inbox()
        self._visitor = Visitor(self.cardholder, self._inbox)
        self._once_sent: Fate | None = None
        self._once_reacted: Fate | None = None

    @property
    def settings(self) -> Settings:
        """What is set in its menus now."""
        return self._pt.machine.settings

    @property
    def status(self) -> int:
        """The terminal status; 00 is ready."""
        return self._pt.machine.status

    @property
    def clock(self) -> datetime:
        """The time it believes in."""
        return self._pt.machine.clock

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

    async def arm(self, fault: Fault) -> None:
        """Add a fault; what comes at once does."""
        self.faults.arm(fault)
        await self._inbox.put(Armed())

    async def present(self, card: Card) -> bool:
        """Hold a card to the reader in place of whoever stands there, once it asks for one.

        Returns whether it asked. A terminal that has just taken a command is given time to.
        """
        asked = await self._visitor.until_asked_for_card(ASKS_FOR_CARD_S if self.busy else 0)
        if asked:
            await self._inbox.put(Presented(card))
        return asked

    async def run(self) -> None:
        """Turn the session for ever. Raises OSError if the ledger cannot be written."""
        self._wait_for_night()
        while True:
            while self.faults.at_once:
                await self._meet(self.faults.at_once.pop(0))
                await self._carry_out_all()
            incoming = await self._inbox.next()
            match incoming:
                case Told(behaviour):
                    self._visitor.told(behaviour, self.prompt)
                case Presented(card):
                    self._visitor.given(card, self.prompt)
                case Armed():
                    pass
                case TimerFired(World() as timer):
                    await self._world(timer)
                case Received(octets):
                    await self._receive(octets)
                case _:
                    await self._turn(incoming)

    async def _world(self, timer: World) -> None:
        match timer:
            case World.CARDHOLDER:
                if self._visitor.act is not None:
                    await self._turn(Acted(self._visitor.act))
            case World.DISPLAY:
                self.display = IDLE_TEXT
            case World.NOISE:
                self._disturbance.fall_quiet()
            case World.NIGHT:
                self._wait_for_night()
                await self._meet(Reboot(self.settings.restart_s))
                await self._carry_out_all()
            case World.IDLE:
                if not self.busy:
                    await self._disconnect()
            case World.SILENCE | World.AWAY:
                pass

    async def _receive(self, octets: bytes) -> None:
        """Octets of the till, unless nobody is there to hear them."""
        for passed in self._disturbance.arriving(octets):
            if passed.octets and not self._inbox.waits_for(World.AWAY):
                await self._turn(Received(passed.octets))
            if passed.fate is not None:
                await self._meet(passed.fate)
                await self._carry_out_all()
        self._watch_idleness()

    async def _turn(self, incoming: PtInput) -> None:
        self._effects.extend(self._pt.handle(incoming))
        await self._carry_out_all()
        fate, self._once_reacted = self._once_reacted, None
        if fate is not None:
            await self._meet(fate)
            await self._carry_out_all()

    async def _carry_out_all(self) -> None:
        while self._effects:
            await self._carry_out(self._effects.popleft())

    async def _carry_out(self, effect: PtEffect) -> None:
        match effect:
            case Send(octets):
                await self._write(octets)
                fate, self._once_sent = self._once_sent, None
                await self._meet(fate)
            case SetTimer(timer, seconds):
                self._inbox.set(timer, seconds)
            case Said() | Heard():
                await self._pass(effect)
            case Keep(line):
                self.ledger.append(line)
            case Show(text):
                self._show(text)
            case Print(lines):
                self.receipts.append(lines)
            case Ask(prompt):
                self._visitor.asked(prompt)
            case Hush(seconds):
                self._inbox.set(World.SILENCE, seconds)
            case HangUp() | Restart():
                await self._leave(effect)
            case _:
                assert_never(effect)

    async def _pass(self, message: Said | Heard) -> None:
        """Note a message of either side, and what it meets."""
        met = self.faults.next_message(message.apdu.control)
        before, after = met.get(Moment.BEFORE), met.get(Moment.AFTER)
        match message:
            case Said(apdu):
                self._note("PT ", apdu)
                self._once_sent = after.fate if after else None
                self._disturbance.meet_inside(met.get(Moment.INSIDE))
            case Heard(apdu):
                self._note("ECR", apdu)
                self._once_reacted = after.fate if after else None
        await self._meet(before.fate if before else None)

    async def _write(self, octets: bytes) -> None:
        """Into the wire, if there is one: a serial port sends whether or not anybody listens."""
        passed = self._disturbance.leaving(octets)
        await self._put_on_line(passed.octets)
        if passed.fate is not None:
            await self._meet(passed.fate)
            await self._put_on_line(passed.rest)
        self._watch_idleness()

    async def _put_on_line(self, octets: bytes) -> None:
        if self._link is None or not octets:
            return
        if not self._inbox.waits_for(World.SILENCE, World.AWAY):
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
                self._inbox.set(World.SILENCE, for_s)
            case Kill(pid, number):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            case Noise():
                self._disturbance.make_noise(fate)
                self._inbox.set(World.NOISE, fate.for_s)
            case Stall(for_s):
                await asyncio.sleep(for_s)
            case Lose() | Repeat() | Corrupt() | None:
                pass
            case Reboot():
                self._effects.clear()
                self._once_sent = self._once_reacted = None
                self._pt.machine.book = self.ledger.book
                self._effects.extend(self._pt.handle(Happens(fate)))
            case _:
                self._effects.extend(self._pt.handle(Happens(fate)))

    async def _leave(self, effect: HangUp | Restart) -> None:
        """On a serial port a terminal that restarts is only deaf: nobody sees that it is off."""
        match effect:
            case HangUp():
                await self._disconnect()
            case Restart(seconds):
                self._inbox.set(World.DISPLAY, seconds)
                if self.settings.wire is Wire.SERIAL and not self.settings.on_usb:
                    self._inbox.set(World.AWAY, seconds)
                else:
                    await self.pull_cable(seconds)

    def _wait_for_night(self) -> None:
        if self.settings.restarts_at:
            now = self._pt.machine.clock
            at = time.fromisoformat(self.settings.restarts_at)
            due = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
            in_s = (due - now).total_seconds()
            self._inbox.set(World.NIGHT, in_s if in_s > 0 else in_s + DAY_S)

    def _watch_idleness(self) -> None:
        idle_s = self.settings.habits.idle_close_s
        if idle_s is not None and self.settings.wire is Wire.TCP:
            self._inbox.set(World.IDLE, idle_s)

    def _show(self, text: str) -> None:
        """The end of a sale stays readable for a while."""
        if text == IDLE_TEXT:
            self._inbox.set(World.DISPLAY, RESULT_SHOWN_S)
        else:
            self._inbox.set(World.DISPLAY, None)
            self.display = text

    def _note(self, speaker: str, apdu: Apdu) -> None:
        at_ms = round(self._now().timestamp() * 1000)
        self.messages.append(Message(at_ms, f"{speaker}  {apdu.encode().hex(' ')}"))
