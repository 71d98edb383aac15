"""A ZVT terminal as a `CardReader`: each question and each command of the port in ZVT's."""

import contextlib
from datetime import datetime

from typing_extensions import override

from posd_drivers.ability import Need, Operation, Readiness
from posd_drivers.card_reader import (
    Answer,
    Attendant,
    CardReader,
    Original,
    OutcomeProof,
    Receipt,
    Registered,
    Totals,
    Transaction,
)
from posd_drivers.errors import DeviceGone, NoAnswer, NotSent, Refused, Unsupported
from posd_drivers.transport.base import Transport
from posd_drivers.zvt.card import totals, transaction
from posd_drivers.zvt.codes import RESULT_UNSUPPORTED
from posd_drivers.zvt.conversation import Conversation
from posd_drivers.zvt.ecr import Question, Told
from posd_drivers.zvt.messages import (
    Authorisation,
    BookTotal,
    Completion,
    Diagnosis,
    EndOfDay,
    Initialisation,
    Preauthorisation,
    PreauthorisationEnquiry,
    PreauthorisationReversal,
    Refund,
    RepeatReceipt,
    Reset,
    Reversal,
    SendOfflineTransactions,
    SendTurnoverTotals,
    SetDateAndTime,
    StatusEnquiry,
    StatusEnquiryCompletion,
)
from posd_drivers.zvt.settings import ZvtSettings, registration

STATUS_ONLY_NO_PRINT = 0x03
"""Service byte of a repeat receipt."""
AMOUNT_MAX = 999_999_999_999
"""Minor units in six octets of BCD."""
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


