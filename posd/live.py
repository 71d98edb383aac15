"""What posd knows of an attached reader right now and the journal does not."""

from collections.abc import Callable
from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from posd.timed_reader import Overdue
from posd_drivers.ability import Need
from posd_drivers.card_reader import Step
from posd_drivers.errors import DeviceBusy, DriverError, NoAnswer, Refused

OnLive: TypeAlias = Callable[[], None]
"""Told, synchronously, that a reader's `live` has changed; losing it is harmless."""


class Trouble(Enum):
    """Why an attached reader takes no payments, beyond being absent."""

    ABSENT = "absent"
    BUSY_ELSEWHERE = "held_by_another_process"
    OTHER_CURRENCY = "other_currency"
    OTHER_TERMINAL = "other_terminal"
    NO_ANSWER = "no_answer"
    REFUSED = "refused_registration"
    RESOLVING = "resolving"
    QUARANTINED = "quarantined"


class Live(Struct, frozen=True):
    """What an attachment knows right now and the journal does not.

    `last_seen_ms` is wall time in milliseconds; `step` what the cardholder is asked to do; `need`
    what the terminal wants before it takes another payment, as it said when it was last idle.
    """

    online: bool
    last_seen_ms: int | None = None
    step: Step | None = None
    trouble: Trouble | None = Trouble.ABSENT
    need: Need | None = None


def trouble_of(error: DriverError) -> Trouble:
    """Why a reader that failed so takes no payments."""
    match error:
        case DeviceBusy():
            return Trouble.BUSY_ELSEWHERE
        case NoAnswer() | Overdue():
            return Trouble.NO_ANSWER
        case Refused():
            return Trouble.REFUSED
        case _:
            return Trouble.ABSENT
