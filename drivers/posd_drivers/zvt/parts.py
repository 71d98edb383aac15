"""Where what stands in the octets of one APDU, as it came: nothing is masked or set right.

The messages say what an APDU means, and mask card data on the way; whoever has to change octets in
place needs to know where they are. What cannot be read, or has no row in a table, might be
anything: it counts as card data.
"""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct

from posd_drivers.errors import CodecError, Malformed
from posd_drivers.zvt.apdu import decode_apdu
from posd_drivers.zvt.bmp import BY_NUMBER, Length, take_var_length
from posd_drivers.zvt.coding import Coding
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.tags import BY_NUMBER as TAGS
from posd_drivers.zvt.tlv import TLV_DEPTH_MAX, spans
from posd_drivers.zvt.untagged import is_container

UNREADABLE = "unreadable"

_STATUS_ENQUIRY = 0x0501
_CARD_UID = 0x4C
_CARD_TOKEN = 0x1F14

Head: TypeAlias = tuple[tuple[str, int, Coding], ...]

_PASSWORD: Head = (("password", 3, Coding.BCD),)
_RESULT: Head = (("result", 1, Coding.OCTETS),)
_CURRENCY: Head = (("currency", 2, Coding.CURRENCY),)

_HEADS: dict[int, Head] = {
    0x04FF: (("status", 1, Coding.OCTETS),),
    0x0501: _PASSWORD,
    0x0600: (*_PASSWORD, ("config", 1, Coding.OCTETS), *_CURRENCY),
    0x0610: _PASSWORD,
    0x0612: (*_PASSWORD, ("receipt", 2, Coding.BCD), ("receipt", 2, Coding.BCD)),
    0x061B: _PASSWORD,
    0x061E: _RESULT,
    0x0620: _PASSWORD,
    0x0621: _PASSWORD,
    0x0630: _PASSWORD,
    0x0631: _PASSWORD,
    0x0650: _PASSWORD,
    0x0651: _PASSWORD,
    0x0691: _PASSWORD,
    0x0693: _PASSWORD,
    0x0695: (*_PASSWORD, *_PASSWORD),
    0x06D1: (("attribute", 1, Coding.OCTETS),),
    0x0801: _PASSWORD,
    0x0830: (("language", 1, Coding.OCTETS),),
    0x0840: (("baud", 1, Coding.OCTETS),),
    0x841E: (*_RESULT, *_CURRENCY),
}
"""What stands in front of the bitmaps without a number of its own (zvt.md 6.1, 8)."""


class Part(Struct, frozen=True):
    """One value in an APDU: what it is, and between which octets it stands."""

    name: str
    coding: Coding
    start: int
    end: int


def parts_of(apdu: bytes, pending: int) -> Iterator[Part]:
    """Its values in their order, without numbers, tags and lengths.

    `pending` is the control field of the command that runs: it says how to read a completion.
    """
    try:
        body = decode_apdu(apdu).body
    except CodecError:
        yield Part(UNREADABLE, Coding.CARD, min(2, len(apdu)), len(apdu))
        return
    cursor = Cursor(body, len(apdu) - len(body))
    control = int.from_bytes(apdu[:2], "big")
    unread = cursor.offset
    try:
        yield from _head(control, pending, cursor)
        while cursor.left:
            unread = cursor.offset
            yield from _bitmap(cursor)
    except Malformed:
        yield Part(UNREADABLE, Coding.CARD, unread, len(apdu))


def _head(control: int, pending: int, cursor: Cursor) -> Iterator[Part]:
    if (control, pending) == (0x060F, _STATUS_ENQUIRY):
        yield from _status_of_enquiry(cursor)
        return
    yield from _untagged(_HEADS.get(control, ()), cursor)
    match control:
        case 0x04FF if cursor.left and not is_container(cursor):
            yield from _untagged((("minutes", 1, Coding.OCTETS),), cursor)
        case 0x061E if cursor.left >= 2 and cursor.peek() not in BY_NUMBER:
            yield from _untagged(_CURRENCY, cursor)
        case 0x06D1:
            yield _take("line", Coding.TEXT, cursor.left, cursor)
        case _:
            pass


def _status_of_enquiry(cursor: Cursor) -> Iterator[Part]:
    """A version behind a length of three octets F0 to F9, the status, perhaps a container."""
    if cursor.left > 3 and min(cursor.fork().take(3)) >= 0xF0:
        yield _take("version", Coding.TEXT, take_var_length(cursor, Length.LLL), cursor)
    yield from _untagged((("status", 1, Coding.OCTETS),), cursor)


def _untagged(head: Sequence[tuple[str, int, Coding]], cursor: Cursor) -> Iterator[Part]:
    """As many of these as there are; a short command leaves the last ones out."""
    for name, size, coding in head:
        if cursor.left >= size:
            yield _take(name, coding, size, cursor)


def _bitmap(cursor: Cursor) -> Iterator[Part]:
    offset = cursor.offset
    row = BY_NUMBER.get(cursor.take(1)[0])
    if row is None:
        raise Malformed("bitmap", offset)
    size = row.size if isinstance(row.size, int) else take_var_length(cursor, row.size)
    if row.coding is not Coding.OBJECTS:
        yield _take(row.name, row.coding, size, cursor)
        return
    start = cursor.offset
    yield from _objects(cursor.expect(size, row.name), start, depth=0)


def _objects(octets: bytes, origin: int, depth: int) -> Iterator[Part]:
    """The values of TLV objects, as deep as they can be read."""
    try:
        found = list(spans(octets, origin))
    except Malformed:
        found = []
        yield Part(UNREADABLE, Coding.CARD, origin, origin + len(octets))
    for tag, start, end in found:
        row = TAGS.get(tag)
        if row is None or tag in (_CARD_UID, _CARD_TOKEN):
            yield Part(f"tag {tag:X}", Coding.CARD, origin + start, origin + end)
        elif row.coding is not Coding.OBJECTS:
            yield Part(row.name, row.coding, origin + start, origin + end)
        elif depth < TLV_DEPTH_MAX:
            yield from _objects(octets[start:end], origin + start, depth + 1)
        else:
            yield Part(UNREADABLE, Coding.CARD, origin + start, origin + end)


def _take(name: str, coding: Coding, size: int, cursor: Cursor) -> Part:
    start = cursor.offset
    cursor.expect(size, name)
    return Part(name, coding, start, start + size)
