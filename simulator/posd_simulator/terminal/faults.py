"""What can be made to go wrong, on order or by chance, at the terminal's end of the line.

Faults are armed by a constructor, the control port or a script, and each is used up as it happens.
The messages of a dialogue are counted in both directions: every APDU the terminal sends for the
first time or takes, but no acknowledgement and no repeat. The command that begins it is number 1.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from signal import Signals
from typing import TypeAlias, TypeVar

from posd_simulator.terminal.chance import Chance
from posd_simulator.terminal.deeds import Deed, Reboot

AUTHORISATION = 0x0601
SHORTEST_S, LONGEST_S = 1.0, 900.0
"""How long what comes by chance lasts."""
SPOILED_BYTE_MAX = 40


class Moment(Enum):
    """When the message meets its fate.

    A message of the terminal's own: before or after it leaves. A message of the till's: before or
    after the terminal's reaction to it leaves, not counting the link's acknowledgement; to lose
    the till's message itself, cut after the one in front of it, or inside of it.

    Inside: once `byte` octets of it have left or arrived, link framing included. Of a till's first
    message the control field must have arrived.
    """

    BEFORE = "before"
    INSIDE = "inside"
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
    """A signal for the process `pid`: the daemon, by the test that knows its number."""

    pid: int
    number: Signals = Signals.SIGKILL


@dataclass(frozen=True, slots=True)
class Lose:
    """The octet behind `byte` octets is lost. Inside a message only, as are the next three."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """That octet arrives twice."""


@dataclass(frozen=True, slots=True)
class Corrupt:
    """That octet arrives with its bits turned over."""


@dataclass(frozen=True, slots=True)
class Stall:
    """Behind `byte` octets of the terminal's message `for_s` seconds pass; T1 is 0.2 s.

    It does nothing to a till's.
    """

    for_s: float


@dataclass(frozen=True, slots=True)
class Noise:
    """For `for_s` seconds a share of all octets is lost, doubled or corrupted, both ways."""

    rate: float
    for_s: float
    seed: int = 0


Spoiling: TypeAlias = Lose | Repeat | Corrupt | Stall
Fate: TypeAlias = Cut | Silence | Kill | Noise | Spoiling | Deed


@dataclass(frozen=True, slots=True)
class At:
    """Something happens at message number `message` of the next dialogue that `command` begins.

    Attributes:
        message: From 1, the command itself.
        moment: Before, inside or after it.
        fate: What happens.
        command: The control field that the count begins with.
        byte: Inside: behind how many of its octets, from 1.
    """

    message: int
    moment: Moment
    fate: Fate
    command: int = AUTHORISATION
    byte: int = 1


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
class CardTold:
    """The next status information tells a card of this `number` whole, which none may."""

    number: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class UnknownStatus:
    """The next intermediate status has a code that no revision defines."""

    times: int = 1


@dataclass(frozen=True, slots=True)
class EmptyAbort:
    """The next abort (06 1E) does not say why."""

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
    | CardTold
    | UnknownStatus
    | EmptyAbort
    | Surcharge
    | PartialApproval
    | Tip
    | Sign
    | Offline
    | FallSilent
    | Busy
    | OtherTransaction
)
Fault: TypeAlias = At | Counted | Noise | Deed
"""Noise and deeds that are armed alone come at once; what hands do comes once the terminal is idle.
"""
_Kind = TypeVar("_Kind", bound=Counted)


@dataclass(slots=True)
class _Counting:
    """An armed `At` and how many messages of its dialogue have passed."""

    at: At
    passed: int = 0


class Faults:
    """The faults that are still to come.

    Attributes:
        at_once: Noise and deeds that wait for nothing but to be noticed.
    """

    def __init__(self, faults: Iterable[Fault] = (), *, rate: float = 0.0, seed: int = 0) -> None:
        """`rate` is the share of messages, 0 to 1, that meet something by chance."""
        self.at_once: list[Noise | Deed] = []
        self._counted: list[Counted] = []
        self._counting: list[_Counting] = []
        self._rate = rate
        self._chance = Chance(seed)
        for fault in faults:
            self.arm(fault)

    def arm(self, fault: Fault) -> None:
        """Add a fault."""
        match fault:
            case At():
                self._counting.append(_Counting(fault))
            case Noise():
                self.at_once.append(fault)
            case _ if isinstance(fault, Counted):
                self._counted.append(fault)
            case _:
                self.at_once.append(fault)

    def disarm(self) -> None:
        """Forget all that have not happened."""
        self.at_once.clear()
        self._counted.clear()
        self._counting.clear()
        self._rate = 0.0

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

    @property
    def some_inside(self) -> bool:
        """Whether one waits for the inside of a message."""
        return any(it.at.moment is Moment.INSIDE for it in self._counting)

    def next_message(self, control: int) -> dict[Moment, At]:
        """Count a message; what it meets."""
        met = {}
        for counting in self._counting:
            if counting.passed or control == counting.at.command:
                counting.passed += 1
            if counting.passed == counting.at.message:
                met[counting.at.moment] = counting.at
        self._counting = [left for left in self._counting if left.passed < left.at.message]
        if not met and self._rate and self._chance.share() < self._rate:
            drawn = _draw(self._chance, control)
            met[drawn.moment] = drawn
        return met

    def inside_arriving(self, begun: bytes, head: Callable[[int], bytes]) -> At | None:
        """What the till's next message meets, of which these octets have arrived.

        `head` is how a message with this control field begins on the wire.
        """
        for counting in self._counting:
            at = counting.at
            due = at.moment is Moment.INSIDE and counting.passed + 1 == at.message
            if due and at.byte == len(begun) and (counting.passed or _begins(begun, head, at)):
                self._counting.remove(counting)
                return at
        return None


def _begins(begun: bytes, head: Callable[[int], bytes], at: At) -> bool:
    expected = head(at.command)
    return begun[: len(expected)] == expected


def _draw(chance: Chance, control: int) -> At:
    """What a message meets by chance: mostly short, sometimes long."""
    moment = list(Moment)[chance.number(len(Moment))]
    if moment is Moment.INSIDE:
        spoiled = (Lose(), Repeat(), Corrupt(), Cut(1.0))[chance.number(4)]
        return At(1, moment, spoiled, control, byte=1 + chance.number(SPOILED_BYTE_MAX))
    for_s = round(SHORTEST_S * (LONGEST_S / SHORTEST_S) ** chance.share(), 1)
    fate = (Cut(for_s), Silence(for_s), Reboot(for_s))[chance.number(3)]
    return At(1, moment, fate, control)
