"""The payment: one authorisation (06 01) from its first octet to what is known of the money.

The rules here are docs/money-rules.md M2, M3 and M9. A positive status information is not final:
it is made durable before it is acknowledged, and only the completion that follows approves.
Whatever is not a definite answer of the terminal ends as `Unknown`.
"""

from collections.abc import Sequence
from enum import Enum
from typing import assert_never

from typing_extensions import override

from posd_drivers.card_reader import AbortCause
from posd_drivers.session import (
    AbortRequested,
    Begin,
    Decide,
    Decided,
    Effect,
    Finished,
    Input,
    LinkLost,
    Progress,
    Received,
    Session,
    SetTimer,
    TimerFired,
)
from posd_drivers.zvt.codes import RESULT_ABORTED, RESULT_OK, RESULT_OTHER
from posd_drivers.zvt.messages import (
    Abort,
    AbortMessage,
    Acknowledged,
    Authorisation,
    Completion,
    IntermediateStatus,
    NotAcknowledged,
    Other,
    PrintLine,
    PrintTextBlock,
    StatusInformation,
)
from posd_drivers.zvt.outcome import (
    BUSY_RESULTS,
    DECLINE_RESULTS,
    Approval,
    CommandAccepted,
    Decline,
    Doubt,
    Outcome,
    PositiveStatus,
    Stopped,
    Unknown,
    Unsent,
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
    is_harmless,
    read,
    say,
)

DECISION_S = 3.0
"""The terminal waits T3 (5 s) for the answer to its status information; ours leaves before."""
GUARD_S = 10.0
"""CCV A920: an error status and then nothing. (zvt.md 14.3)"""
ABORT_SENDS_MAX = 2

NOT_ACCEPTED = NotAcknowledged(0x66)


class State(Enum):
    """Where the payment stands."""

    READY = "ready"
    AWAIT_ANSWER = "await answer"
    IN_DIALOGUE = "in dialogue"
    DECIDING = "deciding"
    REPORTED = "reported"
    COMPLETING = "completing"
    IN_DOUBT = "in doubt"
    DONE = "done"


_ANSWERS = frozenset({Acknowledged, NotAcknowledged})
_FROM_MASTER = frozenset(
    {
        *(StatusInformation, Completion, AbortMessage),
        *(IntermediateStatus, PrintLine, PrintTextBlock, Other, Unreadable),
    }
)
LEGAL: dict[State, frozenset[type[Incoming]]] = {
    State.READY: frozenset(),
    State.AWAIT_ANSWER: _ANSWERS,
    State.IN_DIALOGUE: _FROM_MASTER | _ANSWERS,  # answers: to an abort
    State.DECIDING: _ANSWERS,
    State.REPORTED: _FROM_MASTER | _ANSWERS,
    State.COMPLETING: frozenset(),
    State.IN_DOUBT: _FROM_MASTER | _ANSWERS,
    State.DONE: frozenset(),
}
"""What may be heard in each state; anything else puts the outcome in doubt.

AWAIT_ANSWER is strict: what comes before the 80 00 may speak of an earlier payment. DECIDING is
strict: an 80 00 to any other message would be taken for the answer to the status information.
"""


class Cancel(Enum):
    """What became of the till's wish to stop (M9)."""

    NOT_WANTED = "not wanted"
    WANTED = "wanted"
    SENT = "sent"
    REFUSED = "refused"


