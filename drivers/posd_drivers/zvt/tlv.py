"""TLV objects as in BMP 06: BER-like tags and lengths, card data masked on the way in.

Unlike in APDUs, lengths are high byte first. The constructed bit is not always honest (Feig cVEND
sets it on raw octets), so contents are read tentatively and stay as they are if that fails.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct

from posd_drivers.errors import Malformed
from posd_drivers.zvt.coding import Coding
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.masking import blank, mask_text
from posd_drivers.zvt.tags import TABLE

TAG_BYTES_MAX = 3
TLV_DEPTH_MAX = 16
TLV_BYTES_MAX = 0xFFFF

_PARSED_KEPT_MAX = 16
"""Several accessors ask for what lies in the same object of a message."""
_CONSTRUCTED = 0x20
_NUMBER_FOLLOWS = 0x1F
_MORE = 0x80

_UNRULY_SECOND_BYTES = range(0x80, 0x84)
"""1F80 to 1F83 (file name, MIME type, references) are two-byte tags against the tag rule."""

_CARD_TAGS = frozenset(row.number for row in TABLE if row.coding is Coding.CARD)


class Tlv(Struct, frozen=True):
    """One object: tag and value, the value as octets even if it contains objects."""

    tag: int
    value: bytes = b""

    @classmethod
    def of(cls, tag: int, *objects: "Tlv") -> "Tlv":
        """A constructed object."""
        return cls(tag, encode_tlv(objects))

    @property
    def objects(self) -> "Objects":
        """The objects it contains; none if it is primitive or its octets are not objects."""
        if not is_constructed(self.tag):
            return ()
        try:
            return _parse(self.value)
        except Malformed:
            return ()

    def encode(self) -> bytes:
        """Tag, length in as few bytes as it takes, value."""
        return _encode_tag(self.tag) + encode_length(len(self.value)) + self.value


Objects: TypeAlias = tuple[Tlv, ...]


def parse_tlv(octets: bytes, origin: int = 0) -> Objects:
    """All of these octets as objects, card data masked. Raises Malformed.

    `origin` is where they stand in the message, for the offset of an error.
    """
    for _ in spans(octets, origin):
        pass
    return _parse(mask_tlv(octets))


def encode_tlv(objects: Objects) -> bytes:
    """The objects one after the other."""
    return b"".join(item.encode() for item in objects)


def find(objects: Objects, *path: int) -> bytes | None:
    """The value of the first object at this path of tags, or None."""
    return next(find_all(objects, *path), None)


def find_all(objects: Objects, *path: int) -> Iterator[bytes]:
    """The values of all objects at this path of tags, in their order."""
    tag, *inner = path
    for item in objects:
        if item.tag == tag and inner:
            yield from find_all(item.objects, *inner)
        elif item.tag == tag:
            yield item.value


def take_length(cursor: Cursor, what: str = "tlv length") -> int:
    """A BER length: direct, 81 nn or 82 hi lo. Raises Malformed; 80 and from 83 on are invalid."""
    offset = cursor.offset
    first = cursor.expect(1, what)[0]
    if first < 0x80:
        return first
    if first not in (0x81, 0x82):
        raise Malformed(what, offset)
    return int.from_bytes(cursor.expect(first - 0x80, what), "big")


def encode_length(length: int) -> bytes:
    """The shortest BER length."""
    assert length <= TLV_BYTES_MAX, length
    if length < 0x80:
        return bytes([length])
    if length <= 0xFF:
        return bytes([0x81, length])
    return bytes([0x82]) + length.to_bytes(2, "big")


def mask_tlv(octets: bytes, depth: int = 0) -> bytes:
    """The same octets with card data masked in place, as deep as they can be read as objects."""
    masked = bytearray(octets)
    try:
        for tag, start, end in spans(octets):
            masked[start:end] = _masked_value(tag, octets[start:end], depth)
    except Malformed:
        return mask_text(octets)
    return bytes(masked)


def spans(octets: bytes, origin: int = 0) -> Iterator[tuple[int, int, int]]:
    """Tag, and where its value starts and ends in `octets`, of each object. Raises Malformed.

    `origin` is where they stand in the message, for the offset of an error.
    """
    cursor = Cursor(octets)
    try:
        while cursor.left:
            tag = _take_tag(cursor)
            length = take_length(cursor)
            start = cursor.offset
            cursor.expect(length, f"tlv {tag:X}")
            yield tag, start, start + length
    except Malformed as error:
        raise Malformed(error.what, origin + error.offset) from error


def is_constructed(tag: int) -> bool:
    """Whether the tag claims that its value is objects (bit 6 of its first octet)."""
    return bool(_encode_tag(tag)[0] & _CONSTRUCTED)


def _masked_value(tag: int, value: bytes, depth: int) -> bytes:
    if tag in _CARD_TAGS:
        return blank(value)
    if is_constructed(tag) and depth < TLV_DEPTH_MAX:
        return mask_tlv(value, depth + 1)
    return mask_text(value)


@lru_cache(_PARSED_KEPT_MAX)
def _parse(octets: bytes) -> Objects:
    return tuple(Tlv(tag, octets[start:end]) for tag, start, end in spans(octets))


def _take_tag(cursor: Cursor) -> int:
    offset = cursor.offset
    tag = cursor.expect(1, "tlv tag")
    if tag[0] & _NUMBER_FOLLOWS != _NUMBER_FOLLOWS:
        return tag[0]
    tag += cursor.expect(1, "tlv tag")
    if _is_unruly(tag, cursor):
        return int.from_bytes(tag, "big")
    while tag[-1] & _MORE:
        if len(tag) == TAG_BYTES_MAX:
            raise Malformed("tlv tag", offset)
        tag += cursor.expect(1, "tlv tag")
    return int.from_bytes(tag, "big")


def _is_unruly(tag: bytes, cursor: Cursor) -> bool:
    """Whether 1F 80..83 ends here: it does if what follows is a length that fits."""
    if tag[0] != _NUMBER_FOLLOWS or tag[1] not in _UNRULY_SECOND_BYTES:
        return False
    ahead = cursor.fork()
    try:
        return take_length(ahead) <= ahead.left
    except Malformed:
        return False


def _encode_tag(tag: int) -> bytes:
    return tag.to_bytes(max(1, (tag.bit_length() + 7) // 8), "big")
