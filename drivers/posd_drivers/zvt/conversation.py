"""Dialogues with one terminal over one open link, one at a time: where sessions meet the pump."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import assert_never

from posd_drivers.card_reader import (
    Aborted,
    Answer,
    Approved,
    Attendant,
    Declined,
    Kind,
    Reported,
    Transaction,
)
from posd_drivers.errors import DeviceGone, NoAnswer, NotSent, OutcomeUnknown, Refused
from posd_drivers.session import Session
from posd_drivers.transport import pump
from posd_drivers.transport.base import Transport
from posd_drivers.zvt.card import decline_code, step_of, transaction
from posd_drivers.zvt.charset import Charset
from posd_drivers.zvt.ecr import Denied, Question, QuestionDialogue, Told, Untold, Why
from posd_drivers.zvt.link import SerialLink, StreamLink
from posd_drivers.zvt.messages import EndOfDay, IntermediateStatus, StatusInformation
from posd_drivers.zvt.money import MoneyDialogue
from posd_drivers.zvt.moves import MoneyCommand
from posd_drivers.zvt.outcome import (
    Approval,
    CommandAccepted,
    Decline,
    PositiveStatus,
    Printed,
    Stopped,
    Unknown,
    Unsent,
)
from posd_drivers.zvt.receipts import Receipts
from posd_drivers.zvt.settings import Framing, ZvtSettings


class Conversation:
    """What the terminal is asked, and what it answers. Without a loop of its own."""

    def __init__(self, link: Transport, settings: ZvtSettings) -> None:
        self._link = link
        self._settings = settings
        self._abort = asyncio.Event()

    def abort(self) -> None:
        """Ask the running dialogue to end early; before one it says nothing."""
        self._abort.set()

    async def ask(self, question: Question, fallback: Question | None = None) -> Told:
        """A question's answer. Raises NotSent, DeviceGone, NoAnswer, Refused."""
        answer = await self.put(question, fallback)
        if isinstance(answer, Denied):
            raise Refused(answer.code)
        return answer

    async def put(self, question: Question, fallback: Question | None = None) -> Told | Denied:
        """A question's answer, or its refusal. Raises NotSent, DeviceGone, NoAnswer."""
        receipts = Receipts(self._settings.charset)
        dialogue = QuestionDialogue(question, self._settings.timing, receipts, fallback)
        outcome = await self._run(dialogue, _nothing_to_decide, _no_progress, None)
        match outcome:
            case Told() | Denied():
                return outcome
            case Untold(Why.NOT_SENT):
                raise NotSent("the link was lost before the command")
            case Untold(Why.LINK_LOST):
                raise DeviceGone("the link was lost in a dialogue")
            case Untold(why):
                raise NoAnswer(why.value)
            case _:
                raise AssertionError(outcome)

    async def move(self, command: MoneyCommand, attendant: Attendant) -> Answer:
        """What a command that moves money came to. Raises NotSent, OutcomeUnknown."""
        charset = self._settings.charset
        dialogue = MoneyDialogue(command, self._settings.timing, Receipts(charset))
        kind = Kind.END_OF_DAY if isinstance(command, EndOfDay) else None
        telling = _Telling(attendant, charset, kind)
        outcome = await self._run(dialogue, telling.decide, telling.progress, self._abort)
        match outcome:
            case Approval():
                return telling.approved(outcome)
            case Decline(code, status, receipts):
                last = None if status is None else telling.transaction(status)
                return Declined(code, last, receipts, decline_code(code))
            case Stopped(code, cause):
                return Aborted(code, cause)
            case Unsent():
                raise NotSent("the link was lost before the command")
            case Unknown(doubt):
                raise OutcomeUnknown(doubt.value)
            case _:
                raise AssertionError(outcome)

    async def _run(
        self,
        dialogue: Session,
        decide: Callable[[object], Awaitable[bool]],
        progress: Callable[[object], None],
        abort: asyncio.Event | None,
    ) -> object:
        """One dialogue on a fresh link session; what lay in the input is of another one."""
        self._abort.clear()
        self._link.discard_input()
        session = self._framed(dialogue)
        return await pump.run(session, self._link, decide=decide, progress=progress, abort=abort)

    def _framed(self, dialogue: Session) -> Session:
        match self._settings.framing:
            case Framing.SERIAL:
                return SerialLink(dialogue, self._settings.link)
            case Framing.STREAM:
                return StreamLink(dialogue)
            case _:
                assert_never(self._settings.framing)


class _Telling:
    """What a dialogue decides and shows, told to the attendant in the words of the port."""

    def __init__(self, attendant: Attendant, charset: Charset, kind: Kind | None) -> None:
        self._attendant = attendant
        self._charset = charset
        self._kind = kind

    async def decide(self, result: object) -> bool:
        match result:
            case PositiveStatus(status):
                return await self._attendant.reported(Reported(self.transaction(status)))
            case Printed(receipts):
                for receipt in receipts:
                    await self._attendant.printed(receipt)
                return True
            case Approval():
                await self._attendant.approved(self.approved(result))
                return True
            case _:
                raise AssertionError(result)

    def progress(self, step: object) -> None:
        match step:
            case CommandAccepted():
                self._attendant.acknowledged()
            case IntermediateStatus():
                self._attendant.progress(step_of(step))
            case _:
                raise AssertionError(step)

    def approved(self, approval: Approval) -> Approved:
        return Approved(self.transaction(approval.status), approval.receipts)

    def transaction(self, status: StatusInformation) -> Transaction:
        return transaction(status, self._charset, self._kind)


async def _nothing_to_decide(result: object) -> bool:
    raise AssertionError(result)


def _no_progress(step: object) -> None:
    raise AssertionError(step)
