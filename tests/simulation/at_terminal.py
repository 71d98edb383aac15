"""What happens to a terminal itself: by hands on its keys, by its maker, by another on its line.

No till asks for any of it, and posd is told nothing. Like every fault it is drawn before the day
begins (`faults`).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from posd.ids import Chance
from posd_simulator.terminal import deeds
from posd_simulator.terminal.faults import Fault, PartialApproval
from posd_simulator.terminal.lock import CLOSING_PENDING, PRINTER_EMPTY
from tests.simulation.lane import Lane

HAND_AMOUNT_MIN: Final = 50_000_000
"""Amounts keyed in by hand; no till ever asks for one of these."""
PART_AMOUNT_MAX: Final = 99
"""A terminal that approves a part takes so much at most; every till asks for more."""
CLOCK_OFF_S_MAX: Final = 26 * 3600.0
MAKES_DEAF: Final = (deeds.Update, deeds.Reboot, deeds.Identity)
"""What keeps posd from having the reader for a while."""


@dataclass(frozen=True, slots=True)
class SameByHand:
    """Somebody keys in a sale of the very amount that posd has last asked the terminal for."""


@dataclass(frozen=True, slots=True)
class AtTerminal:
    """Something happens to a lane's terminal.

    Attributes:
        kind: Its name in `MAKERS`.
        for_s: After so many seconds it is put right; None: not by itself.
    """

    kind: str
    lane: int
    what: Fault | SameByHand
    for_s: float | None = None


Maker: TypeAlias = Callable[[Chance, int], AtTerminal]


def befall(it: AtTerminal, lane: Lane) -> bool:
    """Let it happen; False if the terminal is off, or was asked for nothing yet."""
    what = it.what
    if isinstance(what, SameByHand):
        return bool(lane.asked) and lane.arm(deeds.SaleByHand(lane.asked))
    if isinstance(what, MAKES_DEAF):
        lane.fall_ill(it.for_s or 0.0)
    return lane.arm(what, it.for_s)


def _by_hand(dice: Chance) -> int:
    return HAND_AMOUNT_MIN + dice.randrange(HAND_AMOUNT_MIN)


def _sale(dice: Chance, lane: int) -> AtTerminal:
    return AtTerminal("sold by hand", lane, deeds.SaleByHand(_by_hand(dice)))


def _same(_dice: Chance, lane: int) -> AtTerminal:
    return AtTerminal("the same sold by hand", lane, SameByHand())


def _refund(dice: Chance, lane: int) -> AtTerminal:
    return AtTerminal("refunded by hand", lane, deeds.RefundByHand(_by_hand(dice)))


def _reversal(_dice: Chance, lane: int) -> AtTerminal:
    return AtTerminal("reversed by hand", lane, deeds.ReversalByHand())


def _closing(_dice: Chance, lane: int) -> AtTerminal:
    return AtTerminal("closed by hand", lane, deeds.ClosingByHand())


def _demand(_dice: Chance, lane: int) -> AtTerminal:
    return AtTerminal("closing demanded", lane, deeds.Need(CLOSING_PENDING))


def _paper(dice: Chance, lane: int) -> AtTerminal:
    return AtTerminal("paper out", lane, deeds.Need(PRINTER_EMPTY), _for_s(dice, 30, 900))


def _update(dice: Chance, lane: int) -> AtTerminal:
    for_s = _for_s(dice, 30, 600)
    return AtTerminal("updated", lane, deeds.Update(for_s), for_s)


def _night(dice: Chance, lane: int) -> AtTerminal:
    for_s = _for_s(dice, 10, 120)
    return AtTerminal("restarted by itself", lane, deeds.Reboot(for_s), for_s)


def _another(dice: Chance, lane: int) -> AtTerminal:
    return AtTerminal(
        "another on the line",
        lane,
        deeds.Identity(f"{dice.randrange(10**8):08d}"),
        _for_s(dice, 10, 900),
    )


def _clock(dice: Chance, lane: int) -> AtTerminal:
    return AtTerminal(
        "clock off", lane, deeds.ClockOff(round(dice.uniform(-1, 1) * CLOCK_OFF_S_MAX))
    )


def _part(dice: Chance, lane: int) -> AtTerminal:
    return AtTerminal("approved in part", lane, PartialApproval(dice.randint(1, PART_AMOUNT_MAX)))


def _for_s(dice: Chance, shortest: float, longest: float) -> float:
    """Short mostly, long now and then."""
    return round(shortest * math.pow(longest / shortest, dice.random()), 4)


MAKERS: Final[Mapping[str, Maker]] = {
    "sold by hand": _sale,
    "the same sold by hand": _same,
    "refunded by hand": _refund,
    "reversed by hand": _reversal,
    "closed by hand": _closing,
    "closing demanded": _demand,
    "paper out": _paper,
    "updated": _update,
    "restarted by itself": _night,
    "another on the line": _another,
    "clock off": _clock,
    "approved in part": _part,
}
"""How each kind is drawn for a lane."""
