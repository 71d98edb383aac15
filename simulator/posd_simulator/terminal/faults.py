"""What can be made to go wrong, on order, at the terminal's end of the line.

Faults are armed by a constructor or the control port and each is used up as it happens. The
messages of a dialogue are counted in both directions: every APDU the terminal sends for the first
time or takes, but no acknowledgement and no repeat. The command that begins it is number 1.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias, TypeVar

AUTHORISATION = 0x0601


class Moment(Enum):
    """When the message meets its fate.

    A message of the terminal's own: before or after it leaves. A message of the till's: before or
    after the terminal's reaction to it leaves, not counting the link's acknowledgement; to lose
    the till's message itself, cut after the one in front of it.
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
    """Something happens at message number `message` of the next dialogue that `command` begins.

    Attributes:
        message: From 1, the command itself.
        moment: Before or after it.
        fate: What happens.
        command: The control field that the count begins with.
    """

    message: int
    moment: Moment
    fate: Fate
    command: int = AUTHORISATION


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


@dataclass(frozen=True, slots=True)
class Surcharge:
    """The next payment takes `amount` minor units more than the till asked for, and tells so."""

    amount: int
    times: int = 1


@dataclass(frozen=True, slots=True)
class PartialApproval:
    """The next payment takes `amount` minor units at most, less than the till asked for."""

    amount: int
    times: int = 1


@dataclass(frozen=True, slots=True)
class Tip:
    """The next cardholder adds `amount` minor units; where the terminal takes tips (settings)."""

    amount: int
    times: int = 1


@dataclass(frozen=True, slots=True)
class Sign:
    """The next cardholder is verified by a signature on the receipt."""

    times: int = 1


@dataclass(frozen=True, slots=True)
class Offline:
    """The next payment is approved without the host."""

    times: int = 1


@dataclass(frozen=True, slots=True)
class FallSilent:
    """The next approval is followed by `for_s` seconds in which nothing leaves the terminal."""

    for_s: float
    times: int = 1


@dataclass(frozen=True, slots=True)
class Busy:
    """The next command is answered 84 9C; a status enquiry tells that it has to wait."""

    times: int = 1


@dataclass(frozen=True, slots=True)
class OtherTransaction:
    """The next Repeat Receipt tells of the transaction before the last one."""

    times: int = 1


Counted: TypeAlias = (
    DropAck
    | NakFrame
    | BadCrc
    | DelayAnswer
    | UnknownBmp
    | Surcharge
    | PartialApproval
    | Tip
    | Sign
    | Offline
    | FallSilent
    | Busy
    | OtherTransaction
)
Fault: TypeAlias = At | Counted
_Kind = TypeVar("_Kind", bound=Counted)


@dataclass(slots=True)
class _Counting:
    """An armed `At` and how many messages of its dialogue have passed."""

    at: At
    passed: int = 0


class Faults:
    """The faults that are still to come."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._counted: list[Counted] = []
        self._counting: list[_Counting] = []
        for fault in faults:
            self.arm(fault)

    def arm(self, fault: Fault) -> None:
        """Add a fault."""
        if isinstance(fault, At):
            self._counting.append(_Counting(fault))
        else:
            self._counted.append(fault)

    def disarm(self) -> None:
        """Forget all that have not happened."""
        self._counted.clear()
        self._counting.clear()

    def use(self, kind: type[_Kind]) -> _Kind | None:
        """The first armed fault of a kind, one time less; None if there is none."""
        for place, fault in enumerate(self._counted):
            if isinstance(fault, kind):
                if fault.times > 1:
                    self._counted[place] = replace(fault, times=fault.times - 1)
                else:
                    del self._counted[place]
                return fault
        return None

    def next_message(self, control: int) -> dict[Moment, Fate]:
        """Count a message; its fates."""
        fates = {}
        for counting in self._counting:
            if counting.passed or control == counting.at.command:
                counting.passed += 1
            if counting.passed == counting.at.message:
                fates[counting.at.moment] = counting.at.fate
        self._counting = [left for left in self._counting if left.passed < left.at.message]
        return fates