class AuthorisationDialogue(Session):
    """One payment. Its `Decide` effects carry `PositiveStatus` and then `Approval`."""

    def __init__(self, command: Authorisation, timing: Timing, receipts: Receipts) -> None:
        self._command = command
        self._timing = timing
        self._receipts = receipts
        self._state = State.READY
        self._status: StatusInformation | None = None
        self._doubt = Doubt.NO_ANSWER
        self._cancel = Cancel.NOT_WANTED
        self._aborts_sent = 0

    @override
    def handle(self, incoming: Input) -> Sequence[Effect]:
        match incoming:
            case Begin():
                self._state = State.AWAIT_ANSWER
                return [say(self._command), SetTimer(Timer.T3, self._timing.t3_s)]
            case Received(octets):
                return self._hear(read(octets, self._command.control))
            case TimerFired(timer):
                return self._fired(timer)
            case LinkLost(sent):
                return self._lost(sent=sent)
            case AbortRequested():
                return self._stop_wanted()
            case Decided(accepted):
                return self._decided(accepted=accepted)
            case _:
                assert_never(incoming)

    def _hear(self, message: Incoming) -> list[Effect]:
        if type(message) not in LEGAL[self._state]:
            return self._out_of_turn(message)
        if isinstance(message, Acknowledged | NotAcknowledged):
            first = self._state is State.AWAIT_ANSWER
            return self._answered(message) if first else self._abort_answered(message)
        return [*clear(Timer.GUARD), *self._attend(message)]

    def _attend(self, message: Incoming) -> list[Effect]:
        """What the terminal says while it is master; each is answered, and only one decided."""
        match message:
            case StatusInformation():
                return self._status_given(message)
            case Completion():
                return self._completed()
            case AbortMessage(code):
                return self._aborted(code)
            case Unreadable() if not is_harmless(message):
                return self._not_understood(message)
            case Other():
                return [say(NOT_SUPPORTED)]
            case _:
                return self._show(message)

    def _answered(self, answer: Acknowledged | NotAcknowledged) -> list[Effect]:
        match answer:
            case Acknowledged():
                self._state = State.IN_DIALOGUE
                return [
                    *clear(Timer.T3),
                    SetTimer(Timer.T4, self._timing.t4_s),
                    Progress(CommandAccepted()),
                    *(self._send_abort() if self._cancel is Cancel.WANTED else ()),
                ]
            # Busy with what? It may be the first copy of a command that the link repeated.
            case NotAcknowledged(code) if code in BUSY_RESULTS:
                return self._end(Unknown(Doubt.BUSY))
            case NotAcknowledged(code):
                return self._end(Stopped(code, AbortCause.DEVICE))
            case _:
                assert_never(answer)

    def _status_given(self, message: StatusInformation) -> list[Effect]:
        """The last one decides: a wrong PIN is followed by another round (zvt.md 8.1)."""
        positive = message.fields.result == RESULT_OK
        if self._state is State.IN_DOUBT:
            return [say(NOT_ACCEPTED if positive else GOOD), *self._t4()]
        self._status = message
        if positive:
            self._state = State.DECIDING
            return [
                *clear(Timer.T4, Timer.ABORT),
                SetTimer(Timer.DECISION, DECISION_S),
                Decide(PositiveStatus(message)),
            ]
        self._state = State.IN_DIALOGUE
        return [say(GOOD), *self._t4(), SetTimer(Timer.GUARD, GUARD_S)]

    def _decided(self, *, accepted: bool) -> list[Effect]:
        match self._state:
            case State.DECIDING if accepted:
                self._state = State.REPORTED
                return [*clear(Timer.DECISION), say(GOOD), *self._t4()]
            case State.DECIDING:
                return self._refuse_status(Doubt.NOT_ACCEPTED)
            case State.COMPLETING if accepted and self._status is not None:
                return self._end(Approval(self._status, self._receipts.all()))
            case State.COMPLETING:
                return self._end(Unknown(Doubt.NOT_DURABLE))
            case _:
                return []  # too late: the terminal has had its answer

    def _refuse_status(self, doubt: Doubt) -> list[Effect]:
        """Old terminals reverse by this answer, new ones may not: unknown either way (M2)."""
        self._put_in_doubt(doubt)
        return [*clear(Timer.DECISION), say(NOT_ACCEPTED), *self._t4()]

    def _put_in_doubt(self, doubt: Doubt) -> None:
        """Unknown whatever follows; the first doubt is the one that is told."""
        if self._state is not State.IN_DOUBT:
            self._state, self._doubt = State.IN_DOUBT, doubt

    def _completed(self) -> list[Effect]:
        match self._state:
            case State.REPORTED if self._status is not None:
                self._state = State.COMPLETING
                approval = Approval(self._status, self._receipts.all())
                return [*clear(Timer.T4), Decide(approval), say(GOOD)]
            case State.IN_DOUBT:
                return [say(GOOD), *self._end(Unknown(self._doubt))]
            case _:
                return [say(GOOD), *self._end(Unknown(Doubt.COMPLETED_WITHOUT_APPROVAL))]

    def _aborted(self, code: int | None) -> list[Effect]:
        """The terminal says that nothing was booked, even after an accepted status (zvt.md 9.1)."""
        if self._state is State.IN_DOUBT:
            return [say(GOOD), *self._end(Unknown(self._doubt))]
        if code is None:
            last = None if self._status is None else self._status.fields.result
            code = last or RESULT_OTHER
        return [say(GOOD), *self._end(self._not_booked(code))]

    def _not_booked(self, code: int) -> Decline | Stopped:
        if self._state is State.REPORTED or code in DECLINE_RESULTS:
            return Decline(code, self._status, self._receipts.all())
        if code != RESULT_ABORTED:
            return Stopped(code, AbortCause.DEVICE)
        by_till = self._cancel is Cancel.SENT
        return Stopped(code, AbortCause.TILL if by_till else AbortCause.CUSTOMER)

    def _show(self, message: Incoming) -> list[Effect]:
        """What is for people's eyes."""
        effects: list[Effect] = [say(GOOD)]
        if isinstance(message, IntermediateStatus):
            effects += [SetTimer(Timer.T4, self._timing.t4_after(message)), Progress(message)]
        if isinstance(message, PrintLine | PrintTextBlock):
            self._receipts.take(message)
        return effects

    def _not_understood(self, message: Unreadable) -> list[Effect]:
        """It may have spoken of money."""
        self._put_in_doubt(Doubt.UNREADABLE)
        over = message.control in (Completion.control, AbortMessage.control)
        return [say(NOT_UNDERSTOOD), *(self._end(Unknown(self._doubt)) if over else ())]

    def _out_of_turn(self, message: Incoming) -> list[Effect]:
        """From here on unknown. Nothing is acknowledged but what only ends or shows something."""
        if self._state in (State.READY, State.COMPLETING, State.DONE):
            return []
        if self._state is State.DECIDING:
            effects = self._refuse_status(Doubt.OUT_OF_TURN)
        else:
            self._put_in_doubt(Doubt.OUT_OF_TURN)
            harmless = not isinstance(message, StatusInformation | Unreadable)
            effects = [*clear(Timer.T3), say(GOOD if harmless else NOT_ACCEPTED), *self._t4()]
        if isinstance(message, Completion | AbortMessage):
            effects += self._end(Unknown(self._doubt))
        return effects

    def _stop_wanted(self) -> list[Effect]:
        """Once the terminal has a positive result it is too late to ask (M9)."""
        if self._state is State.AWAIT_ANSWER:
            self._cancel = Cancel.WANTED
        if self._state is State.IN_DIALOGUE and self._cancel is Cancel.NOT_WANTED:
            return self._send_abort()
        return []

    def _send_abort(self) -> list[Effect]:
        self._cancel = Cancel.SENT
        self._aborts_sent += 1
        return [say(Abort()), SetTimer(Timer.ABORT, self._timing.t3_s)]

    def _abort_answered(self, answer: Acknowledged | NotAcknowledged) -> list[Effect]:
        """80 00 says heard, not stopped; 84 xx too late. The end of the command decides."""
        if self._cancel is Cancel.SENT and isinstance(answer, NotAcknowledged):
            self._cancel = Cancel.REFUSED
        return clear(Timer.ABORT)

    def _fired(self, timer: Enum) -> list[Effect]:
        match timer:
            case Timer.T3:
                return self._end(Unknown(Doubt.NO_ANSWER))
            case Timer.GUARD:
                return self._end(Unknown(Doubt.SILENCE_AFTER_ERROR))
            case Timer.DECISION if self._state is State.DECIDING:
                return self._refuse_status(Doubt.DECISION_LATE)
            case Timer.ABORT if self._state is State.IN_DIALOGUE:
                return self._send_abort() if self._aborts_sent < ABORT_SENDS_MAX else []
            case Timer.T4:
                in_doubt = self._state is State.IN_DOUBT
                return self._end(Unknown(self._doubt if in_doubt else Doubt.SILENCE))
            case _:
                return []

    def _lost(self, *, sent: bool) -> list[Effect]:
        match self._state:
            case State.COMPLETING:
                return []  # the completion was heard: only the journal is still awaited
            case State.IN_DOUBT:
                return self._end(Unknown(self._doubt))
            case State.AWAIT_ANSWER if not sent:
                return self._end(Unsent())
            case _:
                return self._end(Unknown(Doubt.LINK_LOST))

    def _t4(self) -> list[Effect]:
        return [SetTimer(Timer.T4, self._timing.t4_s)]

    def _end(self, outcome: Outcome) -> list[Effect]:
        self._state = State.DONE
        return [*clear(*Timer), Finished(outcome)]