class ZvtReader(CardReader):
    """One terminal behind one open link. Each call runs one dialogue."""

    def __init__(self, link: Transport, settings: ZvtSettings) -> None:
        self._link = link
        self._settings = settings
        self._password = settings.password
        self._terminal = Conversation(link, settings)

    @override
    async def register(self) -> Registered:
        password, config, currency = self._password, self._settings.config, self._settings.currency
        told = await self._terminal.ask(
            registration(password, config, currency),
            fallback=registration(password, config, currency, objects=None),
        )
        assert isinstance(told.completion, Completion)
        fields = told.completion.fields
        proof = await self._outcome_proof()
        return Registered(fields.terminal_id, fields.currency, proof, self._settings.cannot)

    @override
    async def readiness(self) -> Readiness:
        try:
            told = await self._terminal.ask(StatusEnquiry(self._password))
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
        question = RepeatReceipt(self._password, STATUS_ONLY_NO_PRINT)
        told = await self._ask(question, Operation.LAST_TRANSACTION)
        if not told.statuses:
            raise Unsupported("repeat receipt tells no transaction")
        return transaction(told.statuses[-1], self._settings.charset)

    @override
    async def authorize(self, amount: int, currency: str, attendant: Attendant) -> Answer:
        self._check(amount, currency)
        return await self._terminal.move(Authorisation(amount, self._named(currency)), attendant)

    @override
    async def preauthorize(self, amount: int, currency: str, attendant: Attendant) -> Answer:
        self._can(Operation.PREAUTHORISATION)
        self._check(amount, currency)
        return await self._terminal.move(Preauthorisation(amount, self._named(currency)), attendant)

    @override
    async def capture(self, original: Original, amount: int, attendant: Attendant) -> Answer:
        """06 24 names what is used; the terminal gives back the rest itself."""
        self._can(Operation.CAPTURE)
        self._check(amount, original.currency, at_most=original.amount)
        command = BookTotal(original.receipt, amount, self._named(original.currency))
        return await self._terminal.move(command, attendant)

    @override
    async def release(self, original: Original, attendant: Attendant) -> Answer:
        self._can(Operation.CAPTURE)
        self._check(original.amount, original.currency)
        command = PreauthorisationReversal(
            original.receipt, original.amount, self._named(original.currency)
        )
        return await self._terminal.move(command, attendant)

    @override
    async def reverse(self, original: Original, attendant: Attendant) -> Answer:
        """The amount is named too: receipt numbers come again, and the terminal compares."""
        self._can(Operation.REVERSAL)
        self._check(original.amount, original.currency)
        command = Reversal(
            self._password, original.receipt, original.amount, self._named(original.currency)
        )
        return await self._terminal.move(command, attendant)

    @override
    async def refund(self, amount: int, currency: str, attendant: Attendant) -> Answer:
        self._can(Operation.REFUND)
        self._check(amount, currency)
        command = Refund(self._password, amount, self._named(currency))
        return await self._terminal.move(command, attendant)

    @override
    async def end_of_day(self, attendant: Attendant) -> Answer:
        """A terminal that completes without a word was closed, or had nothing to close.

        Its transaction has no totals then, and proves no sum; but no cardholder's money can have
        moved, and after either there is nothing left to submit (zvt.md 14.11).
        """
        self._can(Operation.END_OF_DAY)
        return await self._terminal.move(EndOfDay(self._password), attendant)

    @override
    async def totals(self) -> Totals:
        """Nothing is concluded from a terminal that completes without a sum: NoAnswer."""
        told = await self._ask(SendTurnoverTotals(self._password), Operation.TOTALS)
        sums = [totals(status.fields) for status in told.statuses]
        last = next((each for each in reversed(sums) if each is not None), None)
        if last is None:
            raise NoAnswer("completed without totals")
        return last

    @override
    async def open_preauthorisations(self) -> tuple[int, ...]:
        """The list comes in an abort (06 1E B8); a B8 that tells none is an error and no list."""
        self._can(Operation.PREAUTHORISATION)
        answer = await self._terminal.put(PreauthorisationEnquiry())
        if isinstance(answer, Told):
            raise NoAnswer("completed without open pre-authorisations")
        receipts = None if answer.abort is None else answer.abort.open_preauthorisations
        if receipts is None:
            raise _refusal(answer.code, "pre-authorisation enquiry")
        return receipts

    @override
    async def reprint(self) -> tuple[Receipt, ...]:
        return (await self._ask(RepeatReceipt(self._password), Operation.REPRINT)).receipts

    @override
    async def diagnose(self) -> None:
        await self._ask(Diagnosis(), Operation.DIAGNOSIS)

    @override
    async def initialise(self) -> None:
        await self._ask(Initialisation(self._password))

    @override
    async def set_clock(self, at: datetime) -> None:
        command = SetDateAndTime(self._password, f"{at:%y%m%d}", f"{at:%H%M%S}")
        await self._ask(command, Operation.SET_CLOCK)

    @override
    async def send_offline(self) -> None:
        await self._ask(SendOfflineTransactions(self._password), Operation.SEND_OFFLINE)

    @override
    async def restart(self) -> None:
        await self._ask(Reset(), Operation.RESTART)

    @override
    def abort(self) -> None:
        if Operation.ABORT not in self._settings.cannot:
            self._terminal.abort()

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
            return await self._proof_by_totals()
        except Refused:
            pass
        return OutcomeProof.LAST_TRANSACTION

    async def _proof_by_totals(self) -> OutcomeProof:
        try:
            await self.totals()
        except (Unsupported, Refused, NoAnswer):
            return OutcomeProof.NONE
        return OutcomeProof.TOTALS

    async def _ask(self, question: Question, operation: Operation | None = None) -> Told:
        """Raises Unsupported where it cannot, and what `Conversation.ask` raises."""
        if operation is not None:
            self._can(operation)
        try:
            return await self._terminal.ask(question)
        except Refused as refused:
            raise _refusal(refused.code, type(question).__name__) from refused

    def _can(self, operation: Operation) -> None:
        """Raises Unsupported before anything is sent."""
        if operation in self._settings.cannot:
            raise Unsupported(operation.value)

    def _named(self, currency: str) -> str | None:
        """As a command names it: not at all where the make refuses that (zvt.md 6.3)."""
        return currency if self._settings.takes_currency else None

    def _check(self, amount: int, currency: str, at_most: int = AMOUNT_MAX) -> None:
        """Raises NotSent for what no dialogue can be about."""
        if currency != self._settings.currency or not 0 < amount <= min(at_most, AMOUNT_MAX):
            raise NotSent(f"{amount} {currency} is not for this terminal")


def _refusal(code: int, what: str) -> Refused | Unsupported:
    return Unsupported(what) if code == RESULT_UNSUPPORTED else Refused(code)
