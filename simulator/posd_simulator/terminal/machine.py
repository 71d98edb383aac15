"""The terminal's own state, which its commands read and change."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from posd_simulator.terminal.faults import Faults
from posd_simulator.terminal.ledger import Book
from posd_simulator.terminal.settings import Settings

CONFIG_LOGGED_OFF = 0x86
"""The configuration byte before registration and after log-off (A 2.2, 2.22)."""
ECR_PRINTS_PAYMENTS = 0x02
WANTS_INTERMEDIATE_STATUS = 0x08
WANTS_PRINT_COMMANDS = 0x80

PRINT_LINE = 0x06D1
PRINT_TEXT_BLOCK = 0x06D3


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

    @property
    def print_command(self) -> int | None:
        """How payment receipts reach the till: 06 D3, 06 D1, or None, not at all (zvt.md 6.2)."""
        by_command = ECR_PRINTS_PAYMENTS | WANTS_PRINT_COMMANDS
        if self.config & by_command != by_command:
            return None
        if self.commands is None:
            return PRINT_LINE
        listed = [command for command in (PRINT_TEXT_BLOCK, PRINT_LINE) if command in self.commands]
        return listed[0] if listed else None

    @property
    def till_prints(self) -> bool:
        """Whether the terminal's own paper stays blank."""
        return bool(self.config & ECR_PRINTS_PAYMENTS)


@dataclass(slots=True)
class Machine:
    """One terminal's memory.

    Attributes:
        settings: What is set in its menus.
        book: What its ledger holds.
        now: The terminal's own clock, local time. Only receipts and status information read it.
        faults: What is armed to go wrong.
        registration: What the ECR asked for.
    """

    settings: Settings
    book: Book
    now: Callable[[], datetime]
    faults: Faults = field(default_factory=Faults)
    registration: Registration = Registration()
