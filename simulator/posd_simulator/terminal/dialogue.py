"""The cardholder at the terminal: words, card, PIN, host; shared by all that needs a card."""

import math
from collections.abc import Generator
from dataclasses import dataclass

from posd_simulator.terminal import status
from posd_simulator.terminal.cardholder import EnterPin, Insert, Prompt, Tap
from posd_simulator.terminal.cards import Card
from posd_simulator.terminal.issuer import Verification
from posd_simulator.terminal.machine import Machine
from posd_simulator.terminal.script import Await, Pause, Result, Script, Show, Step, Tell, Unheard
from posd_simulator.terminal.settings import Wire

INSERT_CARD, PIN_PAD, WAITING_FOR_HOST, WRONG_PIN = 0x0A, 0x01, 0x04, 0x15
"""Intermediate status (A, table of intermediate status)."""


class Stopped(Exception):
    """STOP key, the till's abort, or nobody came: nothing was booked."""


@dataclass(frozen=True, slots=True)
class Paid:
    """How the cardholder pays."""

    card: Card
    entry_mode: str
    verification: Verification


class Dialogue:
    """What is said and shown while one command asks for a card and the host.

    An unanswered 04 FF ends nothing on a serial line: it is a courtesy, and the text ties the
    booking to 04 0F. A terminal that gave up there would be kinder to tills than some are.
    """

    def __init__(self, machine: Machine, amount: int) -> None:
        self._machine = machine
        self._settings = machine.settings
        self._amount = amount
        self._attended = True

    def take_card(self) -> Generator[Step, Result, Paid]:
        """A card, and its PIN if it was inserted. Raises Stopped, Unheard."""
        yield Show(f"{self._shown()}\nPlease present your card")
        minutes = self._settings.habits.intermediate_minutes
        by_time_out = math.ceil(self._settings.card_timeout_s / 60)
        yield from self.intermediate(INSERT_CARD, minutes or by_time_out)
        match (yield Await(Prompt.CARD, self._settings.card_timeout_s)):
            case Tap(card):
                return Paid(card, "contactless", Verification.NONE)
            case Insert(card):
                yield from self.take_pin()
                return Paid(card, "chip", Verification.ONLINE_PIN)
            case _:
                raise Stopped

    def take_pin(self) -> Generator[Step, Result, None]:
        """The right PIN, however often it was wrong. Raises Stopped, Unheard."""
        yield Show(f"{self._shown()}\nPlease enter your PIN")
        yield from self.intermediate(PIN_PAD)
        while True:
            match (yield Await(Prompt.PIN, self._settings.card_timeout_s)):
                case EnterPin(right=True):
                    return
                case EnterPin(right=False):
                    yield Show("Wrong PIN\nPlease try again")
                    yield from self.intermediate(WRONG_PIN)
                case _:
                    raise Stopped

    def ask_host(self) -> Script:
        """The time that it takes. Raises Unheard."""
        yield Show("Please wait")
        yield from self.intermediate(WAITING_FOR_HOST)
        yield Pause(self._settings.host_delay_s)

    def intermediate(self, code: int, minutes: int | None = None) -> Script:
        """04 FF, if wanted and while the till answers. Raises Unheard on TCP."""
        wanted = self._machine.registration.wants_intermediate_status
        if not (self._attended and (wanted or self._settings.habits.intermediate_always)):
            return
        try:
            yield Tell(status.intermediate(code, minutes))
        except Unheard:
            if self._settings.wire is Wire.TCP:
                raise
            self._attended = False

    def _shown(self) -> str:
        major, minor = divmod(self._amount, 100)
        return f"{self._settings.currency.upper()} {major}.{minor:02d}"
