"""The commands that move money: what may be heard at which point, and what is said to the rest."""

from enum import Enum
from typing import Final, TypeAlias

from posd_drivers.zvt.codes import RESULT_OK
from posd_drivers.zvt.fields import Fields
from posd_drivers.zvt.messages import (
    AbortMessage,
    Acknowledged,
    Authorisation,
    BookTotal,
    Completion,
    EndOfDay,
    IntermediateStatus,
    Message,
    NotAcknowledged,
    Other,
    Preauthorisation,
    PreauthorisationReversal,
    PrintLine,
    PrintTextBlock,
    Refund,
    Reversal,
    SetDateAndTimeInEcr,
    StatusInformation,
)
from posd_drivers.zvt.turn import GOOD, Incoming, Unreadable

MoneyCommand: TypeAlias = (
    Authorisation
    | Preauthorisation
    | BookTotal
    | PreauthorisationReversal
    | Reversal
    | Refund
    | EndOfDay
)

NOT_ACCEPTED = NotAcknowledged(0x66)
NOT_PRINTED = NotAcknowledged(0xCC)
CLOSED_UNTOLD: Final = StatusInformation(Fields.of(result=RESULT_OK))
"""What an end of day comes to that completes and tells no totals (zvt.md 14.11)."""


class State(Enum):
    """Where the command stands."""

    READY = "ready"
    AWAIT_ANSWER = "await answer"
    IN_DIALOGUE = "in dialogue"
    DECIDING = "deciding"
    REPORTED = "reported"
    PRINTING = "printing"
    CLOSING = "closing"
    COMPLETING = "completing"
    IN_DOUBT = "in doubt"
    DONE = "done"


_ANSWERS = frozenset({Acknowledged, NotAcknowledged})
_FROM_MASTER = frozenset(
    {
        *(StatusInformation, Completion, AbortMessage),
        *(IntermediateStatus, PrintLine, PrintTextBlock, SetDateAndTimeInEcr, Other, Unreadable),
    }
)
LEGAL: dict[State, frozenset[type[Incoming]]] = {
    State.READY: frozenset(),
    State.AWAIT_ANSWER: _ANSWERS,
    State.IN_DIALOGUE: _FROM_MASTER | _ANSWERS,  # answers: to an abort
    State.DECIDING: _ANSWERS,
    State.REPORTED: _FROM_MASTER | _ANSWERS,
    State.PRINTING: _ANSWERS,
    State.CLOSING: frozenset(),
    State.COMPLETING: frozenset(),
    State.IN_DOUBT: _FROM_MASTER | _ANSWERS,
    State.DONE: frozenset(),
}
"""What may be heard in each state; anything else puts the outcome in doubt.

AWAIT_ANSWER is strict: what comes before the 80 00 may speak of an earlier payment. DECIDING and
PRINTING are strict: an 80 00 to any other message would be taken for the answer to what is being
made durable.
"""


def answer_out_of_turn(message: Incoming) -> Message:
    """Nothing is acknowledged but what only ends or shows something."""
    match message:
        case StatusInformation() | Unreadable():
            return NOT_ACCEPTED
        case PrintLine() | PrintTextBlock():
            return NOT_PRINTED
        case _:
            return GOOD
