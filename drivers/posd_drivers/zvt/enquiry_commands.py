"""What the till (ECR) asks a terminal, and has it tell or print again. No money moves."""

from dataclasses import dataclass, field
from typing import ClassVar

from posd_drivers.errors import Malformed
from posd_drivers.zvt.bmp import encode_bcd, parse_bcd
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.tlv import Objects
from posd_drivers.zvt.untagged import (
    PasswordAndContainer,
    encode_tail,
    take_password,
    take_tail,
)

_RECEIPT_BYTES = 2


@dataclass(frozen=True, slots=True)
class StatusEnquiry:
    """05 01, ECR: how are you? Answered by a `StatusEnquiryCompletion`."""

    control: ClassVar[int] = 0x0501
    password: str | None = field(default=None, repr=False)
    service: int | None = None
    objects: Objects | None = None

    def encode_body(self) -> bytes:
        """The password untagged, then bitmaps."""
        tail = encode_tail(self.service, self.objects)
        assert self.password is not None or not tail, "the password must stand in front of bitmaps"
        return bytes.fromhex(self.password or "") + tail

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "StatusEnquiry":
        """Raises Malformed."""
        password = take_password(cursor) if cursor.left else None
        return cls(password, *take_tail(cursor))


@dataclass(frozen=True, slots=True)
class RepeatReceipt:
    """06 20, ECR: the last stored transaction again.

    Attributes:
        password: Six digits; a credential, never printed.
        service: BMP 03: 01 its status and its receipt, 03 its status alone, unprinted; None
            prints the receipt.
        objects: Another receipt than the last: 1F01 which (04 end-of-day), 1F02 to 1F03 in a range.
    """

    control: ClassVar[int] = 0x0620
    password: str = field(repr=False)
    service: int | None = None
    objects: Objects | None = None

    def encode_body(self) -> bytes:
        """The password untagged, then bitmaps."""
        return bytes.fromhex(self.password) + encode_tail(self.service, self.objects)

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "RepeatReceipt":
        """Raises Malformed."""
        return cls(take_password(cursor), *take_tail(cursor))


@dataclass(frozen=True, slots=True)
class ReprintReceipts:
    """06 12, ECR: print stored receipts again.

    Attributes:
        password: Six digits; a credential, never printed.
        first: Receipt number they begin with.
        last: Receipt number they end with; None for one receipt.
    """

    control: ClassVar[int] = 0x0612
    password: str = field(repr=False)
    first: int
    last: int | None = None

    def encode_body(self) -> bytes:
        """Password and receipt numbers untagged."""
        first = encode_bcd(self.first, _RECEIPT_BYTES)
        last = b"" if self.last is None else encode_bcd(self.last, _RECEIPT_BYTES)
        return bytes.fromhex(self.password) + first + last

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "ReprintReceipts":
        """Raises Malformed."""
        password = take_password(cursor)
        first = _take_receipt(cursor)
        last = _take_receipt(cursor) if cursor.left else None
        if cursor.left:
            raise Malformed("reprint receipts", cursor.offset)
        return cls(password, first, last)


@dataclass(frozen=True, slots=True)
class SendTurnoverTotals(PasswordAndContainer):
    """06 10, ECR: the turnover since the last end of day, in a status information with BMP 60."""

    control: ClassVar[int] = 0x0610


def _take_receipt(cursor: Cursor) -> int:
    offset = cursor.offset
    return parse_bcd(cursor.expect(_RECEIPT_BYTES, "receipt"), "receipt", offset)
