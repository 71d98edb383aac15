"""The language between a pure session and the pump: what comes in, what must be done.

A session is a function, `handle(incoming) -> list[effect]`. It owns no clock, no socket and no
task: timers are named, bytes are values, and what must be durable is asked for with `Decide`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Begin:
    """The link is open and the dialogue may start. Comes first and once."""


@dataclass(frozen=True, slots=True)
class Received:
    """Octets from the link, cut wherever the link cut them."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class TimerFired:
    """The named timer ran out; it is no longer set."""

    timer: Enum


@dataclass(frozen=True, slots=True)
class LinkLost:
    """The link is gone for good.

    Attributes:
        sent: Whether the operating system accepted any byte of this dialogue.
    """

    sent: bool


@dataclass(frozen=True, slots=True)
class AbortRequested:
    """Somebody wants the dialogue to end early. A request, not a command (M9)."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The answer to `Decide`: the journal has it and posd agrees, or it refuses."""

    accepted: bool


Input: TypeAlias = Begin | Received | TimerFired | LinkLost | AbortRequested | Decided


@dataclass(frozen=True, slots=True)
class Send:
    """Write these octets, all of them, now."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Set the named timer to fire `seconds` from now, replacing it if set; None clears it."""

    timer: Enum
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Decide:
    """Make this durable, then tell me whether posd accepts it (`Decided`)."""

    result: object


@dataclass(frozen=True, slots=True)
class Progress:
    """Something a person at the till may want to read. Losing it is harmless."""

    step: object


@dataclass(frozen=True, slots=True)
class Finished:
    """The dialogue is over; this is its result. Always the last effect."""

    outcome: object


Effect: TypeAlias = Send | SetTimer | Decide | Progress | Finished


class Session(Protocol):
    """A dialogue as a pure state machine."""

    def handle(self, incoming: Input) -> Sequence[Effect]:
        """What to do about one input, in order. Never raises for what a peer sent."""
        ...
