"""What can be made to go wrong, on order, at the terminal's end of the line.

Faults are armed by a constructor or the control port and each is used up as it happens. Messages
are counted from 1 since the last `arm` of an `At`, in both directions: every APDU the terminal
sends for the first time or takes, but no acknowledgement and no repeat.
"""

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TypeAlias, TypeVar


class Moment(Enum):
    """When the message meets its fate.

    A message of the terminal's own: before or after it leaves. A message of the till's: before or
    after the terminal's reaction to it leaves; to lose the till's message itself, cut after the
    one in front of it.
    """

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Cut:
    """The link is gone; it comes back after `for_s` seconds, or None: when somebody plugs it in."""

    for_s: float | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """For `for_s` seconds nothing leaves the terminal, not even an acknowledgement."""

    for_s: float


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL for the process `pid`: the daemon, by the test that knows its number."""

    pid: int


Fate: TypeAlias = Cut | Silence | Kill


@dataclass(frozen=True, slots=True)
class At:
    """Something happens at message number `message`."""

    message: int
    moment: Moment
    fate: Fate


@dataclass(frozen=True, slots=True)
class DropAck:
    """Good frames are taken, but their acknowledgement is lost. Serial only."""

    times: int = 1


@dataclass(frozen=True, slots=True)
class NakFrame:
    """Good frames are answered NAK and dropped. Serial only."""

    times: int = 1


@dataclass(frozen=True, slots=True)
class BadCrc:
    """Frames leave with a wrong check sum, repeats included. Serial only."""

    times: int = 1


@dataclass(frozen=True, slots=True)
class DelayAnswer:
    """The next command is answered late by `seconds`."""

    seconds: float
    times: int = 1


@dataclass(frozen=True, slots=True)
class UnknownBmp:
    """The next status information carries a bitmap that no revision defines."""

    times: int = 1


Counted: TypeAlias = DropAck | NakFrame | BadCrc | DelayAnswer | UnknownBmp
Fault: TypeAlias = At | Counted
_Kind = TypeVar("_Kind", bound=Counted)


@dataclass(slots=True)
class Faults:
    """The faults that are still to come."""

    _armed: list[Fault] = field(default_factory=list)
    _messages: int = 0

    def arm(self, fault: Fault) -> None:
        """Add a fault. An `At` counts from the next message."""
        if isinstance(fault, At):
            self._messages = 0
        self._armed.append(fault)

    def disarm(self) -> None:
        """Forget all that have not happened."""
        self._armed.clear()

    def use(self, kind: type[_Kind]) -> _Kind | None:
        """The first armed fault of a kind, one time less; None if there is none."""
        for place, fault in enumerate(self._armed):
            if isinstance(fault, kind):
                if fault.times > 1:
                    self._armed[place] = replace(fault, times=fault.times - 1)
                else:
                    del self._armed[place]
                return fault
        return None

    def next_message(self) -> tuple[Fate | None, Fate | None]:
        """Count a message; its fate before and after."""
        self._messages += 1
        return self._due(Moment.BEFORE), self._due(Moment.AFTER)

    def _due(self, moment: Moment) -> Fate | None:
        for fault in self._armed:
            if isinstance(fault, At) and (fault.message, fault.moment) == (self._messages, moment):
                self._armed.remove(fault)
                return fault.fate
        return None
