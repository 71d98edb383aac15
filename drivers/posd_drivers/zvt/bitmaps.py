"""The bitmaps of one message, in order, and the objects in its container."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Self, assert_never

from msgspec import Struct
from typing_extensions import override

from posd_drivers.errors import Malformed
from posd_drivers.zvt.bmp import (
    BY_NAME,
    BY_NUMBER,
    Bmp,
    encode_bcd,
    encode_currency,
    parse_bcd,
)
from posd_drivers.zvt.coding import Coding
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.tags import BY_NAME as TAGS
from posd_drivers.zvt.tlv import Objects, encode_tlv, find, parse_tlv

_SINGLE = frozenset({"result", "amount", "currency", "terminal_id", "receipt", "trace", "turnover"})
"""What may not be said twice with two meanings: money and what identifies a transaction."""

_CONTAINERS_KEPT_MAX = 4


class Field(Struct, frozen=True):
    """One bitmap: its number and its value without the length."""

    number: int
    value: bytes

    @override
    def __repr__(self) -> str:
        row = BY_NUMBER[self.number]
        return f"{row.name}={'******' if row.name == 'password' else self.value.hex()}"


class Bitmaps(Struct, frozen=True):
    """The bitmaps of a message in their order. What they mean is said by `fields.Fields`."""

    items: tuple[Field, ...] = ()

    @classmethod
    def of(cls, **values: int | str | bytes | Objects) -> Self:
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

    def without(self, names: Iterable[str]) -> Self:
        """All but the bitmaps of these names."""
        numbers = {BY_NAME[name].number for name in names}
        return type(self)(tuple(item for item in self.items if item.number not in numbers))

    @property
    def objects(self) -> Objects:
        """What the container (BMP 06) holds; nothing if there is none."""
        value = self.get("container")
        return () if value is None else _parsed(value)

    def _tag(self, name: str) -> bytes | None:
        """The value of the tag of this name, also where some terminals put it inside another."""
        row = TAGS[name]
        loose = find(self.objects, row.number)
        if loose is not None or row.within is None:
            return loose
        return find(self.objects, row.within, row.number)

    def _tag_byte(self, name: str) -> int | None:
        return _first(self._tag(name))

    def _tag_number(self, name: str) -> int | None:
        value = self._tag(name)
        return None if value is None or not value.hex().isdecimal() else int(value.hex())

    def _byte(self, name: str) -> int | None:
        return _first(self.get(name))

    def _number(self, name: str) -> int | None:
        value = self.get(name)
        return None if value is None else parse_bcd(value, name)

    def _digits(self, name: str) -> str | None:
        value = self.get(name)
        return value.hex() if value is not None and value.hex().isdecimal() else None


def take_bitmaps(cursor: Cursor) -> tuple[Field, ...]:
    """All bitmaps up to the end, card data masked.

    Raises Malformed: an unknown number has an unknown length, so nothing after it can be read;
    and a result, an amount or a number that identifies the transaction is there twice, different.
    """
    items: list[Field] = []
    single: dict[int, bytes] = {}
    while cursor.left:
        offset = cursor.offset
        number = cursor.take(1)[0]
        row = BY_NUMBER.get(number)
        if row is None:
            raise Malformed(f"bmp {number:02X}", offset)
        value = row.take(cursor)
        if row.name in _SINGLE and single.setdefault(number, value) != value:
            raise Malformed(f"second {row.name}", offset)
        items.append(Field(number, value))
    return tuple(items)


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
