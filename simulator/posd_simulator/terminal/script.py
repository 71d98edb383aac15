"""What a command may do while the terminal carries it out.

A command is a generator that reads like its chapter of the standard: it yields one step at a time
and is resumed with the step's result by the session (`pt`), which owns the link and the timers.

    yield Tell(intermediate status)
    act = yield Await(Prompt.CARD, 30.0)
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeAlias

from posd_drivers.zvt.apdu import Apdu
from posd_simulator.terminal.cardholder import Act, Prompt
from posd_simulator.terminal.ledger import Line

GOOD = Apdu(0x8000)
BUSY = Apdu(0x849C)
NOT_SUPPORTED = Apdu(0x8483)
PARSE_ERROR = Apdu(0x849A)
PRINTER_NOT_READY = Apdu(0x84CC)
WRONG_PASSWORD = Apdu(0x8437)
"""What card complete's terminals answer; the standard leaves it open (zvt.md 11.1)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer the ECR's command: 80 00 or 84 xx."""

    apdu: Apdu


@dataclass(frozen=True, slots=True)
class Tell:
    """Send a message and wait for the ECR's answer, which is the result. Raises Unheard."""

    apdu: Apdu


@dataclass(frozen=True, slots=True)
class Await:
    """Wait for the cardholder; the result is the act, or None once `seconds` have passed.

    The ECR's abort and the STOP key both come back as `PressStop`. Raises Unheard if the terminal
    learns meanwhile that its till is gone.
    """

    prompt: Prompt
    seconds: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Let time pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Show:
    """Put words on the terminal's display."""

    text: str


@dataclass(frozen=True, slots=True)
class Print:
    """Print on the terminal's own paper."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Keep:
    """Write a line into the ledger. It is durable when the script is resumed."""

    line: Line


@dataclass(frozen=True, slots=True)
class Restart:
    """Be away from the line for so many seconds, and come back as switched on."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hush:
    """For so many seconds nothing leaves the terminal, not even an acknowledgement."""

    seconds: float


@dataclass(frozen=True, slots=True)
class TooLateToAbort:
    """From here on the ECR's abort is refused."""


class Refused(Exception):
    """The command is answered `answer`, 84 xx, and that is all."""

    def __init__(self, answer: Apdu) -> None:
        super().__init__(answer)
        self.answer = answer


class Failed(Exception):
    """The command was taken (80 00) and ends with `message`, a 06 1E."""

    def __init__(self, message: Apdu) -> None:
        super().__init__(message)
        self.message = message


class Unheard(Exception):
    """The ECR is gone or does not answer; whatever was told may or may not have been heard."""


Step: TypeAlias = (
    Reply | Tell | Await | Pause | Show | Print | Keep | Restart | Hush | TooLateToAbort
)
Result: TypeAlias = Apdu | Act | None
Script: TypeAlias = Generator[Step, Result, None]
