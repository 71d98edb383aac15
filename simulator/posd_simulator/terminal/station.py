"""How and where a terminal is served as a process of its own."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from posd_simulator.terminal.settings import Settings


class UsbKind(Enum):
    """What it is on USB."""

    CDC = "cdc"
    """A modem (CDC-ACM): a kernel makes a serial port of it."""
    BULK = "bulk"
    """A pair of bulk pipes of a vendor's own."""


@dataclass(frozen=True, slots=True)
class UsbPlace:
    """A bus that is served over USB/IP.

    Attributes:
        address: Host and port to listen on (0: a free one).
        serial: The device's serial number, or None: it has none.
    """

    address: tuple[str, int]
    kind: UsbKind
    serial: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a till, and its page, find it.

    Attributes:
        tcp: Host and port to listen on (0: a free one), or None.
        usb: Its place on USB, or None. Without either it is on a pty.
        link: A name for the pty, kept pointing to it however often the cable is pulled.
        baud: The line rate of the pty.
        ledger: The file of its book, or None for one that ends with the process.
        control_port: Loopback port of its page and control; 0: a free one.
    """

    tcp: tuple[str, int] | None
    usb: UsbPlace | None
    link: Path | None
    baud: int
    ledger: Path | None
    control_port: int


@dataclass(frozen=True, slots=True)
class Conduct:
    """What happens at it.

    Attributes:
        auto: Whether cardholders tap by themselves.
        tap_after_s: After how long.
        status: The terminal status it begins with; 00: ready.
        script: The file of a day that it plays or of a recording that it repeats, or None.
        seed: What chance follows from.
        fault_rate: The share of messages, 0 to 1, that meet a fault by chance.
    """

    auto: bool
    tap_after_s: float
    status: int
    script: Path | None
    seed: int
    fault_rate: float


@dataclass(frozen=True, slots=True)
class Station:
    """All of it."""

    settings: Settings
    place: Place
    conduct: Conduct
