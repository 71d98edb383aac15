"""The options of `posd-sim terminal`: a type each, with its help and what it refuses."""

import re
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from typer import Option

from posd_simulator.terminal.profiles import BY_NAME
from posd_simulator.terminal.settings import CURRENCIES, StorageRule
from posd_simulator.terminal.station import UsbKind

PASSWORD_DEFAULT = "000000"  # noqa: S105 (in every terminal's manual)
_ADDRESS = re.compile(r"(?P<host>[^:]+):(?P<port>\d{1,5})")


class CardholderMode(Enum):
    """Who decides what the cardholder does."""

    AUTO = "auto"
    MANUAL = "manual"


class Printer(Enum):
    """Where receipts come out."""

    PT = "pt"
    ECR = "ecr"


def _matching(pattern: str) -> Callable[[str], str]:
    """The value, if it is that or not given. Raises BadParameter."""

    def check(given: str) -> str:
        if given and re.fullmatch(pattern, given) is None:
            raise typer.BadParameter(f"{given!r} is not {pattern}")
        return given

    return check


def _one_of(names: tuple[str, ...]) -> Callable[[str], str]:
    """The value, if it is one of these or not given. Raises BadParameter."""

    def check(given: str) -> str:
        if given and given not in names:
            raise typer.BadParameter(f"{given!r} is none of {', '.join(names)}")
        return given

    return check


def _in_a_folder(given: Path | None) -> Path | None:
    """The absolute path. Raises BadParameter if its folder is not there."""
    if given is not None and not given.parent.is_dir():
        raise typer.BadParameter(f"{given.parent} is no folder")
    return given.absolute() if given else None


def address(given: str) -> tuple[str, int] | None:
    """Host and port, or None if neither is given. Raises BadParameter."""
    if not given:
        return None
    parts = _ADDRESS.fullmatch(given)
    if parts is None:
        raise typer.BadParameter(f"{given!r} is not HOST:PORT")
    return parts["host"], int(parts["port"])


_RATE = "Share of messages that meet a fault by chance."

Pty: TypeAlias = Annotated[bool, Option("--pty", help="Serve a pty; so it does by itself.")]
Tcp: TypeAlias = Annotated[str, Option(help="Serve TCP on HOST:PORT instead; port 0: any.")]
Usbip: TypeAlias = Annotated[
    str, Option(help="Serve a USB device over USB/IP on HOST:PORT instead; port 0: any.")
]
Usb: TypeAlias = Annotated[UsbKind, Option(help="What it is on USB: a modem, or bulk pipes.")]
UsbSerial: TypeAlias = Annotated[str, Option(help="Its serial number on USB; empty: none.")]
Link: TypeAlias = Annotated[
    Path | None, Option(help="Keep this symlink on the pty.", callback=_in_a_folder)
]
LedgerFile: TypeAlias = Annotated[Path | None, Option(help="File of the terminal's own book.")]
Control: TypeAlias = Annotated[int, Option(help="Loopback port of page and control.")]
Tid: TypeAlias = Annotated[str, Option(help="Terminal id, 8 digits.", callback=_matching(r"\d{8}"))]
Currency: TypeAlias = Annotated[
    str, Option(help="ISO 4217, lower case.", callback=_one_of(CURRENCIES))
]
Rule: TypeAlias = Annotated[StorageRule, Option("--storage-rule", help="ZVT's, old or new.")]
Baud: TypeAlias = Annotated[int, Option(min=9600, help="Line rate of the pty.")]
Password: TypeAlias = Annotated[
    str, Option(help="Till password, 6 digits.", callback=_matching(r"\d{6}"))
]
Mode: TypeAlias = Annotated[
    CardholderMode, Option("--cardholder", help="auto: taps unless told otherwise.")
]
TapAfter: TypeAlias = Annotated[float, Option(min=0, help="Seconds until the tap.")]
CardTimeout: TypeAlias = Annotated[float, Option(min=1, help="Seconds to wait for a card.")]
HostDelay: TypeAlias = Annotated[float, Option(min=0, help="Seconds its host thinks.")]
Prints: TypeAlias = Annotated[Printer, Option("--print", help="Who prints.")]
PrintDeclines: TypeAlias = Annotated[
    bool, Option("--print-declines", help="Give a receipt for a decline too.")
]
Tips: TypeAlias = Annotated[bool, Option("--tips", help="Take tips.")]
RestartsAt: TypeAlias = Annotated[
    str,
    Option(help="Restart every night at HH:MM.", callback=_matching(r"([01]\d|2[0-3]):[0-5]\d")),
]
Status: TypeAlias = Annotated[
    str,
    Option(help="Terminal status to begin with, hex.", callback=_matching("[0-9A-Fa-f]{2}")),
]
ProfileName: TypeAlias = Annotated[
    str, Option("--profile", help="The habits of a make.", callback=_one_of(tuple(BY_NAME)))
]
Script: TypeAlias = Annotated[Path | None, Option(help="A day to play, or a recording.")]
Seed: TypeAlias = Annotated[int, Option(help="Seed of what is left to chance.")]
FaultRate: TypeAlias = Annotated[float, Option(min=0, max=1, help=_RATE)]
