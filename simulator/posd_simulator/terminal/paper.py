"""Receipts: their lines, and the messages that bring them to a till that prints (zvt.md 8.4)."""

from collections.abc import Generator
from dataclasses import dataclass

from posd_drivers.zvt.apdu import Apdu
from posd_drivers.zvt.fields import Fields
from posd_drivers.zvt.tlv import Tlv
from posd_simulator.terminal.cards import CARDS
from posd_simulator.terminal.habits import Habits
from posd_simulator.terminal.ledger import (
    BOOKING,
    PREAUTHORISATION,
    REFUND,
    RELEASE,
    REVERSAL,
    SALE,
    Transaction,
)
from posd_simulator.terminal.machine import PRINT_LINE, PRINT_TEXT_BLOCK, Machine, Printed
from posd_simulator.terminal.script import Print, Result, Script, Step, Tell
from posd_simulator.terminal.totals import Totals

MERCHANT_RECEIPT, CUSTOMER_RECEIPT, ADMINISTRATION_RECEIPT = 0x01, 0x02, 0x03
"""Tag 1F07."""
POSITIVE, SIGNATURE_LINE, NEGATIVE = 0x01, 0x02, 0x04
"""Bits of tag 1F37."""
GOOD_ANSWERS = frozenset({0x8000, 0x8400})

COPIES = (
    ("Merchant receipt", MERCHANT_RECEIPT),
    ("Customer receipt", CUSTOMER_RECEIPT),
)
_WORDS = {
    SALE: "Payment approved",
    REFUND: "Refund approved",
    REVERSAL: "Reversal approved",
    PREAUTHORISATION: "Reservation approved",
    BOOKING: "Reservation booked",
    RELEASE: "Reservation released",
}
_GROUPS = ("girocard", "JCB", "Mastercard", "American Express", "Visa", "Diners", "Other")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One receipt.

    Attributes:
        lines: As they are printed.
        copy: Its type (1F07).
        about: What it is about (1F37); 0: not said.
    """

    lines: tuple[str, ...]
    copy: int
    about: int = 0


def sheets_of(transaction: Transaction, habits: Habits) -> list[Sheet]:
    """The merchant's and the customer's receipt of an approved transaction."""
    signed = transaction.verification == "signature"
    about = POSITIVE | SIGNATURE_LINE if signed else 0
    return [
        Sheet(_lines(transaction, title, habits.columns), copy, about) for title, copy in COPIES
    ]


def declined_sheets(transaction: Transaction, habits: Habits) -> list[Sheet]:
    """The customer's receipt of a transaction that the host refused."""
    lines = _head(transaction, "Customer receipt", habits.columns)
    return [Sheet((*lines, f"Declined: {transaction.text}"), CUSTOMER_RECEIPT, NEGATIVE)]


def closing_sheet(totals: Totals, terminal_id: str, at: str, habits: Habits) -> Sheet:
    """The receipt of an end of day."""
    columns = habits.columns
    rows = [
        _row(f"{name} {count}", _major(amount), columns)
        for name, (count, amount) in zip(_GROUPS, totals.groups, strict=True)
        if count
    ]
    lines = (
        "End of day",
        _row("Terminal", terminal_id, columns),
        _row(at[:10], at[11:19], columns),
        *(rows or ["no transactions"]),
        _row("Sum", _major(totals.sum), columns),
    )
    return Sheet(lines, ADMINISTRATION_RECEIPT)


def print_messages(sheet: Sheet, command: int, habits: Habits) -> list[Apdu]:
    """One receipt as one 06 D3, or as a 06 D1 for each line."""
    octets = [line.encode(habits.charset, "replace") for line in sheet.lines]
    last = bytes([habits.last_line])
    if command == PRINT_TEXT_BLOCK:
        texts = [Tlv(0x07, line) for line in octets]
        block = Tlv.of(0x25, Tlv(0x09, b"\0"), *texts, Tlv(0x09, last))
        about = (Tlv(0x1F37, bytes([sheet.about])),) if sheet.about else ()
        container = (block, Tlv(0x1F07, bytes([sheet.copy])), *about)
        return [Apdu(PRINT_TEXT_BLOCK, Fields.of(container=container).encode())]
    return [*(Apdu(PRINT_LINE, b"\0" + line) for line in octets), Apdu(PRINT_LINE, last)]


def print_out(
    sheets: list[Sheet], machine: Machine, kind: Printed
) -> Generator[Step, Result, bool]:
    """At the till if it asked for that, else on the terminal's paper; whether the till could not.

    Raises Unheard.
    """
    command = machine.print_command(kind)
    if command is None:
        yield from print_here(sheets, machine, kind)
        return False
    return (yield from print_at_till(sheets, machine, kind))


def print_at_till(
    sheets: list[Sheet], machine: Machine, kind: Printed
) -> Generator[Step, Result, bool]:
    """As print messages, if asked for; whether the till could not print. Raises Unheard."""
    command = machine.print_command(kind)
    if command is None:
        return False
    for sheet in sheets:
        for message in print_messages(sheet, command, machine.settings.habits):
            answer = yield Tell(message)
            assert isinstance(answer, Apdu), answer
            if answer.control not in GOOD_ANSWERS:
                return True
    return False


def print_here(sheets: list[Sheet], machine: Machine, kind: Printed) -> Script:
    """On the terminal's own paper, unless the till prints."""
    if not machine.registration.till_prints(kind):
        for sheet in sheets:
            yield Print(sheet.lines)


def _lines(transaction: Transaction, title: str, columns: int) -> tuple[str, ...]:
    """A receipt of an approved transaction (A chapter 6)."""
    original = transaction.original
    return (
        *_head(transaction, title, columns),
        *([_row("Original", f"{original:06d}", columns)] if original else []),
        *([_row("Tip", _major(transaction.tip), columns)] if transaction.tip else []),
        _WORDS[transaction.kind],
        *(["Signature:"] if transaction.verification == "signature" else []),
    )


def _head(transaction: Transaction, title: str, columns: int) -> tuple[str, ...]:
    card = CARDS[transaction.card]
    return (
        title,
        _row("Terminal", transaction.terminal_id, columns),
        _row("Receipt", f"{transaction.receipt:04d}", columns),
        _row("Trace", f"{transaction.trace:06d}", columns),
        _row(transaction.at[:10], transaction.at[11:19], columns),
        _row(card.label, f"#{card.last4}", columns),
        _row(transaction.currency.upper(), _major(transaction.amount), columns),
    )


def _major(amount: int) -> str:
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def _row(left: str, right: str, columns: int) -> str:
    return f"{left}{right:>{columns - len(left)}}"
