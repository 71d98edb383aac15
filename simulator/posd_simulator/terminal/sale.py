"""Authorisation (06 01): card, PIN, host, the till's answer, receipts, storage (A 2.2).

When the payment is final is the storage rule's business (zvt.md 7.4), and so is what becomes of
it when the till is gone:

| the till is gone | old rule | new rule |
|---|---|---|
| while the card is awaited, TCP | aborted, nothing booked | the same |
| while the card is awaited, serial | not noticed: the sale goes on, see below | the same |
| once the host was asked, before the answer to 04 0F | auto-reversal | stored, and stands |
| before the answers to all print messages | auto-reversal | stands |
| before the answer to 06 0F | stands | stands |

An unanswered 04 FF ends nothing on a serial line: it is a courtesy, and the text ties the booking
to 04 0F. A terminal that gave up there would be kinder to tills than some are.
"""

import math
from collections.abc import Generator
from dataclasses import dataclass, replace

from posd_drivers.errors import Malformed
from posd_drivers.zvt.apdu import Apdu
from posd_drivers.zvt.bmp import encode_currency
from posd_drivers.zvt.codes import RESULT_ABORTED, RESULT_WRONG_CURRENCY
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.fields import take_fields
from posd_simulator.terminal import status
from posd_simulator.terminal.cardholder import EnterPin, Insert, Prompt, Tap
from posd_simulator.terminal.cards import Card
from posd_simulator.terminal.faults import Surcharge, UnknownBmp
from posd_simulator.terminal.issuer import (
    HostApproved,
    HostDeclined,
    PinNeeded,
    Verification,
    decide,
)
from posd_simulator.terminal.ledger import Entry, Line, Transaction
from posd_simulator.terminal.machine import Machine
from posd_simulator.terminal.script import (
    GOOD,
    PARSE_ERROR,
    Await,
    Keep,
    Pause,
    Print,
    Reply,
    Result,
    Script,
    Show,
    Step,
    Tell,
    TooLateToAbort,
    Unheard,
)
from posd_simulator.terminal.settings import StorageRule, Wire

GOODS_TIMEOUT_S = 30
"""How long the till may answer 84 9C, unless BMP 01 says otherwise."""
GOODS_ASK_AGAIN_S = 2.0

GOODS_NOT_READY = 0x849C
GOOD_ANSWERS = frozenset({0x8000, 0x8400})
INSERT_CARD, PIN_PAD, WAITING_FOR_HOST, WRONG_PIN = 0x0A, 0x01, 0x04, 0x15
"""Intermediate status (A, table of intermediate status)."""
TOO_SMALL = 0xC8
UNDEFINED_BMP = b"\xee\x00"
RECEIPTS = (
    ("Merchant receipt", status.MERCHANT_RECEIPT),
    ("Customer receipt", status.CUSTOMER_RECEIPT),
)


class _Stopped(Exception):
    """STOP key, the till's abort, or nobody came: nothing was booked."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the till asks for.

    Attributes:
        amount: In minor units.
        currency: The one it named, or None.
        not_ready_max: How often it may answer 84 9C to 04 0F.
    """

    amount: int
    currency: str | None
    not_ready_max: int


def authorisation(command: Apdu, machine: Machine) -> Script:
    """The whole of a sale, from the answer to 06 01 to the completion."""
    try:
        order = read_order(command)
    except Malformed:
        yield Reply(PARSE_ERROR)
        return
    yield Reply(GOOD)
    if order.currency not in (None, machine.settings.currency):
        own = encode_currency(machine.settings.currency)
        yield Tell(Apdu(status.ABORTED, bytes([RESULT_WRONG_CURRENCY]) + own))
    elif order.amount == 0:
        yield Tell(status.aborted(TOO_SMALL))
    else:
        yield from _Sale(machine, order).run()


def read_order(command: Apdu) -> Order:
    """The bitmaps of 06 01. Raises Malformed, also if the amount is missing."""
    fields = take_fields(Cursor(command.body))
    if fields.amount is None:
        raise Malformed("amount", 0)
    timeout, status_infos = fields.get("timeout_s"), fields.get("status_infos_max")
    seconds = timeout[0] if timeout else GOODS_TIMEOUT_S
    rounds = seconds // int(GOODS_ASK_AGAIN_S)
    return Order(
        amount=fields.amount,
        currency=fields.currency,
        not_ready_max=min(rounds, status_infos[0]) if status_infos else rounds,
    )


@dataclass(frozen=True, slots=True)
class _Paid:
    """How the cardholder pays."""

    card: Card
    entry_mode: str
    verification: Verification


