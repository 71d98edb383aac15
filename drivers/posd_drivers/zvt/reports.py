"""What the terminal (PT) says while a command runs and at its end."""

from typing import ClassVar

from msgspec import Struct

from posd_drivers.errors import Malformed
from posd_drivers.zvt.bmp import (
    BY_NUMBER,
    Length,
    encode_bcd,
    encode_currency,
    encode_var_length,
    take_var_length,
)
from posd_drivers.zvt.codes import (
    COMPLETION_RESTART,
    COMPLETION_UPDATE,
    RESULT_PREAUTHORISATION,
    RESULT_WRONG_CURRENCY,
)
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.fields import Fields, take_fields
from posd_drivers.zvt.tlv import Objects, find, find_all
from posd_drivers.zvt.untagged import (
    encode_container,
    is_container,
    take_container,
    take_currency,
)

_LENGTH_MARKS = frozenset(range(0xF0, 0xFA))
_CURRENCY_FIRST_OCTET_MAX = 0x09
_NO_RECEIPT = bytes.fromhex("FF FF")
_TEXT_LINE = 0x07
_RECEIPT = 0x08
_OPEN_PREAUTHORISATIONS = 0x23
_DISPLAY_TEXTS = 0x24
_NOTHING = Fields()


class StatusInformation(Struct, frozen=True):
    """04 0F, PT: the result of a transaction. Not final before the completion (M2)."""

    control: ClassVar[int] = 0x040F
    fields: Fields

    def encode_body(self) -> bytes:
        """Bitmaps."""
        return self.fields.encode()

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "StatusInformation":
        """Raises Malformed."""
        return cls(take_fields(cursor))


class IntermediateStatus(Struct, frozen=True):
    """04 FF, PT: what it waits for. Each one starts T4 anew.

    Attributes:
        code: See `codes.INTERMEDIATE_STATUS`.
        minutes: A new length of T4; None if it is not there, or not a number.
        objects: What BMP 06 holds.
    """

    control: ClassVar[int] = 0x04FF
    code: int
    minutes: int | None = None
    objects: Objects | None = None

    @property
    def lines(self) -> tuple[bytes, ...]:
        """The texts for the display (07 in 24); some terminals part them by LF instead."""
        texts = find_all(self.objects or (), _DISPLAY_TEXTS, _TEXT_LINE)
        return tuple(line for text in texts for line in text.split(b"\n"))

    def encode_body(self) -> bytes:
        """Code, minutes untagged, container."""
        minutes = b"" if self.minutes is None else encode_bcd(self.minutes, 1)
        return bytes([self.code]) + minutes + encode_container(self.objects)

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "IntermediateStatus":
        """Raises Malformed.

        The minutes are mandatory in front of a container, yet an example of the standard leaves
        them out: an 06 whose length fills the rest is a container, any other octet is minutes.
        """
        code = cursor.expect(1, "intermediate status")[0]
        if not cursor.left or is_container(cursor):
            return cls(code, None, take_container(cursor))
        minutes = cursor.take(1).hex()
        return cls(code, int(minutes) if minutes.isdecimal() else None, take_container(cursor))


class SetDateAndTimeInEcr(Struct, frozen=True):
    """04 01, PT: the date and time of its host, in a diagnosis or an initialisation.

    Attributes:
        fields: Date (AA) and time (0C); evidence, so nothing is Malformed but what cannot be read.
    """

    control: ClassVar[int] = 0x0401
    fields: Fields = _NOTHING

    def encode_body(self) -> bytes:
        """Bitmaps."""
        return self.fields.encode()

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "SetDateAndTimeInEcr":
        """Raises Malformed."""
        return cls(take_fields(cursor))


class Completion(Struct, frozen=True):
    """06 0F, PT: the command is done and the till is master again."""

    control: ClassVar[int] = 0x060F
    fields: Fields = _NOTHING

    @property
    def goes_away(self) -> bool:
        """Whether the terminal now updates or restarts, gone for minutes (card complete, 27)."""
        return self.fields.result in (COMPLETION_UPDATE, COMPLETION_RESTART)

    def encode_body(self) -> bytes:
        """Bitmaps, mostly none."""
        return self.fields.encode()

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "Completion":
        """Raises Malformed."""
        return cls(take_fields(cursor))


