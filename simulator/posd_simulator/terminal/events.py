"""What reaches the terminal's session, and what it wants done: its inputs, effects and timers."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from posd_drivers.session import Begin, LinkLost, Received, Send, SetTimer, TimerFired
from posd_drivers.zvt.apdu import Apdu
from posd_simulator.terminal.cardholder import Act, Prompt
from posd_simulator.terminal.deeds import Deed
from posd_simulator.terminal.link import HangUp, Said
from posd_simulator.terminal.script import Hush, Keep, Print, Restart, Show

IDLE_TEXT = "Ready"


class Timer(Enum):
    """The session's timers."""

    T3 = "T3"
    STEP = "step of the running command"
    ENQUIRY_STEP = "step of a status enquiry beside it"


@dataclass(frozen=True, slots=True)
class Acted:
    """The cardholder did something."""

    act: Act


@dataclass(frozen=True, slots=True)
class Ask:
    """The display asks the cardholder for something; None: no longer."""

    prompt: Prompt | None


@dataclass(frozen=True, slots=True)
class Heard:
    """The terminal took this APDU; the effects that follow are its reaction."""

    apdu: Apdu


@dataclass(frozen=True, slots=True)
class Happens:
    """Something happens to the terminal."""

    deed: Deed


PtInput: TypeAlias = Begin | Received | TimerFired | LinkLost | Acted | Happens
PtEffect: TypeAlias = (
    Send | SetTimer | Said | Heard | Keep | Show | Print | Restart | Hush | Ask | HangUp
)
