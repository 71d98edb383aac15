"""What a reader is known not to do: learned once, and said before anything is journaled (M11)."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from posd.errors import Refused
from posd.journal.command import Claim, Decision, Ledger
from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import AttemptKind
from posd.model.projection import Circumstance
from posd.model.reader import Reader
from posd.model.reader_facts import OperationUnsupported
from posd_drivers.ability import Operation

RESULT_UNSUPPORTED: Final = 0x83
"""What terminals say of a function that they do not have (A, table of error codes)."""
ASKS_FOR: Final[Mapping[AttemptKind, Operation]] = {
    AttemptKind.PREAUTHORISATION: Operation.PREAUTHORISATION,
    AttemptKind.CAPTURE: Operation.CAPTURE,
    AttemptKind.RELEASE: Operation.CAPTURE,
    AttemptKind.REVERSAL: Operation.REVERSAL,
    AttemptKind.REFUND: Operation.REFUND,
    AttemptKind.END_OF_DAY: Operation.END_OF_DAY,
}
"""What each kind of attempt needs of its reader; every reader sells."""


class LearnUnsupported(Struct, frozen=True):
    """The terminal said that it does not do this."""

    reader: str
    operation: Operation
    actor: str = "attachments"
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """OperationUnsupported, once."""
        known = ledger.reader(self.reader)
        assert known is not None, self.reader
        if self.operation in known.cannot:
            return Decision(facts=())
        return Decision(facts=(OperationUnsupported(self.reader, self.operation),))


def unsupported_by(attempt: Attempt) -> Operation | None:
    """What the terminal said by ending this attempt so: that it never does it; else None.

    Every terminal sells: one that does not, for the moment, says so with the same number.
    """
    refused = attempt.state in (AttemptState.ABORTED, AttemptState.DECLINED)
    return ASKS_FOR.get(attempt.kind) if refused and attempt.code == RESULT_UNSUPPORTED else None


def refuse(reader: Reader, operation: Operation) -> None:
    """Raise Refused if the reader is known not to do it; nothing has been journaled or sent."""
    if operation in reader.cannot:
        word = operation.value.replace("_", " ")
        raise Refused(
            "parameter_invalid",
            f"The terminal of reader '{reader.id}' does not do this: {word}. See "
            f"GET /posd/v1/readers/{reader.id}/capabilities.",
            param="reader",
        )
