"""What goes wrong on a day: drawn before it begins, as a list that can be printed and shortened.

Swarm testing: a seed takes a few kinds of fault and leaves all others out, so that each kind is met
often in some stores and never covers up another.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from posd.failpoints import Failpoint
from posd.ids import Chance
from posd_simulator.cloud.faults import FaultKind
from posd_simulator.terminal.cardholder import Behaviour
from tests.simulation import at_machine, at_terminal
from tests.simulation.asgi import Link
from tests.simulation.at_machine import AtMachine
from tests.simulation.at_terminal import AtTerminal
from tests.simulation.disk import Batch

KINDS_A_DAY: Final = (3, 6)
KINDS_AT_TERMINALS_A_DAY: Final = (0, 3)
"""Beside them; a terminal's own day is no less usual without any of these."""
FAULTS_OF_A_KIND: Final = (2, 9)
FAULTS_OF_A_KIND_MANY: Final = 24
MANY_CHANCE: Final = 0.15
MESSAGES: Final = (1, 40)
"""Octets on a lane's line while money moves come in about so many pieces, of both directions."""
AT_ONCE_CHANCE: Final = 0.3
SWAPS_CHANCE: Final = 0.3
AT_MACHINE_CHANCE: Final = 0.6
KINDS_AT_MACHINE: Final = (1, 3)
FAULTS_AT_MACHINE: Final = (1, 4)
SLOW_DISK_S: Final = (0.05, 0.4, 2.0, 3.5, 6.0)
"""3 s is the longest posd makes a terminal wait for a commit, 5 s what a terminal waits (M2)."""

KEPT: Final = (FaultKind.ERROR_AFTER_COMMIT, FaultKind.ERROR_BEFORE_COMMIT)
"""Stripe keeps a 500 under its key for a day. Waiting for that costs the simulation a day."""
KEPT_CHANCE: Final = 0.05
NOT_KEPT: Final = tuple(kind for kind in FaultKind if kind not in KEPT)


@dataclass(frozen=True, slots=True)
class CablePulled:
    """The lane's cable is out for `for_s` seconds; see `message` at `Planned`."""

    lane: int
    message: int
    for_s: float


@dataclass(frozen=True, slots=True)
class CablesSwapped:
    """The lane's cable and the next one's hang on each other's terminal for `for_s` seconds."""

    lane: int
    message: int
    for_s: float


@dataclass(frozen=True, slots=True)
class TerminalReboots:
    """The terminal forgets its dialogue, keeps its book, and is back after `for_s` seconds."""

    lane: int
    message: int
    for_s: float


@dataclass(frozen=True, slots=True)
class DaemonDies:
    """posd ends at once, wherever it is; the next one starts `for_s` seconds later."""

    lane: int
    message: int
    batch: Batch
    for_s: float


@dataclass(frozen=True, slots=True)
class DaemonDiesAt:
    """posd ends at the next arrival at this point of its code."""

    point: Failpoint
    for_s: float


@dataclass(frozen=True, slots=True)
class DaemonDiesInBatch:
    """posd ends in the `number`-th batch from here: just before or just after it is on disk."""

    number: int
    batch: Batch
    for_s: float


@dataclass(frozen=True, slots=True)
class UplinkFails:
    """For `for_s` seconds the line to Stripe is down, or carries no answers."""

    link: Link
    for_s: float


@dataclass(frozen=True, slots=True)
class StripeMisbehaves:
    """The next `times` requests of that method meet this; see posd_simulator.cloud.faults."""

    kind: FaultKind
    method: str
    times: int
    status: int
    delay_s: float


@dataclass(frozen=True, slots=True)
class LineNoisy:
    """For `for_s` seconds octets are dropped, doubled and made up, `rate` of them."""

    lane: int
    rate: float
    for_s: float


@dataclass(frozen=True, slots=True)
class DiskSlow:
    """For `for_s` seconds a batch takes `batch_s` seconds."""

    batch_s: float
    for_s: float


