"""A machine that asks both sides of a pair, and what its runs are held to."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from hypothesis import settings
from hypothesis.stateful import MultipleResults, RuleBasedStateMachine, multiple
from typing_extensions import override

from tests.conformance.fleet.differences import Asked, Exchange, evened
from tests.conformance.fleet.pair import Pair
from tests.conformance.fleet.values import Params

STEPS: Final = 50
EXAMPLES_A_PROFILE: Final = 10
"""A machine's run takes as long as so many ordinary examples."""
RUNS: Final = settings(
    max_examples=settings().max_examples // EXAMPLES_A_PROFILE,
    stateful_step_count=STEPS,
    deadline=None,
)


class Machine(RuleBasedStateMachine):
    """Asks posd and Stripe the same, and fails where the answers differ undeclared."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._pair = Pair(Path(self._folder.name))
        self._numbers = 0

    @override
    def teardown(self) -> None:
        self._pair.close()
        self._folder.cleanup()

    def _number(self) -> int:
        """One that this run has not had yet."""
        self._numbers += 1
        return self._numbers

    def _made(self, asked: Asked) -> str | MultipleResults[str]:
        """The id of what was made, if anything was."""
        told = self._ask(asked).posd
        return str(told.body["id"]) if told.status == 200 else multiple()

    def _done(self, asked: Asked) -> Asked | MultipleResults[Asked]:
        """The call itself, if it was carried out."""
        return asked if self._ask(asked).posd.status == 200 else multiple()

    def _ask(self, asked: Asked) -> Exchange:
        exchange = self._pair.ask(asked)
        without = evened(exchange)
        assert without.posd == without.stripe, exchange
        return exchange


def from_cursor(cursor: str | None, direction: str) -> Params:
    """The parameters that a cursor makes."""
    return {} if cursor is None else {direction: cursor}
