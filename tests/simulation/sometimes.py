"""What should happen now and then in enough stores: else the simulation does not reach it (I23).

Each is met at least once in a thousand shop-days; most of them in the few stores of every test run.
What those few may miss is declared, and the list can only get shorter.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from posd.failpoints import Failpoint
from tests.simulation import at_machine, at_terminal
from tests.simulation.faults import CablesSwapped, kinds
from tests.simulation.history import EDGES
from tests.simulation.shop import Outcome

PRESSES: Final = ("same_key", "new_key", "cancel", "ring_again", "other_reader")
RETRIES: Final = ("sends again", "looks before it sends")
BOOKINGS: Final = (
    "book stored",
    "book declined",
    "book reversed auto_reversal",
    "book reversed refused_by_till",
)
BY_TILL: Final = (
    "sale",
    "preauthorisation",
    "booking",
    "release",
    "reversal",
    "refund",
    "closing",
)
BY_HAND: Final = ("sale", "reversal", "refund", "closing")
REFUSALS: Final = ("offline_limit_reached", "journal_restored")
CAPTURES: Final = ("captured in full", "captured in part", "captured without its terminal")

UNREACHED: Final = frozenset({"edge reported AttemptAborted"})
"""Legal, and done by no simulated terminal: what it has reported it declines, or completes."""
RARE: Final = frozenset(
    {
        *(f"fault {kind}" for kind in (*at_terminal.MAKERS, *at_machine.MAKERS)),
        f"fault {CablesSwapped.__name__}",
        *(f"refused {code}" for code in REFUSALS),
        "stopped in order",
        "journal put back",
        "broker told",
        *(f"book {kind} by hand" for kind in BY_HAND),
        "captured without its terminal",
        "edge approved DiscrepancyClosed",
        "edge approved DiscrepancyFound",
        "edge not_charged DiscrepancyClosed",
        "edge not_charged DiscrepancyFound",
        "edge reported AttemptDeclined",
        "edge reported StatusReported",
        "edge set_aside AttemptApproved",
        "edge set_aside AttemptNotCharged",
        "edge started AttemptNotSent",
        "edge started ReceiptPrinted",
        "edge unknown ReceiptPrinted",
    }
)
"""Met in fewer than one store in three: the few stores of a test run may miss them."""


def expected() -> frozenset[str]:
    """Everything that has a name here."""
    return frozenset(
        {
            *(f"fault {kind}" for kind in kinds()),
            *(f"edge {state} {kind}" for kind, (states, _) in EDGES.items() for state in states),
            *(f"failpoint {point.value}" for point in Failpoint),
            *(f"press {act}" for act in PRESSES),
            *RETRIES,
            *BOOKINGS,
            *(f"book {kind} by till" for kind in BY_TILL),
            *(f"book {kind} by hand" for kind in BY_HAND),
            *CAPTURES,
            *(f"refused {code}" for code in REFUSALS),
            "totals are equal",
            "death",
            "stopped in order",
            "journal put back",
            "broker told",
        }
    )


def met(outcomes: Iterable[Outcome]) -> Counter[str]:
    """How often each was met."""
    total: Counter[str] = Counter()
    for outcome in outcomes:
        total += outcome.sometimes
        total += Counter({f"fault {kind}": times for kind, times in outcome.faults.items()})
    return total


def never(outcomes: Iterable[Outcome]) -> list[str]:
    """What was not met in any of these, by name."""
    return sorted(expected() - UNREACHED - set(met(outcomes)))
