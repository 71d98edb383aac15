"""Moving money: one command from its first octet to what is known of the money.

Sale, reservation, its booking and its reversal, reversal, refund and end of day are one session
with seven commands (M11). The rules here are docs/money-rules.md M2, M3 and M9: a positive status
information is not final, it is made durable before it is acknowledged, and only the completion that
follows approves. A receipt is durable before the last of it is acknowledged. Whatever is not a
definite answer of the terminal ends as `Unknown`, and nothing is ever repeated.
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
    AbortMessage,
    Acknowledged,
    Completion,
    EndOfDay,
    IntermediateStatus,
    NotAcknowledged,
    Other,
    PrintLine,
    PrintTextBlock,
    StatusInformation,
)
from posd_drivers.zvt.moves import (
    CLOSED_UNTOLD,
    LEGAL,
    NOT_ACCEPTED,
    NOT_PRINTED,
    MoneyCommand,
    State,
    answer_out_of_turn,
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
    Printed,
    Stopped,
    Unknown,
    Unsent,
    tells_an_error,
)
from posd_drivers.zvt.receipts import Receipts
from posd_drivers.zvt.stopping import Stopping
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

DECISION_S = 3.0
"""The terminal waits T3 (5 s) for the answer to what it says; ours leaves before."""
GUARD_S = 10.0
"""CCV A920: an error status and then nothing. (zvt.md 14.3)"""


class MoneyDialogue(Session):
    """One command. Its `Decide` effects carry `PositiveStatus`, `Printed` and then `Approval`."""

    def __init__(self, command: MoneyCommand, timing: Timing, receipts: Receipts) -> None:
        self._command = command
        self._timing = timing
        self._receipts = receipts
        self._stopping = Stopping(timing)
        self._state = State.READY
        self._printing_in = State.READY
        self._undecided = False
        self._status: StatusInformation | None = None
        self._approval: Approval | None = None
        self._doubt: Doubt | None = None

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
                self._undecided = False
                return self._decided(accepted=accepted)
            case _:
                assert_never(incoming)

    def _hear(self, message: Incoming) -> list[Effect]:
        if type(message) not in LEGAL[self._state]:
            return self._out_of_turn(message)
        if isinstance(message, Acknowledged | NotAcknowledged):
            first = self._state is State.AWAIT_ANSWER
            return self._answered(message) if first else self._stopping.answered(message)
        if self._doubt is not None and isinstance(message, Completion | AbortMessage):
            return [say(GOOD), *self._end(Unknown(self._doubt))]
        return [*clear(Timer.GUARD), *self._attend(message)]

    def _attend(self, message: Incoming) -> list[Effect]:
        """What the terminal says while it is master; each is answered, and only one decided."""
        match message:
            case StatusInformation():
                return self._status_given(message)
            case Completion():
                return self._completed(message)
            case AbortMessage(code):
                return self._aborted(code)
            case PrintLine() | PrintTextBlock():
                return self._print(message)
            case Unreadable() if not is_harmless(message):
                return self._not_understood(message)
            case _:
                return self._show(message)

    def _show(self, message: Incoming) -> list[Effect]:
        """What decides nothing. The clock it may tell is heard, and left to its machine."""
        match message:
            case IntermediateStatus():
                t4 = SetTimer(Timer.T4, self._timing.t4_after(message))
                return [say(GOOD), t4, Progress(message)]
            case Other():
                return [say(NOT_SUPPORTED)]
            case _:
                return [say(GOOD)]

    def _answered(self, answer: Acknowledged | NotAcknowledged) -> list[Effect]:
        match answer:
            case Acknowledged():
                self._state = State.IN_DIALOGUE
                return [
                    *clear(Timer.T3),
                    *self._t4(),
                    Progress(CommandAccepted()),
                    *self._stopping.send_if_wanted(),
                ]
            # Busy with what? It may be the first copy of a command that the link repeated.
            case NotAcknowledged(code) if code in BUSY_RESULTS:
                return self._unknown(Doubt.BUSY)
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
        self._receipts.expect(message.fields)
        if positive:
            self._state = State.DECIDING
            return [
                *clear(Timer.T4, Timer.ABORT),
                SetTimer(Timer.DECISION, DECISION_S),
                self._decide(PositiveStatus(message)),
            ]
        self._state = State.IN_DIALOGUE
        return [say(GOOD), *self._t4(), SetTimer(Timer.GUARD, GUARD_S)]

    def _print(self, message: PrintLine | PrintTextBlock) -> list[Effect]:
        """What is whole is made durable first; a journal that is late already is not asked."""
        whole = self._receipts.take(message)
        if not whole:
            return [say(GOOD)]
        if self._undecided:
            return [say(NOT_PRINTED)]
        self._printing_in, self._state = self._state, State.PRINTING
        return [SetTimer(Timer.DECISION, DECISION_S), self._decide(Printed(whole))]

    def _decide(self, result: PositiveStatus | Printed | Approval) -> Effect:
        assert not self._undecided, "one decision at a time"
        self._undecided = True
        return Decide(result)

    def _decided(self, *, accepted: bool) -> list[Effect]:
        if not accepted:
            return self._not_accepted()
        match self._state:
            case State.DECIDING:
                self._state = State.REPORTED
                return [*clear(Timer.DECISION), say(GOOD), *self._t4()]
            case State.PRINTING:
                return self._printed()
            case State.CLOSING:
                return self._complete(CLOSED_UNTOLD)
            case State.COMPLETING if self._approval is not None:
                return self._end(self._approval)
            case _:
                return []  # too late: the terminal has had its answer

    def _not_accepted(self) -> list[Effect]:
        match self._state:
            case State.DECIDING:
                return self._refuse(Doubt.NOT_ACCEPTED)
            case State.PRINTING:
                return self._refuse(Doubt.NOT_DURABLE)
            case State.CLOSING:
                return [say(NOT_ACCEPTED), *self._unknown(Doubt.NOT_ACCEPTED)]
            case State.COMPLETING:
                return self._unknown(Doubt.NOT_DURABLE)
            case _:
                return []

    def _printed(self) -> list[Effect]:
        self._state = self._printing_in
        in_dialogue = self._state is State.IN_DIALOGUE
        stop = self._stopping.send_if_wanted() if in_dialogue else []
        return [*clear(Timer.DECISION), say(GOOD), *stop]

    def _refuse(self, doubt: Doubt) -> list[Effect]:
        """Old terminals reverse by this answer, new ones may not: unknown either way (M2)."""
        answer = NOT_PRINTED if self._state is State.PRINTING else NOT_ACCEPTED
        self._put_in_doubt(doubt)
        return [*clear(Timer.DECISION), say(answer), *self._t4()]

    def _put_in_doubt(self, doubt: Doubt) -> None:
        """Unknown whatever follows."""
        self._state = State.IN_DOUBT
        self._doubt = self._doubt or doubt

    def _completed(self, completion: Completion) -> list[Effect]:
        failed = failure(completion) is not None or tells_an_error(self._status)
        if not failed:
            if self._state is State.REPORTED and self._status is not None:
                return self._complete(self._status)
            if self._status is None and isinstance(self._command, EndOfDay):
                # Closed, or nothing to close: either way nothing is left, and no money moved.
                self._state = State.CLOSING
                return [*clear(Timer.T4), self._decide(PositiveStatus(CLOSED_UNTOLD))]
        doubt = Doubt.COMPLETED_WITH_ERROR if failed else Doubt.COMPLETED_WITHOUT_APPROVAL
        return [say(GOOD), *self._unknown(doubt)]

    def _complete(self, status: StatusInformation) -> list[Effect]:
        self._state = State.COMPLETING
        self._approval = Approval(status, self._receipts.rest())
        return [*clear(Timer.T4), self._decide(self._approval), say(GOOD)]

    def _aborted(self, code: int | None) -> list[Effect]:
        """The terminal says that nothing was booked, even after an accepted status (zvt.md 9.1)."""
        if code is None:
            last = None if self._status is None else self._status.fields.result
            code = last or RESULT_OTHER
        return [say(GOOD), *self._end(self._not_booked(code))]

    def _not_booked(self, code: int) -> Decline | Stopped:
        if code in DECLINE_RESULTS:
            return Decline(code, self._status, self._receipts.rest())
        if code != RESULT_ABORTED:
            return Stopped(code, AbortCause.DEVICE)
        return Stopped(code, AbortCause.TILL if self._stopping.heard else AbortCause.CUSTOMER)

    def _not_understood(self, message: Unreadable) -> list[Effect]:
        """It may have spoken of money."""
        self._put_in_doubt(Doubt.UNREADABLE)
        over = message.control in (Completion.control, AbortMessage.control)
        return [say(NOT_UNDERSTOOD), *(self._unknown(Doubt.UNREADABLE) if over else ())]

    def _out_of_turn(self, message: Incoming) -> list[Effect]:
        """From here on unknown. Nothing is acknowledged but what only ends or shows something."""
        if not LEGAL[self._state]:
            return []
        if self._state in (State.DECIDING, State.PRINTING):
            effects = self._refuse(Doubt.OUT_OF_TURN)
        else:
            self._put_in_doubt(Doubt.OUT_OF_TURN)
            effects = [*clear(Timer.T3), say(answer_out_of_turn(message)), *self._t4()]
        if isinstance(message, Completion | AbortMessage):
            effects += self._unknown(Doubt.OUT_OF_TURN)
        return effects

    def _stop_wanted(self) -> list[Effect]:
        """Once the terminal has a positive result it is too late to ask (M9)."""
        if self._state in (State.AWAIT_ANSWER, State.IN_DIALOGUE, State.PRINTING):
            self._stopping.want()
        return self._stopping.send_if_wanted() if self._state is State.IN_DIALOGUE else []

    def _fired(self, timer: Enum) -> list[Effect]:
        match timer:
            case Timer.T3:
                return self._unknown(Doubt.NO_ANSWER)
            case Timer.GUARD:
                return self._unknown(Doubt.SILENCE_AFTER_ERROR)
            case Timer.DECISION if self._state in (State.DECIDING, State.PRINTING):
                return self._refuse(Doubt.DECISION_LATE)
            case Timer.ABORT if self._state is State.IN_DIALOGUE:
                return self._stopping.unanswered()
            case Timer.T4:
                return self._unknown(Doubt.SILENCE)
            case _:
                return []

    def _lost(self, *, sent: bool) -> list[Effect]:
        match self._state:
            case State.CLOSING | State.COMPLETING:
                return []  # the completion was heard: only the journal is still awaited
            case State.AWAIT_ANSWER if not sent:
                return self._end(Unsent())
            case _:
                return self._unknown(Doubt.LINK_LOST)

    def _t4(self) -> list[Effect]:
        return [SetTimer(Timer.T4, self._timing.t4_s)]

    def _unknown(self, doubt: Doubt) -> list[Effect]:
        """The first doubt is the one that is told."""
        return self._end(Unknown(self._doubt or doubt))

    def _end(self, outcome: Outcome) -> list[Effect]:
        self._state = State.DONE
        return [*clear(*Timer), Finished(outcome)]
