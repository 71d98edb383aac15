"""The terminal's session: whose turn it is, one command at a time, T3, busy, abort.

Pure. What a command does is its script (`commands`, `sale`); how octets travel is the link's.
Inputs are octets, timers, connections that come and go, and the cardholder's acts.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from typing import assert_never

from posd_drivers.session import Begin, LinkLost, Received, Send, SetTimer, TimerFired
from posd_drivers.zvt.apdu import Apdu
from posd_simulator.terminal.cardholder import Act, PressStop, Prompt
from posd_simulator.terminal.commands import enquiry_beside, script_of
from posd_simulator.terminal.deeds import (
    ByHand,
    ClockOff,
    Deed,
    Identity,
    Need,
    Reboot,
    Update,
)
from posd_simulator.terminal.events import (
    IDLE_TEXT,
    Acted,
    Ask,
    Happens,
    Heard,
    PtEffect,
    PtInput,
    Timer,
)
from posd_simulator.terminal.faults import Busy, DelayAnswer
from posd_simulator.terminal.hand import book_by_hand
from posd_simulator.terminal.link import (
    T3_S,
    Delivered,
    Failed,
    Garbled,
    HangUp,
    Link,
    LinkEvent,
    LinkTimer,
    Said,
    SerialLink,
    Taken,
    TcpLink,
    is_answer,
)
from posd_simulator.terminal.lock import cure
from posd_simulator.terminal.machine import Machine
from posd_simulator.terminal.oddity import as_ordered
from posd_simulator.terminal.running import Running, delayed
from posd_simulator.terminal.script import (
    BUSY,
    GOOD,
    NOT_SUPPORTED,
    PARSE_ERROR,
    Await,
    Hush,
    Keep,
    Pause,
    Print,
    Reply,
    Restart,
    Result,
    Show,
    Step,
    Tell,
    TooLateToAbort,
    Unheard,
)
from posd_simulator.terminal.settings import Wire

ABORT = 0x06B0
STATUS_ENQUIRY = 0x0501
SOFTWARE_UPDATE = 0x0810


@dataclass(slots=True)
class Pt:
    """One terminal, for as long as it is switched on; connections come and go.

    Attributes:
        machine: What its commands read and change.
    """

    machine: Machine
    _link: Link = field(init=False)
    _running: Running | None = None
    _enquiry: Running | None = None
    _tellers: deque[Running] = field(default_factory=deque)
    _said: bool = False
    _waiting: deque[ByHand | Update] = field(default_factory=deque)
    _effects: list[PtEffect] = field(default_factory=list)

    def __post_init__(self) -> None:
        """The wire decides the link's rules."""
        self._link = self._new_link()

    @property
    def busy(self) -> bool:
        """Whether a command runs."""
        return self._running is not None

    @property
    def prompt(self) -> Prompt | None:
        """What the cardholder is asked for now."""
        at = self._running.at if self._running else None
        return at.prompt if isinstance(at, Await) else None

    def handle(self, incoming: PtInput) -> list[PtEffect]:
        """What the terminal does about one input, in order. Never raises for what an ECR sent."""
        match incoming:
            case Begin():
                self._absorb(self._link.begin())
            case Received(octets):
                self._absorb(self._link.received(octets))
            case TimerFired(timer):
                self._fired(timer)
            case LinkLost():
                if self.machine.settings.wire is Wire.TCP:
                    self._connection_lost()
            case Acted(act):
                self._acted(act)
            case Happens(deed):
                self._happens(deed)
            case _:
                assert_never(incoming)
        effects, self._effects = self._effects, []
        return effects

    def _absorb(self, events: Sequence[LinkEvent]) -> None:
        """Pass on what the link wants done, and do what it reports."""
        for event in events:
            match event:
                case Said(apdu):
                    self._said = self._said or self._is_told(apdu)
                    self._effects.append(event)
                case Send() | SetTimer():
                    self._effects.append(event)
                case Taken(apdu, repeated):
                    self._effects.append(Heard(apdu))
                    self._take(apdu, repeated=repeated)
                case Garbled():
                    self._send(PARSE_ERROR)
                case Delivered(apdu):
                    self._delivered(apdu)
                case Failed():
                    self._unanswered()
                case HangUp():
                    self._effects.append(event)
                    self._connection_lost()

    def _take(self, apdu: Apdu, *, repeated: bool) -> None:
        if is_answer(apdu):
            self._answered(apdu)
        elif apdu.control == ABORT:
            self._abort()
        elif self._running is None:
            self._start(apdu)
        elif repeated and apdu == self._running.command:
            # The till never saw our ACK: the same sale once more would be a second payment.
            self._send(GOOD)
        elif apdu.control == STATUS_ENQUIRY and self._enquiry is None:
            script = enquiry_beside(apdu, self.machine)
            self._enquiry = Running(apdu, script, Timer.ENQUIRY_STEP)
            self._advance(self._enquiry, None)
        else:
            self._send(BUSY)

    def _start(self, apdu: Apdu) -> None:
        script = script_of(apdu, self.machine)
        if script is None:
            self._send(NOT_SUPPORTED)
            return
        if apdu.control != STATUS_ENQUIRY and self.machine.faults.use(Busy):
            self._send(BUSY)
            return
        if late := self.machine.faults.use(DelayAnswer):
            script = delayed(script, late.seconds)
        self._running = Running(apdu, script, Timer.STEP)
        self._advance(self._running, None)

    def _abort(self) -> None:
        """80 00 is only "heard": the running command still ends in its own way (zvt.md 6.5)."""
        running = self._running
        if running is None:
            cure(ABORT, self.machine)
            self._send(GOOD)
        elif not running.abortable or self.machine.settings.habits.refuses_abort:
            self._send(NOT_SUPPORTED)
        else:
            running.abort_wanted = True
            self._send(GOOD)
            if isinstance(running.at, Await):
                self._advance(running, PressStop())

    def _acted(self, act: Act) -> None:
        if self._running and isinstance(self._running.at, Await):
            self._advance(self._running, act)

    def _happens(self, deed: Deed) -> None:
        """At once, or once the terminal is idle: nobody keys in a sale beside another one."""
        machine = self.machine
        match deed:
            case Reboot(for_s):
                self._lose_power()
                self._effects.append(Restart(for_s))
            case Need(status):
                machine.status = status
            case Identity(terminal_id):
                machine.settings = replace(machine.settings, terminal_id=terminal_id)
            case ClockOff(by_s):
                machine.clock_off = timedelta(seconds=by_s)
            case _:
                self._waiting.append(deed)
                self._do_what_waited()

    def _do_what_waited(self) -> None:
        while self._waiting and self._running is None:
            deed = self._waiting.popleft()
            if isinstance(deed, Update):
                cure(SOFTWARE_UPDATE, self.machine)
                self._lose_power()
                self._effects += [Show("Software update"), Restart(deed.for_s)]
            elif line := book_by_hand(deed, self.machine):
                self._keep(Keep(line))

    def _lose_power(self) -> None:
        """All is forgotten but the book; what was not final is taken back (zvt.md 7.4)."""
        for running in (self._enquiry, self._running):
            if running is not None:
                for kept in running.cut_short():
                    self._keep(kept)
        self._enquiry = self._running = None
        self._tellers.clear()
        self._said = False
        self._link = self._new_link()
        self._effects += [SetTimer(timer, None) for timer in (*Timer, *LinkTimer)]
        self._effects += [Ask(None), Show(IDLE_TEXT)]
        self.machine.log_off()

    def _keep(self, step: Keep) -> None:
        self._effects.append(step)
        self.machine.book = self.machine.book.with_line(step.line)

    def _new_link(self) -> Link:
        serial = self.machine.settings.wire is Wire.SERIAL
        return SerialLink(self.machine.faults) if serial else TcpLink()

    def _answered(self, answer: Apdu) -> None:
        """An answer nobody waits for is noise."""
        if self._said:
            self._absorb(self._link.answered())
            self._advance(self._told(), answer)

    def _delivered(self, apdu: Apdu) -> None:
        """T3 begins once the ECR has the message, so that link repeats do not eat it up."""
        if self._is_told(apdu):
            self._effects.append(SetTimer(Timer.T3, T3_S))

    def _is_told(self, apdu: Apdu) -> bool:
        """Whether this is the message that awaits its answer; answers of ours await none."""
        return bool(self._tellers) and apdu is self._tellers[0].message

    def _unanswered(self) -> None:
        """Nothing came back for our message, on the link's level or above it."""
        if self._tellers:
            self._advance(self._told(), Unheard())

    def _told(self) -> Running:
        """The one whose message was under way; the next message may go."""
        self._effects.append(SetTimer(Timer.T3, None))
        self._said = False
        teller = self._tellers.popleft()
        teller.at = None
        if self._tellers:
            self._say(self._tellers[0])
        return teller

    def _fired(self, timer: Enum) -> None:
        match timer:
            case LinkTimer():
                self._absorb(self._link.fired(timer))
            case Timer.T3:
                if self.machine.settings.wire is Wire.TCP:
                    self._effects.append(HangUp())
                    self._connection_lost()
                else:
                    self._unanswered()
            case Timer.STEP | Timer.ENQUIRY_STEP:
                running = self._running if timer is Timer.STEP else self._enquiry
                if running is not None:
                    self._advance(running, None)
            case _:
                raise AssertionError(f"nobody here set {timer}")

    def _connection_lost(self) -> None:
        """TCP only: on a serial line the terminal cannot see that nobody listens."""
        self._effects.append(SetTimer(Timer.T3, None))
        self._said = False
        self._tellers.clear()
        for running in (self._enquiry, self._running):
            if running is None:
                continue
            running.heard = False
            if isinstance(running.at, Tell | Await):
                self._advance(running, Unheard())

    def _advance(self, running: Running, result: Result | Unheard) -> None:
        """Resume a script with the result of its step, and again until it must wait."""
        if isinstance(running.at, Await | Pause):
            self._effects.append(SetTimer(running.timer, None))
        if isinstance(running.at, Await):
            self._effects.append(Ask(None))
        waits = False
        while not waits:
            try:
                step = running.resume(result)
            except (StopIteration, Unheard):
                self._ended(running)
                return
            running.at, result = step, None
            if isinstance(step, Tell) and not running.heard:
                result = Unheard()
            elif isinstance(step, Await) and running.abort_wanted:
                result = PressStop()
            else:
                waits = self._carry_out(running, step)

    def _carry_out(self, running: Running, step: Step) -> bool:
        """Do one step; whether its script must wait for something."""
        match step:
            case Reply(apdu):
                if running.heard:
                    self._send(apdu)
            case Tell(apdu):
                running.at = Tell(as_ordered(apdu, self.machine.faults))
                self._tellers.append(running)
                if len(self._tellers) == 1:
                    self._say(running)
                return True
            case Await(prompt, seconds):
                self._effects += [SetTimer(running.timer, seconds), Ask(prompt)]
                return True
            case Pause(seconds):
                self._effects.append(SetTimer(running.timer, seconds))
                return True
            case Keep():
                self._keep(step)
            case Show() | Print() | Restart() | Hush():
                self._effects.append(step)
            case TooLateToAbort():
                running.abortable = False
        return False

    def _ended(self, running: Running) -> None:
        if running is self._enquiry:
            self._enquiry = None
            return
        self._running = None
        self._effects.append(Show(IDLE_TEXT))
        self._do_what_waited()

    def _say(self, running: Running) -> None:
        self._send(running.message)

    def _send(self, apdu: Apdu) -> None:
        self._absorb(self._link.send(apdu))
