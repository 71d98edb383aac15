"""What the terminal says of a transaction: status information, completion, abort.

The bitmaps stand in the order of the table of PA00P015 (chapter on 04 0F), on which old tills rely.
"""

from posd_drivers.zvt.apdu import Apdu
from posd_drivers.zvt.bmp import encode_bcd
from posd_drivers.zvt.codes import RESULT_ABORTED
from posd_drivers.zvt.fields import Fields
from posd_drivers.zvt.tlv import Objects, Tlv
from posd_simulator.terminal.cards import CARDS, Card
from posd_simulator.terminal.ledger import RELEASE, REVERSAL, Transaction
from posd_simulator.terminal.machine import Machine
from posd_simulator.terminal.totals import Totals

STATUS_INFORMATION = 0x040F
INTERMEDIATE_STATUS = 0x04FF
COMPLETION = 0x060F
ABORTED = 0x061E

CARD_EXPIRY, HIDDEN_EXPIRY = "3012", "9999"
OFFLINE, ONLINE, ONLINE_PIN = 0x40, 0x60, 0x70
"""BMP 19 in 04 0F: how the payment was made."""
NAMES_ORIGINAL = frozenset({REVERSAL, RELEASE})
"""What tells the trace number of what it takes back (37)."""
VENDOR_ERROR, VENDOR_TEXT = 0x1F16, 0x1F17
LONG_TRACE, TIP = 0x1F2B, 0x1F36

_ENTRY_MODES = {"chip": 0x01, "contactless": 0x02}
"""Tag 1F12."""
_VERIFICATIONS = {"none": 0x00, "signature": 0x01, "online_pin": 0x02}
"""Tag 1F10."""


def approved_status(transaction: Transaction, machine: Machine) -> Apdu:
    """04 0F of an approved transaction, at the end of its command or repeated from the ledger."""
    card, habits = CARDS[transaction.card], machine.settings.habits
    names_original = transaction.kind in NAMES_ORIGINAL
    fields = _fields(
        result=0,
        amount=transaction.amount,
        trace=0 if habits.long_trace else transaction.trace,
        original_trace=transaction.original if names_original else None,
        time=transaction.at[11:19].replace(":", ""),
        date=transaction.at[5:10].replace("-", ""),
        expiry=HIDDEN_EXPIRY if habits.hides_expiry else CARD_EXPIRY,
        card_sequence=0,
        status_byte=_how_paid(transaction),
        pan=_masked_number(card),
        terminal_id=transaction.terminal_id,
        authorisation=transaction.authorisation.encode().ljust(8, b"\0"),
        currency=transaction.currency if machine.registration.currency_named else None,
        receipt=transaction.receipt,
        turnover=transaction.turnover,
        card_type=card.card_type,
        contract=machine.settings.contract.encode().ljust(15),
        host_result=habits.host_result,
        card_name=card.label.encode() + b"\0",
        container=_container(transaction, card, machine) if machine.tlv_allowed else None,
    )
    return Apdu(STATUS_INFORMATION, fields.encode())


def declined_status(transaction: Transaction, machine: Machine) -> Apdu:
    """04 0F of a transaction that the host refused."""
    words = transaction.text.encode()
    lines: Objects = (Tlv.of(0x24, Tlv(0x07, words)),)
    result = transaction.result
    if machine.settings.habits.errors_as_texts:
        lines = (Tlv(VENDOR_ERROR, result.to_bytes(4, "big")), Tlv(VENDOR_TEXT, words))
        result = 0
    fields = _fields(
        result=result,
        amount=transaction.amount,
        trace=transaction.trace,
        time=transaction.at[11:19].replace(":", ""),
        date=transaction.at[5:10].replace("-", ""),
        terminal_id=transaction.terminal_id,
        card_type=CARDS[transaction.card].card_type,
        text=words,
        container=lines if machine.tlv_allowed else None,
    )
    return Apdu(STATUS_INFORMATION, fields.encode())


def totals_status(totals: Totals, at: str, trace: int | None) -> Apdu:
    """04 0F of a closing, or of a question for totals, which asks no host and has no trace."""
    fields = _fields(
        result=0,
        amount=totals.sum,
        trace=trace,
        time=at[11:19].replace(":", ""),
        date=at[5:10].replace("-", ""),
        totals=totals.encode(),
    )
    return Apdu(STATUS_INFORMATION, fields.encode())


def aborted_status(terminal_id: str) -> Apdu:
    """04 0F of a command that ended before the host was asked, or that was taken back."""
    fields = Fields.of(result=RESULT_ABORTED, terminal_id=terminal_id)
    return Apdu(STATUS_INFORMATION, fields.encode())


def intermediate(code: int, minutes: int | None = None) -> Apdu:
    """04 FF, with a T4 of its own in minutes if given (A, table of intermediate status)."""
    body = bytes([code]) if minutes is None else bytes([code]) + encode_bcd(minutes, 1)
    return Apdu(INTERMEDIATE_STATUS, body)


def aborted(code: int, fields: Fields = Fields()) -> Apdu:  # noqa: B008 (immutable)
    """06 1E: its untagged code, then bitmaps."""
    return Apdu(ABORTED, bytes([code]) + fields.encode())


def completed(fields: Fields = Fields()) -> Apdu:  # noqa: B008 (immutable)
    """06 0F, mostly without bitmaps."""
    return Apdu(COMPLETION, fields.encode())


def _fields(**values: int | str | bytes | Objects | None) -> Fields:
    """The bitmaps that have something to say."""
    return Fields.of(**{name: value for name, value in values.items() if value is not None})


def _how_paid(transaction: Transaction) -> int:
    if not transaction.online:
        return OFFLINE
    return ONLINE_PIN if transaction.verification == "online_pin" else ONLINE


def _masked_number(card: Card) -> bytes:
    """BMP 22: E is a masked digit, F fills the last nibble."""
    nibbles = "E" * (len(card.number) - 4) + card.last4
    return bytes.fromhex(nibbles + "F" * (len(nibbles) % 2))


def _container(transaction: Transaction, card: Card, machine: Machine) -> Objects:
    """How it was paid (2F), with which application (60), and what else has a tag."""
    emv = (
        Tlv.of(
            0x2F,
            Tlv(0x1F10, bytes([_VERIFICATIONS[transaction.verification]])),
            Tlv(0x1F11, bytes([transaction.online])),
            Tlv(0x1F12, bytes([_ENTRY_MODES.get(transaction.entry_mode, 0)])),
        ),
        Tlv.of(0x60, Tlv(0x43, card.aid), Tlv(0x44, card.label.encode())),
    )
    tip = (Tlv(TIP, encode_bcd(transaction.tip, 6)),) if transaction.tip else ()
    long_trace = machine.settings.habits.long_trace
    trace = (Tlv(LONG_TRACE, encode_bcd(transaction.trace, 4)),) if long_trace else ()
    return (*emv, *tip, *trace)
