"""What the till (ECR) says to move money. Each may have moved it once its first octet is sent."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from msgspec import Struct

from posd_drivers.errors import Malformed
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.fields import Fields, take_fields
from posd_drivers.zvt.untagged import take_password

_NOTHING = Fields()
_NO_RECEIPT = bytes.fromhex("FF FF")
_ASKED = ("amount", "currency", "status_byte")
_NAMED = ("receipt", "amount", "currency")


class _FromCard(Struct, frozen=True):
    """Of a card that is presented.

    Attributes:
        amount: Minor units.
        currency: Lower-case ISO 4217 code; None for terminals that never agreed on one.
        payment_type: BMP 19: None lets the terminal decide.
        others: Further bitmaps.
    """

    amount: int | None
    currency: str | None = None
    payment_type: int | None = None
    others: Fields = _NOTHING

    def encode_body(self) -> bytes:
        """Amount, currency, payment type, then the rest."""
        return _encode(
            self.others,
            amount=self.amount,
            currency=self.currency,
            status_byte=self.payment_type,
        )

    @classmethod
    def decode_body(cls, cursor: Cursor) -> Self:
        """In any order. Raises Malformed."""
        fields = take_fields(cursor)
        return cls(fields.amount, fields.currency, fields.status_byte, fields.without(_ASKED))


class Authorisation(_FromCard, frozen=True):
    """06 01, ECR: take a payment. A tip (tag 1F36) or cashback (1F25) is in the amount."""

    control: ClassVar[int] = 0x0601


class Preauthorisation(_FromCard, frozen=True):
    """06 22, ECR: reserve an amount on a card; its status information names the receipt (87)."""

    control: ClassVar[int] = 0x0622


class PreauthorisationEnquiry(Struct, frozen=True):
    """06 23 with receipt FF FF, ECR: what is reserved and still open? It moves nothing.

    Answered by an `AbortMessage` with `open_preauthorisations`.
    """

    control: ClassVar[int] = 0x0623
    others: Fields = _NOTHING

    def encode_body(self) -> bytes:
        """The receipt number that is none."""
        return Fields.of(receipt=_NO_RECEIPT).encode() + self.others.encode()


class _OfReservation(Struct, frozen=True):
    """Of what is reserved.

    Attributes:
        receipt: Receipt number of the reservation.
        amount: Minor units; None leaves it to the terminal.
        currency: Lower-case ISO 4217 code.
        others: Further bitmaps.
    """

    receipt: int
    amount: int | None = None
    currency: str | None = None
    others: Fields = _NOTHING

    def encode_body(self) -> bytes:
        """Receipt, amount, currency, then the rest."""
        return _encode(
            self.others, receipt=self.receipt, amount=self.amount, currency=self.currency
        )


class PartialReversal(_OfReservation, frozen=True):
    """06 23, ECR: give back the amount, which is not used of a reservation, and book the rest."""

    control: ClassVar[int] = 0x0623

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "PartialReversal | PreauthorisationEnquiry":
        """In any order. Raises Malformed."""
        enquiry = take_fields(cursor.fork())
        if enquiry.get("receipt") == _NO_RECEIPT:
            return PreauthorisationEnquiry(enquiry.without(("receipt",)))
        return cls(*_take_named(cursor))


class BookTotal(_OfReservation, frozen=True):
    """06 24, ECR: book the amount, which is used of a reservation, and give back the rest."""

    control: ClassVar[int] = 0x0624

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "BookTotal":
        """In any order. Raises Malformed."""
        return cls(*_take_named(cursor))


class PreauthorisationReversal(_OfReservation, frozen=True):
    """06 25, ECR: give back the whole of a reservation; the amount is what was reserved."""

    control: ClassVar[int] = 0x0625

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "PreauthorisationReversal":
        """In any order. Raises Malformed."""
        return cls(*_take_named(cursor))


@dataclass(frozen=True, slots=True)
class Reversal:
    """06 30, ECR: take a sale back, without its card.

    Attributes:
        password: Six digits; a credential, never printed.
        receipt: Receipt number of the sale.
        amount: The whole of the sale, in minor units; the terminal compares it.
        currency: Lower-case ISO 4217 code.
        others: Further bitmaps.
    """

    control: ClassVar[int] = 0x0630
    password: str = field(repr=False)
    receipt: int
    amount: int | None = None
    currency: str | None = None
    others: Fields = _NOTHING

    def encode_body(self) -> bytes:
        """The password untagged, receipt, amount, currency, then the rest."""
        return bytes.fromhex(self.password) + _encode(
            self.others, receipt=self.receipt, amount=self.amount, currency=self.currency
        )

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "Reversal":
        """The bitmaps in any order. Raises Malformed."""
        return cls(take_password(cursor), *_take_named(cursor))


@dataclass(frozen=True, slots=True)
class Refund:
    """06 31, ECR: give an amount to the card that is presented.

    Attributes:
        password: Six digits; a credential, never printed.
        amount: Minor units; without it the terminal asks at its own keys.
        currency: Lower-case ISO 4217 code.
        others: Further bitmaps.
    """

    control: ClassVar[int] = 0x0631
    password: str = field(repr=False)
    amount: int | None
    currency: str | None = None
    others: Fields = _NOTHING

    def encode_body(self) -> bytes:
        """The password untagged, amount, currency, then the rest."""
        fields = _encode(self.others, amount=self.amount, currency=self.currency)
        return bytes.fromhex(self.password) + fields

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "Refund":
        """The bitmaps in any order. Raises Malformed."""
        password = take_password(cursor)
        fields = take_fields(cursor)
        others = fields.without(("amount", "currency"))
        return cls(password, fields.amount, fields.currency, others)


class BookTip(Struct, frozen=True):
    """06 0C, ECR: add a tip to a sale that is booked already.

    Attributes:
        amount: The tip alone, in minor units.
        receipt: Receipt number of the sale.
        currency: Lower-case ISO 4217 code.
        others: Further bitmaps.
    """

    control: ClassVar[int] = 0x060C
    amount: int | None
    receipt: int
    currency: str | None = None
    others: Fields = _NOTHING

    def encode_body(self) -> bytes:
        """Amount, receipt, currency, then the rest."""
        return _encode(
            self.others, amount=self.amount, receipt=self.receipt, currency=self.currency
        )

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "BookTip":
        """In any order. Raises Malformed."""
        receipt, amount, currency, others = _take_named(cursor)
        return cls(amount, receipt, currency, others)


def _encode(others: Fields, **named: int | str | None) -> bytes:
    """Those of the named bitmaps that say something, in this order, then the others."""
    told = {name: value for name, value in named.items() if value is not None}
    return Fields.of(**told).encode() + others.encode()


def _take_named(cursor: Cursor) -> tuple[int, int | None, str | None, Fields]:
    """Receipt, amount, currency and the rest. Raises Malformed.

    Without a receipt number (BMP 87) nobody knows which transaction is meant.
    """
    offset = cursor.offset
    fields = take_fields(cursor)
    if fields.receipt is None:
        raise Malformed("receipt", offset)
    return fields.receipt, fields.amount, fields.currency, fields.without(_NAMED)