class StatusEnquiryCompletion(Struct, frozen=True):
    """06 0F after 05 01, PT: how it is, without tags.

    Attributes:
        status: See `codes.TERMINAL_STATUS`.
        version: Of its software.
        objects: What the container holds: name, serial number, terminal id.
    """

    control: ClassVar[int] = 0x060F
    status: int
    version: bytes | None = None
    objects: Objects | None = None

    def encode_body(self) -> bytes:
        """Version as LLLVAR, status, container."""
        version = b""
        if self.version is not None:
            version = encode_var_length(len(self.version), Length.LLL) + self.version
        return version + bytes([self.status]) + encode_container(self.objects)

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "StatusEnquiryCompletion":
        """Raises Malformed. A status of 06 is not the mark of a container."""
        version = None
        if _LENGTH_MARKS.issuperset(cursor.fork().rest()[:3]) and cursor.left > 3:
            version = cursor.expect(take_var_length(cursor, Length.LLL), "version")
        status = cursor.expect(1, "terminal status")[0]
        return cls(status, version, take_container(cursor))


class AbortMessage(Struct, frozen=True):
    """06 1E, PT: the command failed; nothing was booked.

    Attributes:
        code: A result code; None from terminals that leave it out.
        currency: The one it wants, if the code is "wrong currency".
        fields: Bitmaps, e.g. open pre-authorisations (87, tag 23).
    """

    control: ClassVar[int] = 0x061E
    code: int | None = None
    currency: str | None = None
    fields: Fields = _NOTHING

    @property
    def open_preauthorisations(self) -> tuple[int, ...] | None:
        """Receipt numbers of what is reserved and still open (87; 08 in 23), if the code is B8.

        None if it does not say, for B8 is an error too: FFFF in 87 or an empty 23 says that none
        is open.
        """
        if self.code != RESULT_PREAUTHORISATION or not _tells_open_receipts(self.fields):
            return None
        return tuple(int(digits) for digits in _open_receipts(self.fields))

    def encode_body(self) -> bytes:
        """Code, currency untagged, bitmaps."""
        if self.code is None:
            return b""
        currency = b"" if self.currency is None else encode_currency(self.currency)
        return bytes([self.code]) + currency + self.fields.encode()

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "AbortMessage":
        """Raises Malformed, also if an open pre-authorisation is listed and cannot be read.

        One that is missed would look as if it were booked.
        """
        if not cursor.left:
            return cls()
        code = cursor.take(1)[0]
        wants_currency = code == RESULT_WRONG_CURRENCY and _is_currency(cursor)
        currency = take_currency(cursor) if wants_currency else None
        offset = cursor.offset
        fields = take_fields(cursor)
        if code == RESULT_PREAUTHORISATION and not _can_be_read(fields):
            raise Malformed("open pre-authorisations", offset)
        return cls(code, currency, fields)


def _tells_open_receipts(fields: Fields) -> bool:
    one, lists = fields.get("receipt"), find(fields.objects, _OPEN_PREAUTHORISATIONS)
    return (one, lists) != (None, None)


def _open_receipts(fields: Fields) -> list[str]:
    """What should be receipt numbers, in hex: the one in 87, then the list in 23."""
    one = fields.get("receipt")
    named = [] if one in (None, _NO_RECEIPT) else [one]
    listed = find_all(fields.objects, _OPEN_PREAUTHORISATIONS, _RECEIPT)
    return [octets.hex() for octets in (*named, *listed)]


def _can_be_read(fields: Fields) -> bool:
    """Whether each 23 is a list, and what it lists are receipt numbers."""
    lists = (item for item in fields.objects if item.tag == _OPEN_PREAUTHORISATIONS)
    are_lists = all(item.objects or not item.value for item in lists)
    return are_lists and all(map(_is_receipt, _open_receipts(fields)))


def _is_receipt(digits: str) -> bool:
    return len(digits) == 2 * len(_NO_RECEIPT) and digits.isdecimal()


def _is_currency(cursor: Cursor) -> bool:
    """Whether an untagged currency comes next: 0 to 999 as BCD, where no bitmap can stand."""
    first = cursor.peek()
    if first is None or first > _CURRENCY_FIRST_OCTET_MAX:
        return False
    return cursor.left == 2 or (cursor.left > 2 and first not in BY_NUMBER)
