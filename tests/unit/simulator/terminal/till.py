"""A till for tests of the terminal's pure session: octets and timers by hand, no clock."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from enum import Enum

from posd_drivers.session import Begin, LinkLost, Received, Send, SetTimer, TimerFired
from posd_simulator.terminal.cardholder import Act, Tap
from posd_simulator.terminal.cards import CARDS
from posd_simulator.terminal.events import Acted, PtEffect, PtInput, Timer
from posd_simulator.terminal.faults import Faults
from posd_simulator.terminal.ledger import Book, Line
from posd_simulator.terminal.link import HangUp
from posd_simulator.terminal.machine import Machine
from posd_simulator.terminal.pt import Pt
from posd_simulator.terminal.script import Hush, Keep, Print, Restart, Show
from posd_simulator.terminal.settings import Settings, StorageRule, Wire

NOON = datetime(2026, 11, 23, 12, 34, 56, tzinfo=timezone(timedelta(hours=1)))
VISA = CARDS["visa"]

# Hand-typed from zvt.md 14.1 and 14.2 ([A] 2.1, 2.2).
REGISTER_SILENT = "06 00 06 00 00 00 10 09 78"
"""Configuration 10: the terminal prints, no 04 FF."""
REGISTER_PRINTING = "06 00 10 00 00 00 BE 09 78 03 01 06 06 26 04 0A 02 06 D3"
"""Configuration BE with TLV 26: the till prints with 06 D3 and wants 04 FF."""
REGISTERED = "06 0F 0A 19 00 29 12 34 56 78 49 09 78"
PAY_12_50 = "06 01 0A 04 00 00 00 00 12 50 49 09 78"
GOOD = "80 00 00"


class Till:
    """Drives one terminal and sees what it sends, keeps and prints."""

    def __init__(
        self,
        wire: Wire = Wire.TCP,
        rule: StorageRule = StorageRule.OLD,
        book: Book = Book(),  # noqa: B008 (immutable)
        settings: Settings = Settings(),  # noqa: B008 (immutable)
    ) -> None:
        self.faults = Faults()
        settings = replace(settings, wire=wire, storage_rule=rule)
        self.pt = Pt(Machine(settings, book, lambda: NOON, self.faults))
        self.timers: dict[Enum, float] = {}
        self.kept: list[Line] = []
        self.printed: list[tuple[str, ...]] = []
        self.did: list[PtEffect] = []
        self.hung_up = False
        self.restarts_s: list[float] = []
        self.feed(Begin())

    @property
    def book(self) -> Book:
        """What the terminal has written down."""
        return self.pt.machine.book

    @property
    def shown(self) -> list[str]:
        """What stood on its display, one after the other."""
        return [effect.text for effect in self.did if isinstance(effect, Show)]

    @property
    def hushed_s(self) -> list[float]:
        """For how long it fell silent."""
        return [effect.seconds for effect in self.did if isinstance(effect, Hush)]

    def feed(self, incoming: PtInput) -> bytes:
        """One input; the octets it makes the terminal send."""
        return self._watch(self.pt.handle(incoming))

    def raw(self, octets: str) -> str:
        """Octets as they are on the wire."""
        return _spaced(self.feed(Received(bytes.fromhex(octets))))

    def says(self, *apdus: str) -> list[str]:
        """APDUs over TCP; what comes back, as APDUs."""
        octets = self.feed(Received(b"".join(bytes.fromhex(apdu) for apdu in apdus)))
        return split_apdus(octets)

    def acts(self, act: Act) -> list[str]:
        """The cardholder does something; what the terminal says."""
        return split_apdus(self.feed(Acted(act)))

    def fires(self, timer: Enum) -> list[str]:
        """A timer that is set runs out; what the terminal says (TCP)."""
        return split_apdus(self.fires_raw(timer))

    def fires_raw(self, timer: Enum) -> bytes:
        """A timer that is set runs out; what the terminal sends."""
        del self.timers[timer]
        return self.feed(TimerFired(timer))

    def registers(self, command: str = REGISTER_SILENT) -> "Till":
        """Log on; the till itself."""
        said = self.says(command)
        assert said[:1] == [GOOD], said
        assert self.says(GOOD) == []
        return self

    def runs(self, command: str) -> list[str]:
        """A command to its end: pauses pass, a Visa is tapped, everything is answered 80 00.

        What the terminal said, without its answer to the command.
        """
        said = self.says(command)
        assert said[:1] == [GOOD], said
        told = said[1:]
        while self.pt.busy:
            if self.pt.prompt is not None:
                said = self.acts(Tap(VISA))
            elif Timer.T3 in self.timers:
                said = self.says(GOOD)
            else:
                said = self.fires(Timer.STEP)
            told += said
        return told

    def lost(self) -> None:
        """The connection is gone."""
        self.feed(LinkLost(sent=True))

    def _watch(self, effects: Sequence[PtEffect]) -> bytes:
        sent = b""
        for effect in effects:
            match effect:
                case Send(octets):
                    sent += octets
                case SetTimer(timer, seconds):
                    self.timers.pop(timer, None)
                    if seconds is not None:
                        self.timers[timer] = seconds
                case Keep(line):
                    self.kept.append(line)
                case Print(lines):
                    self.printed.append(lines)
                case HangUp():
                    self.hung_up = True
                case Restart(seconds):
                    self.restarts_s.append(seconds)
                case _:
                    self.did.append(effect)
        return sent


def split_apdus(octets: bytes) -> list[str]:
    """Short APDUs one after the other, by their length byte."""
    apdus = []
    while octets:
        size = 3 + octets[2]
        apdus.append(_spaced(octets[:size]))
        octets = octets[size:]
    return apdus


def _spaced(octets: bytes) -> str:
    return octets.hex(" ").upper()
