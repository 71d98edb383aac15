"""What the terminal has printed at the till, put together into receipts (A 8.4 in zvt.md)."""

from typing import assert_never

from posd_drivers.card_reader import Receipt
from posd_drivers.zvt.charset import TAG_14, Charset, decode_text
from posd_drivers.zvt.messages import PrintLine, PrintTextBlock

RECEIPT_LINES_MAX = 200

_LINE_FEEDS = 0xFF
_AUDIENCES = {0x01: "merchant", 0x02: "customer", 0x03: "administration"}
_AUDIENCES_IN_ORDER = ("merchant", "customer")
"""Where no message tells the type of receipt, the merchant's comes first."""


class Receipts:
    """The receipts of one dialogue, at most RECEIPT_LINES_MAX lines of them; the rest is dropped.

    Args:
        charset: The terminal's character set, where a block does not name its own.
    """

    def __init__(self, charset: Charset) -> None:
        self._charset = charset
        self._ended: list[Receipt] = []
        self._lines: list[str] = []
        self._type: int | None = None
        self._room = RECEIPT_LINES_MAX

    def take(self, message: PrintLine | PrintTextBlock) -> None:
        """Add what this message has printed."""
        if message.receipt_type is not None:
            if self._type not in (None, message.receipt_type):
                self._end()
            self._type = message.receipt_type
        texts, charset = self._content(message)
        lines = [decode_text(text, charset) for text in texts[: self._room]]
        self._room -= len(lines)
        self._lines += lines
        if message.is_last:
            self._end()

    def all(self) -> tuple[Receipt, ...]:
        """Every receipt, the unfinished one too."""
        self._end()
        return tuple(self._ended)

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

    def _end(self) -> None:
        if self._lines:
            self._ended.append(Receipt(self._audience(), tuple(self._lines)))
        self._lines = []
        self._type = None

    def _audience(self) -> str:
        if self._type is not None:
            return _AUDIENCES.get(self._type, "administration")
        place = len(self._ended)
        in_order = place < len(_AUDIENCES_IN_ORDER)
        return _AUDIENCES_IN_ORDER[place] if in_order else "administration"