class _Sale:
    """One sale on its way."""

    def __init__(self, machine: Machine, order: Order) -> None:
        self._machine = machine
        self._settings = machine.settings
        self._order = order
        self._attended = True

    def run(self) -> Script:
        try:
            paid = yield from self._take_card()
            yield TooLateToAbort()
            yield from self._authorise(paid)
        except _Stopped:
            yield from self._end_aborted()

    def _take_card(self) -> Generator[Step, Result, _Paid]:
        yield Show(f"{self._amount()}\nPlease present your card")
        minutes = math.ceil(self._settings.card_timeout_s / 60)
        yield from self._intermediate(INSERT_CARD, minutes)
        match (yield Await(Prompt.CARD, self._settings.card_timeout_s)):
            case Tap(card):
                return _Paid(card, "contactless", Verification.NONE)
            case Insert(card):
                yield from self._take_pin()
                return _Paid(card, "chip", Verification.ONLINE_PIN)
            case _:
                raise _Stopped

    def _take_pin(self) -> Generator[Step, Result, None]:
        yield Show(f"{self._amount()}\nPlease enter your PIN")
        yield from self._intermediate(PIN_PAD)
        while True:
            match (yield Await(Prompt.PIN, self._settings.card_timeout_s)):
                case EnterPin(right=True):
                    return
                case EnterPin(right=False):
                    yield Show("Wrong PIN\nPlease try again")
                    yield from self._intermediate(WRONG_PIN)
                case _:
                    raise _Stopped

    def _authorise(self, paid: _Paid) -> Script:
        """Ask the host, and once more with a PIN if it wants one."""
        yield Show("Please wait")
        yield from self._intermediate(WAITING_FOR_HOST)
        yield Pause(self._settings.host_delay_s)
        trace = self._machine.book.next_trace
        match decide(self._order.amount, paid.card, paid.verification, trace):
            case PinNeeded():
                yield from self._take_pin()
                yield from self._authorise(replace(paid, verification=Verification.ONLINE_PIN))
            case HostDeclined(code, text):
                yield from self._end_declined(self._transaction(paid, code, text))
            case HostApproved(code):
                taken = self._transaction(paid, 0, "", code)
                if more := self._machine.faults.use(Surcharge):
                    taken = replace(taken, amount=taken.amount + more.amount)
                yield from self._end_approved(taken)

    def _end_approved(self, transaction: Transaction) -> Script:
        yield Show("Approved")
        new_rule = self._settings.storage_rule is StorageRule.NEW
        if new_rule:
            yield Keep(Line(Entry.STORED, transaction))
        try:
            refused = yield from self._refused_by_till(transaction)
        except Unheard:
            if not new_rule:
                yield from self._reverse(transaction, "auto_reversal")
            return
        if refused:
            yield from self._reverse(transaction, "refused_by_till")
            yield from self._end_aborted()
            return
        if not new_rule:
            yield Keep(Line(Entry.STORED, transaction))
        yield from self._print_here(transaction)
        yield Tell(Apdu(status.COMPLETION))

    def _refused_by_till(self, transaction: Transaction) -> Generator[Step, Result, bool]:
        """Report, then print at the till: whether the till said no before it was final.

        Raises Unheard if the till is gone before it was final.
        """
        answer = yield from self._report(transaction)
        if answer.control not in GOOD_ANSWERS:
            return True
        unprinted = yield from self._print_at_till(transaction)
        return unprinted and self._settings.storage_rule is StorageRule.OLD

    def _report(self, transaction: Transaction) -> Generator[Step, Result, Apdu]:
        """04 0F, again every 2 s while the goods are not ready; the till's last answer."""
        registration = self._machine.registration
        message = status.approved_status(transaction, self._settings.contract, registration)
        if self._machine.faults.use(UnknownBmp):
            message = Apdu(message.control, message.body + UNDEFINED_BMP)
        answer = yield from _tell(message)
        for _ in range(self._order.not_ready_max):
            if answer.control != GOODS_NOT_READY:
                break
            yield Pause(GOODS_ASK_AGAIN_S)
            answer = yield from _tell(message)
        return answer

    def _print_at_till(self, transaction: Transaction) -> Generator[Step, Result, bool]:
        """Both receipts as print messages, if asked for; whether the till could not print."""
        command = self._machine.registration.print_command
        if command is None:
            return False
        for title, copy in RECEIPTS:
            lines = status.receipt_lines(transaction, title)
            for message in status.print_messages(lines, copy, command):
                answer = yield from _tell(message)
                if answer.control not in GOOD_ANSWERS:
                    return True
        return False

    def _print_here(self, transaction: Transaction) -> Script:
        if not self._machine.registration.till_prints:
            for title, _ in RECEIPTS:
                yield Print(status.receipt_lines(transaction, title))

    def _reverse(self, transaction: Transaction, reason: str) -> Script:
        yield Keep(Line(Entry.REVERSED, transaction, reason))
        yield Show("Payment reversed")

    def _end_declined(self, transaction: Transaction) -> Script:
        yield Keep(Line(Entry.DECLINED, transaction))
        yield Show(f"Declined\n{transaction.text}")
        yield Tell(status.declined_status(transaction, self._machine.registration))
        yield Tell(status.aborted(transaction.result))

    def _end_aborted(self) -> Script:
        yield Show("Cancelled")
        yield Tell(status.aborted_status(self._settings.terminal_id))
        yield Tell(status.aborted(RESULT_ABORTED))

    def _intermediate(self, code: int, minutes: int | None = None) -> Script:
        """04 FF, if wanted and while the till answers."""
        if not (self._attended and self._machine.registration.wants_intermediate_status):
            return
        try:
            yield Tell(status.intermediate(code, minutes))
        except Unheard:
            if self._settings.wire is Wire.TCP:
                raise
            self._attended = False

    def _transaction(self, paid: _Paid, result: int, text: str, code: str = "") -> Transaction:
        book = self._machine.book
        return Transaction(
            kind="sale",
            terminal_id=self._settings.terminal_id,
            amount=self._order.amount,
            currency=self._settings.currency,
            receipt=book.next_receipt if result == 0 else 0,
            trace=book.next_trace,
            turnover=book.next_turnover if result == 0 else 0,
            at=self._machine.now().isoformat(timespec="seconds")[:19],
            result=result,
            text=text,
            card=paid.card.name,
            entry_mode=paid.entry_mode,
            verification=paid.verification.value,
            authorisation=code,
        )

    def _amount(self) -> str:
        major, minor = divmod(self._order.amount, 100)
        return f"{self._settings.currency.upper()} {major}.{minor:02d}"


def _tell(message: Apdu) -> Generator[Step, Result, Apdu]:
    answer = yield Tell(message)
    assert isinstance(answer, Apdu), answer
    return answer
