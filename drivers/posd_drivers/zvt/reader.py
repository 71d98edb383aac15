"""A ZVT terminal as a `CardReader`: the one module that knows both the protocol and the link."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from enum import Enum
from typing import assert_never

from typing_extensions import override

from posd_drivers.ability import Need, Readiness
from posd_drivers.card_reader import (
    Aborted,
    Answer,
    Approved,
    Attendant,
    CardReader,
    Declined,
    OutcomeProof,
    Registered,
    Reported,
    Transaction,
)
from posd_drivers.errors import (
    DeviceGone,
    NoAnswer,
    NotSent,
    OutcomeUnknown,
    Refused,
    Unsupported,
)
from posd_drivers.session import Session
from posd_drivers.transport import pump
from posd_drivers.transport.base import Transport
from posd_drivers.zvt.authorisation import AuthorisationDialogue
from posd_drivers.zvt.card import step_of, transaction
from posd_drivers.zvt.charset import Charset
from posd_drivers.zvt.codes import RESULT_UNSUPPORTED
from posd_drivers.zvt.ecr import Denied, Question, QuestionDialogue, Told, Untold, Why
from posd_drivers.zvt.link import LinkTiming, SerialLink, StreamLink
from posd_drivers.zvt.messages import (
    Authorisation,
    Completion,
    IntermediateStatus,
    Registration,
    RepeatReceipt,
    Reset,
    StatusEnquiry,
    StatusEnquiryCompletion,
    StatusInformation,
)
from posd_drivers.zvt.outcome import (
    Approval,
    CommandAccepted,
    Decline,
    PositiveStatus,
    Stopped,
    Unknown,
    Unsent,
)
from posd_drivers.zvt.receipts import Receipts
from posd_drivers.zvt.tlv import Objects, Tlv
from posd_drivers.zvt.turn import Timing

CONFIG_TERMINAL_PRINTS = 0x38
"""08 intermediate status, 10 and 20 payments and administration start at the till only."""
CONFIG_TILL_PRINTS = 0xBE
"""As above, and 02, 04, 80: receipts come to the till as the terminal words them (06 D1, 06 D3).

