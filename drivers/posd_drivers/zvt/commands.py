"""What the till (ECR) says: commands."""

from dataclasses import dataclass, field
from typing import ClassVar

from msgspec import Struct

from posd_drivers.errors import Malformed
from posd_drivers.zvt.bmp import encode_currency
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.fields import Fields, take_fields
from posd_drivers.zvt.tlv import Objects
from posd_drivers.zvt.untagged import encode_tail, take_currency, take_password, take_tail

_NOTHING = Fields()


@dataclass(frozen=True, slots=True)
class Registration:
    """06 00, ECR: log on, say who prints and what the till understands.

    Attributes:
        password: Six digits; a credential, never printed.
        config: The configuration byte.
        currency: Lower-case ISO 4217 code. Must be there if `service` or `objects` is.
        service: BMP 03.
        objects: What BMP 06 holds; empty still permits the terminal to send containers.
    """

    control: ClassVar[int] = 0x0600
    password: str = field(repr=False)
    config: int
    currency: str | None = None
    service: int | None = None
    objects: Objects | None = None

    def encode_body(self) -> bytes:
        """Password, config byte, currency untagged, then bitmaps."""
        currency = b"" if self.currency is None else encode_currency(self.currency)
        tail = encode_tail(self.service, self.objects)
        assert currency or not tail, "the currency must stand in front of bitmaps"
        return bytes.fromhex(self.password) + bytes([self.config]) + currency + tail

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "Registration":
        """Raises Malformed."""
        password = take_password(cursor)
        config = cursor.expect(1, "config byte")[0]
        currency = take_currency(cursor) if cursor.left else None
        return cls(password, config, currency, *take_tail(cursor))


class Authorisation(Struct, frozen=True):
    """06 01, ECR: take a payment. It may move money once its first octet is sent.

    Attributes:
        amount: Minor units.
        currency: Lower-case ISO 4217 code; None for terminals that never agreed on one.
        payment_type: BMP 19: None lets the terminal decide.
        others: Further bitmaps.
    """

    control: ClassVar[int] = 0x0601
    amount: int | None
    currency: str | None = None
    payment_type: int | None = None
    others: Fields = _NOTHING

    def encode_body(self) -> bytes:
        """Amount, currency, payment type, then the rest."""
        named: dict[str, int | str] = {}
        if self.amount is not None:
            named["amount"] = self.amount
        if self.currency is not None:
            named["currency"] = self.currency
        if self.payment_type is not None:
            named["status_byte"] = self.payment_type
        return Fields.of(**named).encode() + self.others.encode()

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "Authorisation":
        """In any order. Raises Malformed."""
        fields = take_fields(cursor)
        others = fields.without(("amount", "currency", "status_byte"))
        return cls(fields.amount, fields.currency, fields.status_byte, others)


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
    """06 20, ECR: the last stored transaction again; service byte 03: its status, unprinted."""

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


class Abort(Struct, frozen=True):
    """06 B0, ECR: end the running command if you still can. The command's own end decides."""

    control: ClassVar[int] = 0x06B0
    others: Fields = _NOTHING

    def encode_body(self) -> bytes:
        """Usually nothing."""
        return self.others.encode()

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "Abort":
        """Raises Malformed."""
        return cls(take_fields(cursor))


class LogOff(Struct, frozen=True):
    """06 02, ECR: log off. Configuration and the permission to send containers are gone."""

    control: ClassVar[int] = 0x0602

    def encode_body(self) -> bytes:
        """Nothing."""
        return b""

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "LogOff":
        """Raises Malformed if there is a body."""
        if cursor.left:
            raise Malformed("log-off", cursor.offset)
        return cls()


class Reset(Struct, frozen=True):
    """06 18, ECR: restart. The terminal completes, and then the link drops."""

    control: ClassVar[int] = 0x0618

    def encode_body(self) -> bytes:
        """Nothing."""
        return b""

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "Reset":
        """Raises Malformed if there is a body."""
        if cursor.left:
            raise Malformed("reset", cursor.offset)
        return cls()