@dataclass(frozen=True, slots=True)
class CardholderActs:
    """The next cardholder at that lane does this instead of tapping a card."""

    lane: int
    behaviour: Behaviour


@dataclass(frozen=True, slots=True)
class TillCrashes:
    """The till forgets all but which order it was on.

    It does so `after_s` seconds into the next one, and is back after `for_s` seconds.
    """

    till: int
    after_s: float
    for_s: float


Fault: TypeAlias = (
    CablePulled
    | CablesSwapped
    | TerminalReboots
    | DaemonDies
    | DaemonDiesAt
    | DaemonDiesInBatch
    | UplinkFails
    | StripeMisbehaves
    | LineNoisy
    | DiskSlow
    | CardholderActs
    | TillCrashes
    | AtTerminal
    | AtMachine
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault and when it comes, in seconds from the opening of the first day.

    A fault with a `message` above 0 waits for the next move of money at its lane and comes with the
    `message`-th piece of octets that passes its line, the command itself being the first.
    """

    at_s: float
    fault: Fault


@dataclass(frozen=True, slots=True)
class Premises:
    """What a plan must know of a store: how many lanes and tills, days, and seconds open."""

    lanes: int
    tills: int
    days: int
    open_s: float
    day_s: float


def draw(dice: Chance, store: Premises) -> tuple[Planned, ...]:
    """The faults of all days, in their order; each day at least 6 of at least 3 kinds."""
    planned: list[Planned] = []
    for day in range(store.days):
        names = dice.sample(tuple(_MAKERS), dice.randint(*KINDS_A_DAY))
        at_terminals = dice.randint(*KINDS_AT_TERMINALS_A_DAY)
        for name in (*names, *dice.sample(tuple(_AT_TERMINAL), at_terminals)):
            many = dice.random() < MANY_CHANCE
            times = FAULTS_OF_A_KIND_MANY if many else dice.randint(*FAULTS_OF_A_KIND)
            for _time in range(times):
                at_s = day * store.day_s + dice.uniform(0, store.open_s)
                planned.append(Planned(round(at_s, 3), _ALL[name](dice, store)))
    return tuple(sorted(planned, key=lambda one: one.at_s))


def draw_swaps(dice: Chance, store: Premises) -> tuple[Planned, ...]:
    """Cables that somebody swaps, in some stores and beside all that goes wrong there."""
    if dice.random() >= SWAPS_CHANCE or not store.days:
        return ()
    times = [dice.uniform(0, store.open_s) for _ in range(dice.randint(*FAULTS_OF_A_KIND))]
    days = [dice.randrange(store.days) * store.day_s for _ in times]
    return tuple(
        Planned(round(day_s + at_s, 3), _swap(dice, store))
        for day_s, at_s in zip(days, times, strict=True)
    )


def draw_at_machine(dice: Chance, store: Premises) -> tuple[Planned, ...]:
    """What befalls posd's machine, in most stores and beside all that goes wrong there."""
    if dice.random() >= AT_MACHINE_CHANCE or not store.days:
        return ()
    names = dice.sample(tuple(at_machine.MAKERS), dice.randint(*KINDS_AT_MACHINE))
    return tuple(
        Planned(_some_time(dice, store), at_machine.MAKERS[name](dice))
        for name in names
        for _time in range(dice.randint(*FAULTS_AT_MACHINE))
    )


def kinds() -> tuple[str, ...]:
    """The names of all kinds of fault."""
    return (*_ALL, *at_machine.MAKERS)


def kind(fault: Fault) -> str:
    """The name of its kind."""
    return fault.kind if isinstance(fault, AtTerminal) else type(fault).__name__


def _lane(dice: Chance, store: Premises) -> int:
    return dice.randrange(store.lanes)


def _some_time(dice: Chance, store: Premises) -> float:
    """On any of the days, while the store is open."""
    return round(dice.randrange(store.days) * store.day_s + dice.uniform(0, store.open_s), 3)


def _message(dice: Chance) -> int:
    return 0 if dice.random() < AT_ONCE_CHANCE else dice.randint(*MESSAGES)


def _for_s(dice: Chance, shortest: float, longest: float) -> float:
    """Short mostly, long now and then."""
    return round(shortest * math.pow(longest / shortest, dice.random()), 4)


def _batch(dice: Chance) -> Batch:
    return dice.choice(tuple(Batch))


def _cable(dice: Chance, store: Premises) -> Fault:
    return CablePulled(_lane(dice, store), _message(dice), _for_s(dice, 0.05, 600))


def _swap(dice: Chance, store: Premises) -> Fault:
    return CablesSwapped(_lane(dice, store), _message(dice), _for_s(dice, 5, 1800))


def _reboot(dice: Chance, store: Premises) -> Fault:
    return TerminalReboots(_lane(dice, store), _message(dice), _for_s(dice, 1, 900))


def _death(dice: Chance, store: Premises) -> Fault:
    lane = _lane(dice, store)
    return DaemonDies(lane, _message(dice), _batch(dice), _for_s(dice, 0.1, 400))


def _death_at(dice: Chance, _store: Premises) -> Fault:
    return DaemonDiesAt(dice.choice(tuple(Failpoint)), _for_s(dice, 0.1, 60))


def _death_in_batch(dice: Chance, _store: Premises) -> Fault:
    return DaemonDiesInBatch(dice.randint(1, 12), _batch(dice), _for_s(dice, 0.1, 60))


def _uplink(dice: Chance, _store: Premises) -> Fault:
    return UplinkFails(dice.choice((Link.DOWN, Link.LOSES_ANSWERS)), _for_s(dice, 1, 5400))


def _stripe(dice: Chance, _store: Premises) -> Fault:
    return StripeMisbehaves(
        kind=dice.choice(KEPT if dice.random() < KEPT_CHANCE else NOT_KEPT),
        method=dice.choice(("POST", "POST", "POST", "GET")),
        times=dice.randint(1, 4),
        status=dice.choice((409, 429, 429, 503)),
        delay_s=_for_s(dice, 0.1, 60),
    )


def _noise(dice: Chance, store: Premises) -> Fault:
    return LineNoisy(_lane(dice, store), _for_s(dice, 0.0005, 0.05), _for_s(dice, 60, 3600))


def _disk(dice: Chance, _store: Premises) -> Fault:
    return DiskSlow(dice.choice(SLOW_DISK_S), _for_s(dice, 10, 900))


def _cardholder(dice: Chance, store: Premises) -> Fault:
    others = [one for one in Behaviour if one is not Behaviour.TAP]
    return CardholderActs(_lane(dice, store), dice.choice(others))


def _at_terminal(make: at_terminal.Maker) -> Callable[[Chance, Premises], Fault]:
    return lambda dice, store: make(dice, _lane(dice, store))


def _till(dice: Chance, store: Premises) -> Fault:
    return TillCrashes(dice.randrange(store.tills), _for_s(dice, 0.01, 30), _for_s(dice, 1, 300))


_MAKERS: Final[Mapping[str, Callable[[Chance, Premises], Fault]]] = {
    CablePulled.__name__: _cable,
    TerminalReboots.__name__: _reboot,
    DaemonDies.__name__: _death,
    DaemonDiesAt.__name__: _death_at,
    DaemonDiesInBatch.__name__: _death_in_batch,
    UplinkFails.__name__: _uplink,
    StripeMisbehaves.__name__: _stripe,
    LineNoisy.__name__: _noise,
    DiskSlow.__name__: _disk,
    CardholderActs.__name__: _cardholder,
    TillCrashes.__name__: _till,
}
_AT_TERMINAL: Final = {name: _at_terminal(make) for name, make in at_terminal.MAKERS.items()}
_ALL: Final = {**_MAKERS, **_AT_TERMINAL, CablesSwapped.__name__: _swap}
