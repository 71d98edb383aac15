"""What happens in the back room: to posd's machine, its clock, its disk, its line and its key.

Like every fault it is drawn before the day begins (`faults`).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, assert_never

from posd.ids import Chance
from tests.simulation.backroom import BackRoom
from tests.simulation.disk import Batch, Refusal
from tests.simulation.uplink import REFUSALS

DAY_S: Final = 24 * 3600.0
CLOCK_JUMP_S_MAX: Final = 3 * DAY_S
SINCE_1970_S: Final = 1_795_420_800.0
"""At the opening; a machine without a battery wakes up at the very beginning."""
WAKES_IN_1970_CHANCE: Final = 0.25
OFFLINE_S: Final = (6 * 3600.0, 4 * DAY_S)
WHOLE_DISK_CHANCE: Final = 0.3
NEW_DISK_CHANCE: Final = 0.3
NEW_DISK_S: Final = 40 * 3600.0
"""Until somebody has one; Stripe may have forgotten keys by then."""
VISITORS_AT_ONCE: Final = (2, 24)
LOOKS_MAX: Final = 48


@dataclass(frozen=True, slots=True)
class PosdStopped:
    """The operator ends posd in good order, and starts it again after `for_s` seconds."""

    for_s: float


@dataclass(frozen=True, slots=True)
class PosdDowngraded:
    """The operator goes back to a posd that knows of no epochs, and returns after `for_s`."""

    for_s: float


@dataclass(frozen=True, slots=True)
class ClockJumps:
    """The machine's clock is set wrong by `by_s` seconds, and right again after `for_s`."""

    by_s: float
    for_s: float


@dataclass(frozen=True, slots=True)
class DiskRefuses:
    """The disk refuses the next batch; posd ends, and is started again after `for_s` seconds."""

    refusal: Refusal
    batch: Batch
    for_s: float


@dataclass(frozen=True, slots=True)
class KeyRefused:
    """For `for_s` seconds Stripe answers whatever posd asks with this refusal of its key."""

    status: int
    for_s: float


@dataclass(frozen=True, slots=True)
class KeyRolled:
    """Stripe takes another key from now on, and posd is given it after `for_s` seconds.

    Attributes:
        strays: Whether it is given somebody else's first.
    """

    strays: bool
    for_s: float


@dataclass(frozen=True, slots=True)
class LineDownForDays:
    """The line to Stripe is down for `for_s` seconds, through the nights."""

    for_s: float


@dataclass(frozen=True, slots=True)
class PageHammered:
    """So many at once look at the page so many times."""

    at_once: int
    rounds: int


@dataclass(frozen=True, slots=True)
class JournalPutBack:
    """The journal is backed up; `after_s` seconds later its disk is lost and the backup put in.

    Attributes:
        whole: Whether all that was on the disk is set back, as by an image of it.
        for_s: How long that takes.
    """

    after_s: float
    whole: bool
    for_s: float


AtMachine: TypeAlias = (
    PosdStopped
    | PosdDowngraded
    | ClockJumps
    | DiskRefuses
    | KeyRefused
    | KeyRolled
    | LineDownForDays
    | PageHammered
    | JournalPutBack
)
Maker: TypeAlias = Callable[[Chance], AtMachine]


def befall(it: AtMachine, room: BackRoom) -> None:
    """Let it happen."""
    match it:
        case PosdStopped(for_s):
            room.host.stop(for_s)
        case PosdDowngraded(for_s):
            room.downgrade(for_s)
        case ClockJumps(by_s, for_s):
            room.set_clock(by_s, for_s)
        case DiskRefuses(refusal, batch, for_s):
            room.host.refuse_batch(refusal, batch, for_s)
        case KeyRefused(status, for_s):
            room.uplink.refuse(status, for_s)
        case KeyRolled(strays, for_s):
            room.uplink.roll_key(for_s, strays=strays)
        case LineDownForDays(for_s):
            room.uplink.go_down(for_s)
        case JournalPutBack(after_s, whole, for_s):
            room.put_back(after_s, for_s, whole=whole)
        case PageHammered(at_once, rounds):
            room.visitors.come(at_once, rounds)
        case _:
            assert_never(it)


def _stop(dice: Chance) -> AtMachine:
    return PosdStopped(_for_s(dice, 0.5, 300))


def _downgrade(dice: Chance) -> AtMachine:
    return PosdDowngraded(_for_s(dice, 10, 3600))


def _clock(dice: Chance) -> AtMachine:
    by_s = dice.choice((-1, 1)) * _for_s(dice, 1, CLOCK_JUMP_S_MAX)
    if dice.random() < WAKES_IN_1970_CHANCE:
        by_s = -SINCE_1970_S
    return ClockJumps(by_s, _for_s(dice, 10, 7200))


def _disk(dice: Chance) -> AtMachine:
    return DiskRefuses(
        dice.choice(tuple(Refusal)), dice.choice(tuple(Batch)), _for_s(dice, 0.1, 120)
    )


def _key(dice: Chance) -> AtMachine:
    return KeyRefused(dice.choice(REFUSALS), _for_s(dice, 10, 7200))


def _roll(dice: Chance) -> AtMachine:
    return KeyRolled(strays=dice.random() < 0.5, for_s=_for_s(dice, 10, 7200))


def _offline(dice: Chance) -> AtMachine:
    return LineDownForDays(_for_s(dice, *OFFLINE_S))


def _page(dice: Chance) -> AtMachine:
    at_once = dice.randint(*VISITORS_AT_ONCE)
    return PageHammered(at_once, LOOKS_MAX // at_once)


def _put_back(dice: Chance) -> AtMachine:
    whole = dice.random() < WHOLE_DISK_CHANCE
    longest_s = NEW_DISK_S if dice.random() < NEW_DISK_CHANCE else 300.0
    return JournalPutBack(_for_s(dice, 1, 5400), whole, _for_s(dice, 1, longest_s))


def _for_s(dice: Chance, shortest: float, longest: float) -> float:
    """Short mostly, long now and then."""
    return round(shortest * math.pow(longest / shortest, dice.random()), 4)


MAKERS: Final[Mapping[str, Maker]] = {
    PosdStopped.__name__: _stop,
    PosdDowngraded.__name__: _downgrade,
    ClockJumps.__name__: _clock,
    DiskRefuses.__name__: _disk,
    KeyRefused.__name__: _key,
    KeyRolled.__name__: _roll,
    LineDownForDays.__name__: _offline,
    PageHammered.__name__: _page,
    JournalPutBack.__name__: _put_back,
}
"""How each kind is drawn."""
