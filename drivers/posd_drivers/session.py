"""The language between a pure session and the pump: what comes in, what must be done.

A session is a function, `handle(incoming) -> effects`. It owns no clock, no socket and no task:
timers are named, bytes are values, and what must be durable is asked for with `Decide`.
"""

from collections.abc import Iterable
from enum import Enum
from typing import Protocol, TypeAlias

from msgspec import Struct


class Begin(Struct, frozen=True):
    """The link is open and the dialogue may start. Comes first and once."""


class Received(Struct, frozen=True):
    """Octets from the link, cut wherever the link cut them."""

    octets: bytes


class TimerFired(Struct, frozen=True):
    """The named timer ran out; it is no longer set."""

    timer: Enum


class LinkLost(Struct, frozen=True):
    """The link is gone for good.

    Attributes:
        sent: Whether the operating system accepted any byte of this dialogue.
    """

    sent: bool


class AbortRequested(Struct, frozen=True):
    """Somebody wants the dialogue to end early. A request, not a command (M9)."""


class Decided(Struct, frozen=True):
    """The answer to `Decide`: the journal has it and posd agrees, or it refuses."""

    accepted: bool


Input: TypeAlias = Begin | Received | TimerFired | LinkLost | AbortRequested | Decided


class Send(Struct, frozen=True):
    """Write these octets, all of them, now."""

    octets: bytes


class SetTimer(Struct, frozen=True):
    """Set the named timer to fire `seconds` from now, replacing it if set; None clears it."""

    timer: Enum
    seconds: float | None


class Decide(Struct, frozen=True):
    """Make this durable, then tell me whether posd accepts it (`Decided`)."""

    result: object


class Progress(Struct, frozen=True):
    """Something a person at the till may want to read. Losing it is harmless."""

    step: object


class Finished(Struct, frozen=True):
    """The dialogue is over; this is its result. Always the last effect."""

    outcome: object


Effect: TypeAlias = Send | SetTimer | Decide | Progress | Finished


class Session(Protocol):
    """A dialogue as a pure state machine."""

    def handle(self, incoming: Input) -> Iterable[Effect]:
        """What to do about one input, in order. Never raises for what a peer sent.

        Each effect is carried out before the next is asked for, and all of them before the next
        input: a session that yields may let octets leave before it works out the rest.
        """
        ...
