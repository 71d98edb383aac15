"""What the terminal has printed at the till, put together into receipts (A 8.4 in zvt.md).

Card numbers in it were masked when the messages were read (`masking`).
"""

from typing import assert_never

from posd_drivers.card_reader import Receipt
from posd_drivers.zvt.charset import TAG_14, Charset, decode_text
from posd_drivers.zvt.fields import Fields
from posd_drivers.zvt.messages import PrintLine, PrintTextBlock

RECEIPT_LINES_MAX = 200
"""A longer receipt goes on in another one for the same reader: what is printed is never dropped."""

_LINE_FEEDS = 0xFF
_MERCHANT = "merchant"
_AUDIENCES = {0x01: _MERCHANT, 0x02: "customer", 0x03: "administration"}
_AUDIENCES_IN_ORDER = (_MERCHANT, "customer")
"""Where no message tells the type of receipt, the merchant's comes first."""


class Receipts:
    """The receipts of one dialogue, each handed out when it is whole.

    Args:
        charset: The terminal's character set, where a block does not name its own.
    """

    def __init__(self, charset: Charset) -> None:
        self._charset = charset
        self._lines: list[str] = []
        self._type: int | None = None
        self._signature_line = False
        self._to_sign = False
        self._cuts = 0

    def expect(self, status: Fields) -> None:
        """A status information tells of the receipts that follow whether one is to be signed."""
        self._to_sign = status.signature_required

    def take(self, message: PrintLine | PrintTextBlock) -> tuple[Receipt, ...]:
        """Add what this message has printed. Those that are whole with it, in order."""
        whole: list[Receipt] = []
        if message.receipt_type is not None:
            if self._type not in (None, message.receipt_type):
                whole += self._cut()
            self._type = message.receipt_type
        texts, charset = self._content(message)
        self._lines += [decode_text(text, charset) for text in texts]
        self._signature_line |= message.signature_line
        while len(self._lines) > RECEIPT_LINES_MAX:
            whole += self._hand_out()
        if message.is_last:
            whole += self._cut()
        return tuple(whole)

    def rest(self) -> tuple[Receipt, ...]:
        """What was begun and never cut."""
        return tuple(self._cut())

    def _content(self, message: PrintLine | PrintTextBlock) -> tuple[list[bytes], Charset]:
        match message:
            case PrintLine(attribute=attribute, text=text) if attribute == _LINE_FEEDS and text:
                return [b""] * text[0], self._charset
            case PrintLine(text=text):
                return [text], self._charset
            case PrintTextBlock(lines=lines, charset=number):
                charset = self._charset if number is None else TAG_14.get(number, self._charset)
                return [line.text for line in lines], charset
            case _:
                assert_never(message)

    def _cut(self) -> list[Receipt]:
        ended = self._hand_out() if self._lines else []
        self._cuts += len(ended)
        self._type = None
        self._signature_line = False
        return ended

    def _hand_out(self) -> list[Receipt]:
        lines, self._lines = self._lines[:RECEIPT_LINES_MAX], self._lines[RECEIPT_LINES_MAX:]
        audience = self._audience()
        signature = self._signature_line or (self._to_sign and audience == _MERCHANT)
        return [Receipt(audience, tuple(lines), signature)]

    def _audience(self) -> str:
        if self._type is not None:
            return _AUDIENCES.get(self._type, "administration")
        in_order = self._cuts < len(_AUDIENCES_IN_ORDER)
        return _AUDIENCES_IN_ORDER[self._cuts] if in_order else "administration"
