"""What a simulated store wants to have untold at Stripe at most, and that it is never passed (I15).

Counted here are only payments that nobody can doubt: what posd counts besides makes it stricter.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from posd.ids import Chance
from posd.journal.command import Entry
from posd.model.facts import AttemptStarted
from tests.simulation.history import CHARGES, UNPROVEN, History

if TYPE_CHECKING:
    from tests.simulation.evidence import Evidence

LIMITS_CHANCE: Final = 0.15
COUNT_MAX: Final = (3, 20)
AMOUNT_MAX: Final = (10_000, 80_000)


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond these a payment is refused before the card. `amount_max` is in minor units."""

    count_max: int
    amount_max: int

    @property
    def section(self) -> str:
        """The configuration's section that sets them."""
        return (
            f'[offline]\nbeyond = "refuse"\ncount_max = {self.count_max}\n'
            f"amount_max = {self.amount_max}\n"
        )


def draw(dice: Chance) -> Limits | None:
    """The limits of a store; most have none."""
    if dice.random() >= LIMITS_CHANCE:
        return None
    return Limits(dice.randint(*COUNT_MAX), dice.randint(*AMOUNT_MAX))


def untold(history: History) -> list[int]:
    """Amounts of payments that may have taken money or have, and of which Stripe knows nothing."""
    open_ = {
        one.intent: one.amount
        for one in history.attempts.values()
        if one.kind in CHARGES and one.state in UNPROVEN
    }
    owed = {
        one.intent: one.amount
        for one in history.owed()
        if not one.gives_back and f"{one.id}-report" not in history.effects
    }
    return list((open_ | owed).values())


def i15_no_limit_is_passed(seen: "Evidence", entry: Entry) -> Iterator[str]:
    """I15: no payment begins that would pass a limit, whatever else is in hand."""
    fact, limits = entry.fact, seen.limits
    if limits is None or not isinstance(fact, AttemptStarted) or fact.kind not in CHARGES:
        return
    amounts = [*untold(seen.history), fact.amount]
    if len(amounts) > limits.count_max or sum(amounts) > limits.amount_max:
        told = f"{len(amounts)} payments of {sum(amounts)} in all"
        yield f"{entry.object} begins with {told}, beyond {limits}"
