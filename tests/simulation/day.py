"""How large a shop-day is: how much is sold, how long, and how much goes wrong."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from posd.ids import Chance
from tests.simulation.faults import Planned


@dataclass(frozen=True, slots=True)
class Size:
    """A shop-day.

    Attributes:
        name: What it is called on a command line.
        orders: How many baskets are rung up.
        open_s: In how many seconds.
        faults_max: How many of the faults that are drawn come; None: all.
    """

    name: str
    orders: int
    open_s: float
    faults_max: int | None = None

    def thinned(self, plan: tuple[Planned, ...], days: int, dice: Chance) -> tuple[Planned, ...]:
        """Those of the faults that come, in their order."""
        if self.faults_max is None or len(plan) <= self.faults_max * days:
            return plan
        chosen = dice.sample(range(len(plan)), self.faults_max * days)
        return tuple(plan[place] for place in sorted(chosen))


LARGE: Final = Size("large", 76, 2 * 3600.0)
SMALL: Final = Size("small", 50, 900.0, 8)
"""As many payments in less time; many of these find more than few of the others."""
SIZES: Final = MappingProxyType({size.name: size for size in (LARGE, SMALL)})
