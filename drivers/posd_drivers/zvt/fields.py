"""The bitmaps of one message, in order, and what they mean."""

from collections.abc import Iterable
from functools import lru_cache
from typing import assert_never

from msgspec import Struct
from typing_extensions import override

from posd_drivers.errors import Malformed
from posd_drivers.zvt.bmp import (
    BY_NAME,
    BY_NUMBER,
    Bmp,
    Coding,
    encode_bcd,
    encode_currency,
    parse_bcd,
    parse_currency,
)
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.masking import MaskedPan, mask_pan
from posd_drivers.zvt.tlv import Objects, encode_tlv, find, parse_tlv
from posd_drivers.zvt.totals import TurnoverTotals, parse_totals

_SINGLE = frozenset({"result", "amount", "currency", "terminal_id", "receipt", "trace", "turnover"})
"""What may not be said twice with two meanings: money and what identifies a transaction."""

_TYPE_IN_TLV = 0xFF
_CONTAINERS_KEPT_MAX = 4


class Field(Struct, frozen=True):
    """One bitmap: its number and its value without the length."""

    number: int
    value: bytes

    @override
    def __repr__(self) -> str:
        row = BY_NUMBER[self.number]
        return f"{row.name}={'******' if row.name == 'password' else self.value.hex()}"


class Fields(Struct, frozen=True):
    """The bitmaps of a message in their order.

    The accessors give the first of a kind, None where the message does not say. Numbers are
    integers, amounts in minor units; what is only evidence (time, date, expiry) is None if it is
    not made of digits.
    """

    items: tuple[Field, ...] = ()

    @classmethod
    def of(cls, **values: int | str | bytes | Objects) -> "Fields":
        """Bitmaps by their names in the table, in the order given.

        Numbers may be given as int, digits as str, currencies as lower-case code, objects as a
        tuple; bytes are taken as they are.
        """
        return cls(tuple(_field(BY_NAME[name], value) for name, value in values.items()))

    def encode(self) -> bytes:
        """The octets of all of them."""
        return b"".join(BY_NUMBER[item.number].encode(item.value) for item in self.items)

    def get(self, name: str) -> bytes | None:
        """The first value of the bitmap of this name."""
        number = BY_NAME[name].number
        return next((item.value for item in self.items if item.number == number), None)

    def without(self, names: Iterable[str]) -> "Fields":
        """All but the bitmaps of these names."""
        numbers = {BY_NAME[name].number for name in names}
        return Fields(tuple(item for item in self.items if item.number not in numbers))

    @property
    def result(self) -> int | None:
        """BMP 27: 00 is the only approval."""
        return self._byte("result")

    @property
    def host_result(self) -> int | None:
        """BMP A0: the host's result where it is not BCD; 27 says 00 then."""
        return self._byte("host_result")

    @property
    def amount(self) -> int | None:
        """BMP 04, in minor units."""
        return self._number("amount")

    @property
    def currency(self) -> str | None:
        """BMP 49 as lower-case ISO 4217 code, or the bare number if it is an unknown one."""
        value = self.get("currency")
        return None if value is None else parse_currency(value)

    @property
    def terminal_id(self) -> str | None:
        """BMP 29, the TID: 8 digits."""
        value = self.get("terminal_id")
        return None if value is None else value.hex()

    @property
    def receipt(self) -> int | None:
        """BMP 87, the receipt number; None for FFFF."""
        digits = self._digits("receipt")
        return None if digits is None else int(digits)

    @property
    def trace(self) -> int | None:
        """BMP 0B, or tag 1F2B where the trace number is longer than six digits."""
        long_trace = find(self.objects, 0x1F2B)
        if long_trace is not None and not self._number("trace"):
            return _bcd_or_none(long_trace)
        return self._number("trace")

    @property
    def original_trace(self) -> int | None:
        """BMP 37: the trace number of what was reversed."""
        return self._number("original_trace")

    @property
    def turnover(self) -> int | None:
        """BMP 88, the turnover record number."""
        return self._number("turnover")

    @property
    def time(self) -> str | None:
        """BMP 0C: HHMMSS by the terminal's clock."""
        return self._digits("time")

    @property
    def date(self) -> str | None:
        """BMP 0D: MMDD by the terminal's clock, without a year."""
        return self._digits("date")

    @property
    def day(self) -> str | None:
        """BMP AA: YYMMDD, where a clock is set."""
        return self._digits("day")

    @property
    def expiry(self) -> str | None:
        """BMP 0E: YYMM; 9999 if the terminal hides it (hobex)."""
        return self._digits("expiry")

    @property
    def card_sequence(self) -> int | None:
        """BMP 17, the card sequence number."""
        digits = self._digits("card_sequence")
        return None if digits is None else int(digits)

    @property
    def status_byte(self) -> int | None:
        """BMP 19: terminal status, payment type or kind of card, by message."""
        return self._byte("status_byte")

    @property
    def service(self) -> int | None:
        """BMP 03, the service byte."""
        return self._byte("service")

    @property
    def pan(self) -> MaskedPan | None:
        """BMP 22, of which only the last four digits are left."""
        value = self.get("pan")
        return None if value is None else mask_pan(value)

    @property
    def card_type(self) -> int | None:
        """BMP 8A, or tag 41 (loose, or in the application 60) where that says more."""
        number = self._byte("card_type")
        if number in (None, _TYPE_IN_TLV):
            long_type = self._tag(0x41, within=0x60)
            return number if long_type is None else int.from_bytes(long_type, "big")
        return number

    @property
    def card_name(self) -> bytes | None:
        """BMP 8B without its closing 00."""
        value = self.get("card_name")
        return None if value is None else value.rstrip(b"\0")

    @property
    def authorisation(self) -> bytes | None:
        """BMP 3B, the authorisation attribute, without padding; None if it is nothing else."""
        return _unpadded(self.get("authorisation"))

    @property
    def contract(self) -> bytes | None:
        """BMP 2A, the contract (VU) number, without padding; None if it is nothing else."""
        return _unpadded(self.get("contract"))

    @property
    def text(self) -> bytes | None:
        """BMP 3C: additional text, lines separated by CR where a host wrote it."""
        return self.get("text")

    @property
    def aid(self) -> bytes | None:
        """Tag 43 (loose, or in the application 60): the EMV application id."""
        return self._tag(0x43, within=0x60)

    @property
    def application_name(self) -> bytes | None:
        """Tag 44, the preferred name, else 42, the label, of the application (loose or in 60)."""
        preferred = self._tag(0x44, within=0x60)
        return self._tag(0x42, within=0x60) if preferred is None else preferred

    @property
    def verification(self) -> int | None:
        """Tag 1F10 (loose, or in 2F): how the cardholder was verified, e.g. 01 signature."""
        return _first(self._tag(0x1F10, within=0x2F))

    @property
    def read_method(self) -> int | None:
        """Tag 1F12 (loose, or in 2F): 00 magnetic stripe, 01 chip, 02 contactless."""
        return _first(self._tag(0x1F12, within=0x2F))

    @property
    def tip(self) -> int | None:
        """Tag 1F36: the tip in minor units, contained in the amount."""
        value = find(self.objects, 0x1F36)
        return None if value is None else _bcd_or_none(value)

    @property
    def totals(self) -> TurnoverTotals | None:
        """BMP 60: the turnover by kind of card; None too if it is not as the manual has it."""
        value = self.get("totals")
        try:
            return None if value is None else parse_totals(value)
        except Malformed:
            return None

    @property
    def objects(self) -> Objects:
        """What the container (BMP 06) holds; nothing if there is none."""
        value = self.get("container")
        return () if value is None else _parsed(value)

    def _tag(self, tag: int, *, within: int) -> bytes | None:
        """A tag that some terminals send loose and some in a container of its own."""
        loose = find(self.objects, tag)
        return find(self.objects, within, tag) if loose is None else loose

    def _byte(self, name: str) -> int | None:
        return _first(self.get(name))

    def _number(self, name: str) -> int | None:
        value = self.get(name)
        return None if value is None else parse_bcd(value, name)

    def _digits(self, name: str) -> str | None:
        value = self.get(name)
        return value.hex() if value is not None and value.hex().isdecimal() else None


