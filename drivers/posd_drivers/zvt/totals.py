"""The turnover of a period by kind of card: what BMP 60 holds (A, table of BMPs; zvt.md 8.1)."""

from msgspec import Struct

from posd_drivers.errors import Malformed
from posd_drivers.zvt.bmp import encode_bcd, parse_bcd
from posd_drivers.zvt.cursor import Cursor

CARDS = (
    "girocard",
    "JCB",
    "Mastercard",
    "American Express",
    "Visa",
    "Diners",
    "other",
)
"""The kinds of card in the order of the octets. The manual's word for Mastercard is Eurocard."""


_NO_RECEIPT = bytes.fromhex("FF FF")
_RECEIPT_BYTES = len(_NO_RECEIPT)
_COUNT_BYTES = 1
_AMOUNT_BYTES = 6
_COUNT_MAX = 0xFF
TOTALS_BYTES = 2 * _RECEIPT_BYTES + len(CARDS) * (_COUNT_BYTES + _AMOUNT_BYTES)


class CardTotal(Struct, frozen=True):
    """What one kind of card brought.

    Attributes:
        card: One of `CARDS`.
        count: Transactions, modulo 256: it is one octet, and binary in the midst of digits.
        amount: Minor units.
    """

    card: str
    count: int
    amount: int


class TurnoverTotals(Struct, frozen=True):
    """A period's turnover.

    Attributes:
        first_receipt: Receipt number the period begins with; None for FFFF.
        last_receipt: Receipt number it ends with; None for FFFF.
        cards: One of each kind, in the order of `CARDS`.
    """

    first_receipt: int | None
    last_receipt: int | None
    cards: tuple[CardTotal, ...]

    @property
    def amount(self) -> int:
        """The sum over all kinds of card, in minor units."""
        return sum(total.amount for total in self.cards)

    def encode(self) -> bytes:
        """The octets of BMP 60 without its length."""
        assert tuple(total.card for total in self.cards) == CARDS, self.cards
        octets = _encode_receipt(self.first_receipt) + _encode_receipt(self.last_receipt)
        for total in self.cards:
            octets += bytes([total.count & _COUNT_MAX]) + encode_bcd(total.amount, _AMOUNT_BYTES)
        return octets


def parse_totals(octets: bytes) -> TurnoverTotals:
    """What BMP 60 says. Raises Malformed if it has another size or a sum is not a number."""
    cursor = Cursor(octets)
    if cursor.left != TOTALS_BYTES:
        raise Malformed("totals", cursor.offset)
    first = _take_receipt(cursor)
    last = _take_receipt(cursor)
    return TurnoverTotals(first, last, tuple(_take_total(card, cursor) for card in CARDS))


def _take_total(card: str, cursor: Cursor) -> CardTotal:
    count = cursor.take(_COUNT_BYTES)[0]
    offset = cursor.offset
    return CardTotal(card, count, parse_bcd(cursor.take(_AMOUNT_BYTES), "totals", offset))


def _take_receipt(cursor: Cursor) -> int | None:
    octets = cursor.take(_RECEIPT_BYTES)
    return None if octets == _NO_RECEIPT else parse_bcd(octets, "totals", cursor.offset)


def _encode_receipt(receipt: int | None) -> bytes:
    return _NO_RECEIPT if receipt is None else encode_bcd(receipt, _RECEIPT_BYTES)
