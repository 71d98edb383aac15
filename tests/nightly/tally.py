"""What the turns of a night came to."""

from collections import Counter
from dataclasses import dataclass, field

from tests.simulation import sometimes
from tests.simulation.shop import Outcome


@dataclass
class Tally:
    """Counts, from the first turn to now.

    Attributes:
        stores: Shop-days that were run.
        full: Those with enough payments and enough faults.
        met: How often each thing that should happen now and then did, each fault among them.
        cuts: How often the power went.
        images: Different images of what a machine found then, by story.
        kills: How often the installed posd was killed in a payment.
        fuzzed: Runs of the fuzz tier, each with noise of its own.
        bugs: Planted bugs, tried.
        wrong: What was true and must not be.
        seconds: By kind of turn: how long it ran.
    """

    stores: int = 0
    full: int = 0
    payments: int = 0
    steps: int = 0
    met: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    cuts: int = 0
    images: int = 0
    kills: int = 0
    fuzzed: int = 0
    bugs: int = 0
    wrong: int = 0
    seconds: Counter[str] = field(default_factory=Counter)

    def add_store(self, outcome: Outcome, *, full: bool) -> None:
        """One shop-day more."""
        self.stores += 1
        self.full += full
        self.payments += outcome.payments
        self.steps += outcome.steps
        self.faults += outcome.faults
        self.met += sometimes.met([outcome])

    def rates(self) -> str:
        """One line a kind: how much, how fast."""
        shops_s, cuts_s = self.seconds["shops"] or 1, self.seconds["power-cuts"] or 1
        paid = f"{self.payments} payments, {self.payments / shops_s:.0f}/s"
        found = f"{self.images} different images, {self.images / cuts_s:.0f}/s"
        return "\n".join(
            [
                f"shops       {self.stores} shop-day(s), {self.full} of them full; {paid}",
                f"power-cuts  {self.cuts} cut(s), {found}",
                f"kills       {self.kills} in payments",
                f"fuzz        {self.fuzzed} run(s)",
                f"mutants     {self.bugs} planted bug(s) tried",
                f"wrong       {self.wrong}",
            ]
        )

    def table(self) -> str:
        """Every fault and every other thing that should be met, and how often it was."""
        names = sorted(sometimes.expected() - sometimes.UNREACHED)
        width = max(map(len, names))
        rows = [f"{name:<{width}} {self.met[name] or 'never':>9}" for name in names]
        return "\n".join(rows)