def take_fields(cursor: Cursor) -> Fields:
    """All bitmaps up to the end, card data masked.

    Raises Malformed: an unknown number has an unknown length, so nothing after it can be read;
    and a result, an amount or a number that identifies the transaction is there twice, different.
    """
    items: list[Field] = []
    while cursor.left:
        offset = cursor.offset
        number = cursor.take(1)[0]
        row = BY_NUMBER.get(number)
        if row is None:
            raise Malformed(f"bmp {number:02X}", offset)
        item = Field(number, row.take(cursor))
        if row.name in _SINGLE and any(
            other.number == number and other.value != item.value for other in items
        ):
            raise Malformed(f"second {row.name}", offset)
        items.append(item)
    return Fields(tuple(items))


@lru_cache(_CONTAINERS_KEPT_MAX)
def _parsed(container: bytes) -> Objects:
    """Its objects. A dozen accessors ask for those of one message; its octets are masked before."""
    return parse_tlv(container)


def _field(row: Bmp, value: int | str | bytes | Objects) -> Field:
    return Field(row.number, row.masked(_octets(row, value)))


def _octets(row: Bmp, value: int | str | bytes | Objects) -> bytes:
    match value:
        case bytes():
            return value
        case tuple():
            return encode_tlv(value)
        case str():
            return encode_currency(value) if row.coding is Coding.CURRENCY else bytes.fromhex(value)
        case int():
            assert isinstance(row.size, int), row.name
            if row.coding is Coding.OCTETS:
                return value.to_bytes(row.size, "big")
            return encode_bcd(value, row.size)
        case _:
            assert_never(value)


def _first(value: bytes | None) -> int | None:
    return value[0] if value else None


def _bcd_or_none(value: bytes) -> int | None:
    return int(value.hex()) if value.hex().isdecimal() else None


def _unpadded(value: bytes | None) -> bytes | None:
    return value.strip(b"\0 ") or None if value is not None else None