The scheme's duties stay with the terminal; the price is the line: at 9600 baud about 1.15 ms for
each octet of each receipt, between the approval and the completion.
"""
SERVICE_MENU_OFF = 0x01
STATUS_ONLY_NO_PRINT = 0x03
PRINT_TEXT_BLOCKS: Objects = (Tlv.of(0x26, Tlv(0x0A, b"\x06\xd3")),)
"""Tag 26: besides the messages that always may come, the till takes 06 D3."""

AMOUNT_MAX = 999_999_999_999
READY = 0x00
NEEDS: dict[int, Need] = {
    0x51: Need.INITIALISATION,
    0x62: Need.CLOCK,
    0x64: Need.CARD_REMOVED,
    0x9C: Need.WAIT,
    0xB1: Need.END_OF_DAY,
    0xBF: Need.TECHNICIAN,
    0xC0: Need.TECHNICIAN,
    0xC1: Need.CLOCK,
    0xC2: Need.DIAGNOSIS,
    0xC4: Need.UPDATE,
    0xCC: Need.TECHNICIAN,
    0xDC: Need.CARD_REMOVED,
    0xDF: Need.TECHNICIAN,
    0xE0: Need.TECHNICIAN,
    0xE1: Need.CARD_REMOVED,
    0xE2: Need.TECHNICIAN,
    0xE3: Need.TECHNICIAN,
    0xE4: Need.TECHNICIAN,
    0xF0: Need.END_OF_DAY,
}
"""What cures a terminal status (zvt.md 12.3); what is not here is shown as its number."""


class Framing(Enum):
    """How APDUs travel: in acknowledged frames, or bare."""

    SERIAL = "serial"
    STREAM = "stream"


@dataclass(frozen=True, slots=True)
class ZvtSettings:
    """How to speak to one terminal.

    Attributes:
        password: Six digits; never printed.
        currency: The one it takes, lower-case ISO 4217 code.
        config: The configuration byte of its registration.
        charset: Of its texts, where they do not name their own.
    """

    password: str = field(repr=False)
    currency: str
    framing: Framing
    config: int = CONFIG_TILL_PRINTS
    charset: Charset = Charset.CP437
    link: LinkTiming = field(default_factory=LinkTiming)
    timing: Timing = field(default_factory=Timing)


def registration(
    password: str, config: int, currency: str, objects: Objects | None = PRINT_TEXT_BLOCKS
) -> Registration:
    """The registration posd sends, as card complete recommends it (zvt.md 6.2)."""
    return Registration(password, config, currency, SERVICE_MENU_OFF, objects)


class ZvtReader(CardReader):
    """One terminal behind one open link. Without a loop of its own: each call runs one dialogue."""

    def __init__(self, link: Transport, settings: ZvtSettings) -> None:
        self._link = link
        self._settings = settings
        self._abort = asyncio.Event()

    @override
    async def register(self) -> Registered:
        settings = self._settings
        told = await self._ask(
            registration(settings.password, settings.config, settings.currency),
            registration(settings.password, settings.config, settings.currency, objects=None),
        )
        assert isinstance(told.completion, Completion)
        fields = told.completion.fields
        return Registered(fields.terminal_id, fields.currency, await self._outcome_proof())

    @override
    async def readiness(self) -> Readiness:
        try:
            told = await self._ask(StatusEnquiry(self._settings.password))
        except Refused as refused:
            return Readiness(ready=False, status=refused.code, need=NEEDS.get(refused.code))
        assert isinstance(told.completion, StatusEnquiryCompletion)
        status = told.completion.status
        return Readiness(status == READY, status, NEEDS.get(status))

    @override
    async def last_transaction(self) -> Transaction | None:
        """The last one it stored. Never None: ZVT has no word for "none".

        A completion without a transaction may come from an empty store or from a terminal that
        does not tell (PAX A80, zvt.md 15), so nothing may be concluded from it: Unsupported.
        """
        try:
            told = await self._ask(RepeatReceipt(self._settings.password, STATUS_ONLY_NO_PRINT))
        except Refused as refused:
            if refused.code == RESULT_UNSUPPORTED:
                raise Unsupported("repeat receipt") from refused
            raise
        if not told.statuses:
            raise Unsupported("repeat receipt tells no transaction")
        return transaction(told.statuses[-1], self._settings.charset)

    @override
    async def authorize(self, amount: int, currency: str, sale: Attendant) -> Answer:
        if currency != self._settings.currency or not 0 < amount <= AMOUNT_MAX:
            raise NotSent(f"{amount} {currency} is not for this terminal")
        command = Authorisation(amount, currency)
        dialogue = AuthorisationDialogue(command, self._settings.timing, self._receipts())
        outcome = await self._run(dialogue, sale)
        match outcome:
            case Approval():
                return self._approved(outcome)
            case Decline(code, status, receipts):
                return Declined(code, self._transaction(status), receipts)
            case Stopped(code, cause):
                return Aborted(code, cause)
            case Unsent():
                raise NotSent("the link was lost before the command")
            case Unknown(doubt):
                raise OutcomeUnknown(doubt.value)
            case _:
                raise AssertionError(outcome)

    @override
    def abort(self) -> None:
        self._abort.set()

    @override
    async def restart(self) -> None:
        try:
            await self._ask(Reset())
        except Refused as refused:
            if refused.code == RESULT_UNSUPPORTED:
                raise Unsupported("reset") from refused
            raise

    @override
    async def idle(self) -> None:
        with contextlib.suppress(DeviceGone):
            while True:
                await self._link.read()

    @override
    async def close(self) -> None:
        await self._link.close()

    async def _outcome_proof(self) -> OutcomeProof:
        """Ask for the last transaction once; a refusal for now says nothing of the ability."""
        try:
            await self.last_transaction()
        except Unsupported:
            return OutcomeProof.NONE
        except Refused:
            pass
        return OutcomeProof.LAST_TRANSACTION

    async def _ask(self, question: Question, fallback: Question | None = None) -> Told:
        """Raises NotSent, DeviceGone, NoAnswer, Refused."""
        receipts = self._receipts()
        dialogue = QuestionDialogue(question, self._settings.timing, receipts, fallback)
        outcome = await self._run(dialogue, sale=None)
        match outcome:
            case Told():
                return outcome
            case Denied(code):
                raise Refused(code)
            case Untold(Why.NOT_SENT):
                raise NotSent("the link was lost before the command")
            case Untold(Why.LINK_LOST):
                raise DeviceGone("the link was lost in a dialogue")
            case Untold(why):
                raise NoAnswer(why.value)
            case _:
                raise AssertionError(outcome)

    async def _run(self, dialogue: Session, sale: Attendant | None) -> object:
        """One dialogue on a fresh link session; what lay in the input is of another one."""

        async def decide(result: object) -> bool:
            assert sale is not None, result
            return await self._decide(result, sale)

        def progress(step: object) -> None:
            assert sale is not None, step
            _tell(step, sale)

        self._abort.clear()
        self._link.discard_input()
        session = self._framed(dialogue)
        return await pump.run(
            session, self._link, decide=decide, progress=progress, abort=self._abort
        )

    async def _decide(self, result: object, sale: Attendant) -> bool:
        match result:
            case PositiveStatus(status):
                return await sale.reported(Reported(transaction(status, self._settings.charset)))
            case Approval():
                await sale.approved(self._approved(result))
                return True
            case _:
                raise AssertionError(result)

    def _framed(self, dialogue: Session) -> Session:
        match self._settings.framing:
            case Framing.SERIAL:
                return SerialLink(dialogue, self._settings.link)
            case Framing.STREAM:
                return StreamLink(dialogue)
            case _:
                assert_never(self._settings.framing)

    def _approved(self, approval: Approval) -> Approved:
        return Approved(transaction(approval.status, self._settings.charset), approval.receipts)

    def _transaction(self, status: StatusInformation | None) -> Transaction | None:
        return None if status is None else transaction(status, self._settings.charset)

    def _receipts(self) -> Receipts:
        return Receipts(self._settings.charset)


def _tell(step: object, sale: Attendant) -> None:
    match step:
        case CommandAccepted():
            sale.acknowledged()
        case IntermediateStatus():
            sale.progress(step_of(step))
        case _:
            raise AssertionError(step)
