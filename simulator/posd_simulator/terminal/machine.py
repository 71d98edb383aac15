"""The terminal's own state, which its commands read and change."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from posd_simulator.terminal.faults import Faults
from posd_simulator.terminal.habits import CONFIG_LOGGED_OFF
from posd_simulator.terminal.ledger import Book
from posd_simulator.terminal.settings import Settings

ECR_PRINTS_PAYMENTS = 0x02
ECR_PRINTS_ADMINISTRATION = 0x04
OWNS_PAYMENT_OR_ADMINISTRATION = 0x30
WANTS_INTERMEDIATE_STATUS = 0x08
WANTS_PRINT_COMMANDS = 0x80

READY = 0x00

PRINT_LINE = 0x06D1
PRINT_TEXT_BLOCK = 0x06D3


class Printed(Enum):
    """What is printed; the value is the bit of the configuration byte that gives it to the till."""

    PAYMENT = ECR_PRINTS_PAYMENTS
    ADMINISTRATION = ECR_PRINTS_ADMINISTRATION


@dataclass(frozen=True, slots=True)
class Registration:
    """What the ECR asked for when it registered.

    Attributes:
        config: The configuration byte.
        currency_named: Whether it named its currency, which status information then repeats.
        tlv_allowed: Whether it sent a container, which permits containers in return.
        commands: The commands it can take (TLV 26), or None if it gave no list.
    """

    config: int = CONFIG_LOGGED_OFF
    currency_named: bool = False
    tlv_allowed: bool = False
    commands: frozenset[int] | None = None

    @property
    def wants_intermediate_status(self) -> bool:
        """Whether 04 FF may be sent."""
        return bool(self.config & WANTS_INTERMEDIATE_STATUS)

    def takes(self, command: int) -> bool:
        """Whether the till can take this message; it gave a list or it did not (zvt.md 6.2)."""
        return self.commands is None or command in self.commands

    def till_prints(self, kind: Printed) -> bool:
        """Whether the terminal's own paper stays blank (zvt.md 6.2)."""
        return bool(self.config & kind.value)

    def print_command(self, kind: Printed) -> int | None:
        """How receipts reach the till: 06 D3, 06 D1, or None, not at all (zvt.md 6.2)."""
        if not (self.till_prints(kind) and self.config & WANTS_PRINT_COMMANDS):
            return None
        if self.commands is None:
            return PRINT_LINE
        listed = [command for command in (PRINT_TEXT_BLOCK, PRINT_LINE) if command in self.commands]
        return listed[0] if listed else None


@dataclass(slots=True)
class Machine:
    """One terminal's memory.

    Attributes:
        settings: What is set in its menus.
        book: What its ledger holds.
        now: The true local time.
        faults: What is armed to go wrong.
        registration: What the ECR asked for.
        status: The terminal status (zvt.md 12.3); anything but 00 locks it (7.5).
        clock_off: By how much its own clock is wrong.
        language: What 08 30 set.
    """

    settings: Settings
    book: Book
    now: Callable[[], datetime]
    faults: Faults = field(default_factory=Faults)
    registration: Registration = field(init=False)
    status: int = READY
    clock_off: timedelta = timedelta()
    language: int = 0

    def __post_init__(self) -> None:
        """Nobody has logged on yet."""
        self.log_off()

    @property
    def tlv_allowed(self) -> bool:
        """Whether containers may be sent."""
        return self.registration.tlv_allowed or self.settings.habits.sends_containers

    @property
    def clock(self) -> datetime:
        """The terminal's own clock. Only receipts and status information read it."""
        return self.now() + self.clock_off

    def at(self) -> str:
        """What its clock says, for a transaction."""
        return self.clock.isoformat(timespec="seconds")[:19]

    def log_off(self) -> None:
        """Back to the configuration of an unregistered till (A 2.22)."""
        self.registration = Registration(config=self.settings.habits.config_logged_off)

    def print_command(self, kind: Printed) -> int | None:
        """How receipts reach the till: 06 D3, 06 D1, or None, not at all."""
        command = self.registration.print_command(kind)
        blocks_only = self.settings.habits.prints_blocks_only
        return None if blocks_only and command == PRINT_LINE else command

    def knows(self, password: str) -> bool:
        """Whether that is the till password."""
        digits = self.settings.habits.password_digits
        return password[:digits] == self.settings.password[:digits]
