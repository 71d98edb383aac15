"""Questions: dialogues of the till (ECR) that move no money. Asking again is always safe.

They are one session with many commands: the till speaks, the terminal is master until it completes
or aborts. What moves money is in `money`.
"""

from collections.abc import Sequence
from enum import Enum
from typing import TypeAlias, assert_never

from msgspec import Struct
from typing_extensions import override

from posd_drivers.card_reader import Receipt
from posd_drivers.session import (
    AbortRequested,
    Begin,
    Decided,
    Effect,
    Finished,
    Input,
    LinkLost,
    Received,
    Session,
    SetTimer,
    TimerFired,
)
from posd_drivers.zvt.codes import RESULT_OTHER, RESULT_PARSE_ERROR
from posd_drivers.zvt.messages import (
    AbortMessage,
    Acknowledged,
    Completion,
    Diagnosis,
    Initialisation,
    IntermediateStatus,
    NotAcknowledged,
    Other,
    PreauthorisationEnquiry,
    PrintLine,
    PrintTextBlock,
    Registration,
    RepeatReceipt,
    Reset,
    SendOfflineTransactions,
    SendTurnoverTotals,
    SetDateAndTime,
    SetDateAndTimeInEcr,
    StatusEnquiry,
    StatusEnquiryCompletion,
    StatusInformation,
)
from posd_drivers.zvt.receipts import Receipts
from posd_drivers.zvt.turn import (
    GOOD,
    NOT_SUPPORTED,
    NOT_UNDERSTOOD,
    Incoming,
    Timer,
    Timing,
    Unreadable,
    clear,
    failure,
    is_harmless,
    read,
    say,
)

Question: TypeAlias = (
    Registration
    | StatusEnquiry
    | RepeatReceipt
    | SendTurnoverTotals
    | PreauthorisationEnquiry
    | SendOfflineTransactions
    | Diagnosis
    | Initialisation
    | SetDateAndTime
    | Reset
)

RECEIPTS_KEPT_MAX = 16
"""The rest is acknowledged and forgotten: they are copies, or of no payment."""

_TELLS_A_STATUS = (RepeatReceipt, SendTurnoverTotals)
"""Questions that are answered by a status information (04 0F); elsewhere it is of a payment."""


class Why(Enum):
    """Why a question has no answer."""

    NOT_SENT = "not_sent"
    LINK_LOST = "link_lost"
    NO_ANSWER = "no_answer"
    UNREADABLE = "unreadable"


class Told(Struct, frozen=True):
    """The terminal completed the command.

    Attributes:
        completion: Its last message.
        statuses: The status information it gave, in order.
    """

    completion: Completion | StatusEnquiryCompletion
    statuses: tuple[StatusInformation, ...] = ()
    receipts: tuple[Receipt, ...] = ()


class Denied(Struct, frozen=True):
    """A definite no: 84 xx, or an abort with this code (FF if it gave none).

    Attributes:
        code: A result code.
        abort: The abort, which may tell more than its code.
    """

    code: int
    abort: AbortMessage | None = None


class Untold(Struct, frozen=True):
    """No usable answer."""

    why: Why


QuestionOutcome: TypeAlias = Told | Denied | Untold


class State(Enum):
    """Where a question stands."""

    READY = "ready"
    AWAIT_ANSWER = "await answer"
    IN_DIALOGUE = "in dialogue"
    DONE = "done"


_FROM_MASTER = frozenset(
    {
        NotAcknowledged,
        *(Completion, StatusEnquiryCompletion, AbortMessage),
        *(IntermediateStatus, PrintLine, PrintTextBlock, SetDateAndTimeInEcr, Other, Unreadable),
    }
)
LEGAL: dict[State, frozenset[type[Incoming]]] = {
    State.READY: frozenset(),
    State.AWAIT_ANSWER: frozenset({Acknowledged, NotAcknowledged}),
    State.IN_DIALOGUE: _FROM_MASTER,
    State.DONE: frozenset(),
}
"""What may be heard in each state. The rest is left unanswered.

Before its 80 00 a terminal may still speak of a payment that this till, or the one before it,
left behind: to acknowledge that, or to refuse it, would decide about money (M2). An 84 xx after the
80 00 says that the 80 00 was of that payment too: a frame repeats until somebody acknowledges it.
"""


