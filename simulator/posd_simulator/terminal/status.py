"""What the terminal says of a transaction: status information, completion, abort, prints.

The bitmaps stand in the order of the table of PA00P015 (chapter on 04 0F), on which old tills rely.
"""

from posd_drivers.zvt.apdu import Apdu
from posd_drivers.zvt.bmp import encode_bcd
from posd_drivers.zvt.codes import RESULT_ABORTED
from posd_drivers.zvt.fields import Fields
from posd_drivers.zvt.tlv import Objects, Tlv
from posd_simulator.terminal.cards import CARDS, Card
from posd_simulator.terminal.ledger import Transaction
from posd_simulator.terminal.machine import PRINT_LINE, PRINT_TEXT_BLOCK, Registration

STATUS_INFORMATION = 0x040F
INTERMEDIATE_STATUS = 0x04FF
COMPLETION = 0x060F
ABORTED = 0x061E

CARD_EXPIRY = "3012"
ONLINE, ONLINE_PIN = 0x60, 0x70
"""BMP 19 in 04 0F: how the payment was made."""
LAST_LINE = 0x81
RECEIPT_COLUMNS = 24
MERCHANT_RECEIPT, CUSTOMER_RECEIPT = 0x01, 0x02
"""Tag 1F07."""

_ENTRY_MODES = {"chip": 0x01, "contactless": 0x02}
"""Tag 1F12."""
_VERIFICATIONS = {"none": 0x00, "online_pin": 0x02}
"""Tag 1F10."""


def approved_status(transaction: Transaction, contract: str, registration: Registration) -> Apdu:
    """04 0F of an approved transaction, at the end of a sale or repeated from the ledger."""
    card = CARDS[transaction.card]
    by_pin = transaction.verification == "online_pin"
    fields = _fields(
        result=0,
        amount=transaction.amount,
        trace=transaction.trace,
        time=transaction.at[11:19].replace(":", ""),
        date=transaction.at[5:10].replace("-", ""),
        expiry=CARD_EXPIRY,
        card_sequence=0,
        status_byte=ONLINE_PIN if by_pin else ONLINE,
        pan=_masked_number(card),
        terminal_id=transaction.terminal_id,
        authorisation=transaction.authorisation.encode().ljust(8, b"\0"),
        currency=transaction.currency if registration.currency_named else None,
        receipt=transaction.receipt,
        turnover=transaction.turnover,
        card_type=card.card_type,
        contract=contract.encode().ljust(15),
        card_name=card.label.encode() + b"\0",
        container=_emv(transaction, card) if registration.tlv_allowed else None,
    )
    return Apdu(STATUS_INFORMATION, fields.encode())


def declined_status(transaction: Transaction, registration: Registration) -> Apdu:
    """04 0F of a transaction that the host refused."""
    words = transaction.text.encode()
    fields = _fields(
        result=transaction.result,
        amount=transaction.amount,
        trace=transaction.trace,
        time=transaction.at[11:19].replace(":", ""),
        date=transaction.at[5:10].replace("-", ""),
        terminal_id=transaction.terminal_id,
        card_type=CARDS[transaction.card].card_type,
        text=words,
        container=(Tlv.of(0x24, Tlv(0x07, words)),) if registration.tlv_allowed else None,
    )
    return Apdu(STATUS_INFORMATION, fields.encode())


def aborted_status(terminal_id: str) -> Apdu:
    """04 0F of a sale that ended before the host was asked, or that was taken back."""
    fields = Fields.of(result=RESULT_ABORTED, terminal_id=terminal_id)
    return Apdu(STATUS_INFORMATION, fields.encode())


def intermediate(code: int, minutes: int | None = None) -> Apdu:
    """04 FF, with a T4 of its own in minutes if given (A, table of intermediate status)."""
    body = bytes([code]) if minutes is None else bytes([code]) + encode_bcd(minutes, 1)
    return Apdu(INTERMEDIATE_STATUS, body)


def aborted(code: int) -> Apdu:
    """06 1E with its untagged code."""
    return Apdu(ABORTED, bytes([code]))


def print_messages(lines: tuple[str, ...], copy: int, command: int) -> list[Apdu]:
    """One receipt as one 06 D3, or as a 06 D1 for each line; `copy` is its receipt type (1F07)."""
    if command == PRINT_TEXT_BLOCK:
        texts = [Tlv(0x07, line.encode("cp437")) for line in lines]
        block = Tlv.of(0x25, Tlv(0x09, b"\0"), *texts, Tlv(0x09, bytes([LAST_LINE])))
        container = (block, Tlv(0x1F07, bytes([copy])))
        return [Apdu(PRINT_TEXT_BLOCK, Fields.of(container=container).encode())]
    printed = [Apdu(PRINT_LINE, b"\0" + line.encode("cp437")) for line in lines]
    return [*printed, Apdu(PRINT_LINE, bytes([LAST_LINE]))]


def receipt_lines(transaction: Transaction, title: str) -> tuple[str, ...]:
    """A receipt of an approved transaction, RECEIPT_COLUMNS wide (A chapter 6)."""
    major, minor = divmod(transaction.amount, 100)
    card = CARDS[transaction.card]
    return (
        title,
        _row("Terminal", transaction.terminal_id),
        _row("Receipt", f"{transaction.receipt:04d}"),
        _row("Trace", f"{transaction.trace:06d}"),
        _row(transaction.at[:10], transaction.at[11:19]),
        _row(card.label, f"#{card.last4}"),
        _row(transaction.currency.upper(), f"{major}.{minor:02d}"),
        "Payment approved",
    )


def _row(left: str, right: str) -> str:
    return f"{left}{right:>{RECEIPT_COLUMNS - len(left)}}"


def _fields(**values: int | str | bytes | Objects | None) -> Fields:
    """The bitmaps that have something to say."""
    return Fields.of(**{name: value for name, value in values.items() if value is not None})


def _masked_number(card: Card) -> bytes:
    """BMP 22: E is a masked digit, F fills the last nibble."""
    nibbles = "E" * (len(card.number) - 4) + card.last4
    return bytes.fromhex(nibbles + "F" * (len(nibbles) % 2))


def _emv(transaction: Transaction, card: Card) -> Objects:
    """How it was paid (2F) and with which application (60)."""
    return (
        Tlv.of(
            0x2F,
            Tlv(0x1F10, bytes([_VERIFICATIONS[transaction.verification]])),
            Tlv(0x1F11, b"\x01"),
            Tlv(0x1F12, bytes([_ENTRY_MODES[transaction.entry_mode]])),
        ),
        Tlv.of(0x60, Tlv(0x43, card.aid), Tlv(0x44, card.label.encode())),
    )
