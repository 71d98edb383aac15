"""What is set in a terminal's own menus, before any till talks to it."""

from dataclasses import dataclass
from enum import Enum

from posd_simulator.terminal.habits import NO_HABITS, Habits

CARD_TIMEOUT_S = 30.0
HOST_DELAY_S = 0.3
RESTART_S = 30.0
"""How long a restart takes; real terminals take up to minutes."""
UPDATE_S = 240.0
"""How long an update keeps it from answering (zvt.md 15, card complete)."""
VERSION = "posd-sim 1.0"
CURRENCIES = ("chf", "czk", "dkk", "eur", "gbp", "nok", "pln", "sek", "usd")
"""The currencies a terminal can be set to, all of two decimals."""


class StorageRule(Enum):
    """When an approved payment is final (zvt.md 7.4)."""

    OLD = "old"
    """Stored after the good answer to 04 0F (and to every print message, where the ECR prints);
    without it reversed automatically (A 2.2.8)."""
    NEW = "new"
    """Stored when the host approved, and it stands whatever becomes of the link (A chapter 4)."""


class Wire(Enum):
    """How the ECR is connected."""

    SERIAL = "serial"
    TCP = "tcp"


@dataclass(frozen=True, slots=True)
class Settings:
    """One terminal's identity and habits.

    Attributes:
        wire: Serial framing with its own acknowledgements, or bare APDUs over TCP.
        on_usb: Whether that serial line is a USB cable, whose device is gone while it restarts.
        terminal_id: Eight digits (BMP 29).
        password: Six digits, the till password.
        currency: The one currency it takes, one of `CURRENCIES`.
        contract: The acquirer's contract number, at most 15 characters (BMP 2A).
        storage_rule: When a payment is final.
        prints_declines: Whether the host's refusals give a receipt.
        ecr_prints: Whether receipts go to the till as print messages when its registration asks
            for that; False prints them on the terminal's own paper.
        card_timeout_s: How long it waits for a card or a PIN.
        host_delay_s: How long its host thinks.
        restart_s: How long a restart takes (06 18).
        update_s: How long a software update takes (08 10), in which nothing is answered.
        tips: Whether it takes tips: tag 1F36 of an order, and those of cardholders.
        version: Of its software, as a status enquiry may tell.
        restarts_at: When it restarts every night, HH:MM by its own clock; empty: never.
        habits: What its make does its own way.
    """

    wire: Wire = Wire.SERIAL
    on_usb: bool = False
    terminal_id: str = "12345678"
    password: str = "000000"  # noqa: S105  the till password's default, printed in every manual
    currency: str = "eur"
    contract: str = "100200300"
    storage_rule: StorageRule = StorageRule.OLD
    ecr_prints: bool = True
    prints_declines: bool = False
    card_timeout_s: float = CARD_TIMEOUT_S
    host_delay_s: float = HOST_DELAY_S
    restart_s: float = RESTART_S
    update_s: float = UPDATE_S
    tips: bool = False
    version: str = VERSION
    restarts_at: str = ""
    habits: Habits = NO_HABITS