class QuestionDialogue(Session):
    """Asks once and listens to the end.

    Args:
        question: The command.
        fallback: Asked instead, once, if the terminal does not understand the question (84 9A).
    """

    def __init__(
        self,
        question: Question,
        timing: Timing,
        receipts: Receipts,
        fallback: Question | None = None,
    ) -> None:
        self._question = question
        self._fallback = fallback
        self._timing = timing
        self._receipts = receipts
        self._state = State.READY
        self._statuses: list[StatusInformation] = []
        self._printed: list[Receipt] = []

    @override
    def handle(self, incoming: Input) -> Sequence[Effect]:
        match incoming:
            case Begin():
                return self._ask()
            case Received(octets):
                return self._hear(read(octets, self._question.control))
            case TimerFired():
                return self._end(Untold(Why.NO_ANSWER))
            case LinkLost(sent):
                return self._end(Untold(Why.LINK_LOST if sent else Why.NOT_SENT))
            case AbortRequested() | Decided():
                return []
            case _:
                assert_never(incoming)

    def _ask(self) -> list[Effect]:
        self._state = State.AWAIT_ANSWER
        return [say(self._question), SetTimer(Timer.T3, self._timing.t3_s)]

    def _hear(self, message: Incoming) -> list[Effect]:
        asked_for = isinstance(self._question, _TELLS_A_STATUS)
        tells = isinstance(message, StatusInformation) and asked_for
        if not (tells and self._state is State.IN_DIALOGUE) and (
            type(message) not in LEGAL[self._state]
        ):
            return []
        match message:
            case Acknowledged():
                self._state = State.IN_DIALOGUE
                return [*clear(Timer.T3), SetTimer(Timer.T4, self._timing.t4_s)]
            case NotAcknowledged():
                return self._denied(message.reason)
            case Completion() | StatusEnquiryCompletion():
                return [say(GOOD), *self._end(self._completed(message))]
            case AbortMessage(code):
                code = RESULT_OTHER if code is None else code
                return [say(GOOD), *self._end(Denied(code, message))]
            case _:
                return self._answer(message)

    def _answer(self, message: Incoming) -> list[Effect]:
        """What the terminal says while it is master; each is answered at once."""
        match message:
            case StatusInformation():
                self._statuses.append(message)
                return [say(GOOD), SetTimer(Timer.T4, self._timing.t4_s)]
            case IntermediateStatus():
                return [say(GOOD), SetTimer(Timer.T4, self._timing.t4_after(message))]
            case PrintLine() | PrintTextBlock():
                self._keep(self._receipts.take(message))
                return [say(GOOD)]
            case Unreadable() if not is_harmless(message):
                return [say(NOT_UNDERSTOOD), *self._end(Untold(Why.UNREADABLE))]
            case Other():
                return [say(NOT_SUPPORTED)]
            case _:
                return [say(GOOD)]

    def _completed(self, completion: Completion | StatusEnquiryCompletion) -> QuestionOutcome:
        if isinstance(completion, Completion) and (result := failure(completion)) is not None:
            return Denied(result)
        self._keep(self._receipts.rest())
        return Told(completion, tuple(self._statuses), tuple(self._printed))

    def _keep(self, receipts: tuple[Receipt, ...]) -> None:
        self._printed += receipts[: RECEIPTS_KEPT_MAX - len(self._printed)]

    def _denied(self, code: int) -> list[Effect]:
        if code == RESULT_PARSE_ERROR and self._fallback is not None:
            self._question, self._fallback = self._fallback, None
            return self._ask()
        return self._end(Denied(code))

    def _end(self, outcome: QuestionOutcome) -> list[Effect]:
        self._state = State.DONE
        return [*clear(Timer.T3, Timer.T4), Finished(outcome)]
