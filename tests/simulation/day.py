"""How large a shop-day is: how much is sold, how long, and how much goes wrong."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from posd.ids import Chance
from tests.simulation.faults import Planned, kind

PAYMENTS_MIN: Final = 50
FAULTS_MIN: Final = 5
KINDS_MIN: Final = 3
"""What makes a shop-day a full one."""
ORDERS_MAX_TIMES: Final = 2
CLOSES_AT: Final = ("off", "off", "09:30", "10:00", "10:45", "11:15")
"""By the store's clock; it opens at nine."""
CLOSES_SOON: Final = ("off", "off", "09:03", "09:05", "09:08", "09:11")


@dataclass(frozen=True, slots=True)
class Size:
    """A shop-day.

    Attributes:
        name: What it is called on a command line.
        orders: How many baskets are rung up while it is open.
        open_s: For how many seconds it is; what goes wrong comes in these.
        faults_max: How many of the faults that are drawn come; None: all.
        payments: With so many begun the tills close, and not before; None: they close in time.
        closes_at: When readers end their days by themselves, by the store's clock.
    """

    name: str
    orders: int
    open_s: float
    faults_max: int | None = None
    payments: int | None = None
    closes_at: tuple[str, ...] = CLOSES_AT

    @property
    def orders_max(self) -> int:
        """How many baskets there are, however few payments come of each."""
        return self.orders if self.payments is None else ORDERS_MAX_TIMES * self.orders

    def is_over(self, day: int, begun: int) -> bool:
        """Whether the tills close on that day, the first being 0, with so many payments begun."""
        return self.payments is not None and begun >= self.payments * (day + 1)

    def thinned(self, plan: tuple[Planned, ...], days: int, dice: Chance) -> tuple[Planned, ...]:
        """Those of the faults that come, in their order; they are of enough kinds."""
        if self.faults_max is None or len(plan) <= self.faults_max * days:
            return plan
        places = dice.sample(range(len(plan)), len(plan))
        first = {kind(plan[place].fault): place for place in reversed(places)}
        chosen = list(first.values())[-KINDS_MIN:]
        others = [place for place in places if place not in chosen]
        chosen += others[: self.faults_max * days - len(chosen)]
        return tuple(plan[place] for place in sorted(chosen))


LARGE: Final = Size("large", 76, 2 * 3600.0)
SMALL: Final = Size("small", 40, 600.0, 8, PAYMENTS_MIN, CLOSES_SOON)
"""A full day and hardly more; many of these find more than few of the others."""
SIZES: Final = MappingProxyType({size.name: size for size in (LARGE, SMALL)})
