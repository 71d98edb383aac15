"""The character sets a terminal may print and display in. CP437 unless told otherwise (A tag 14).

Terminals print other sets unasked (card complete: ISO 8859-1 and -2), so the set is a setting of
each terminal; tag 14 in a message beats it.
"""

from enum import Enum


class Charset(Enum):
    """A character set by the name of its Python codec; ZVT's own 7-bit set has none."""

    ASCII = "ascii"
    ISO_8859_1 = "iso8859_1"
    ISO_8859_2 = "iso8859_2"
    ISO_8859_3 = "iso8859_3"
    ISO_8859_4 = "iso8859_4"
    ISO_8859_5 = "iso8859_5"
    ISO_8859_6 = "iso8859_6"
    ISO_8859_7 = "iso8859_7"
    ISO_8859_8 = "iso8859_8"
    ISO_8859_9 = "iso8859_9"
    ISO_8859_10 = "iso8859_10"
    ISO_8859_11 = "iso8859_11"
    ISO_8859_13 = "iso8859_13"
    ISO_8859_14 = "iso8859_14"
    ISO_8859_15 = "iso8859_15"
    ISO_8859_16 = "iso8859_16"
    UTF_8 = "utf_8"
    CP437 = "cp437"
    ZVT_7_BIT = "zvt_7_bit"


TAG_14: dict[int, Charset] = {
    0x00: Charset.ASCII,
    0x01: Charset.ISO_8859_1,
    0x02: Charset.ISO_8859_2,
    0x03: Charset.ISO_8859_3,
    0x04: Charset.ISO_8859_4,
    0x05: Charset.ISO_8859_5,
    0x06: Charset.ISO_8859_6,
    0x07: Charset.ISO_8859_7,
    0x08: Charset.ISO_8859_8,
    0x09: Charset.ISO_8859_9,
    0x0A: Charset.ISO_8859_10,
    0x0B: Charset.ISO_8859_11,
    0x0D: Charset.ISO_8859_13,
    0x0E: Charset.ISO_8859_14,
    0x0F: Charset.ISO_8859_15,
    0x10: Charset.ISO_8859_16,
    0xFE: Charset.UTF_8,
    0xFF: Charset.CP437,
}
"""Values of tag 14. ISO 8859-12 does not exist."""

_ZVT_7_BIT = str.maketrans("[\\]{|}~", "ÄÖÜäöüß")


def decode_text(octets: bytes, charset: Charset = Charset.CP437) -> str:
    """The text; octets the set does not have become U+FFFD. Never raises."""
    if charset is Charset.ZVT_7_BIT:
        return octets.decode("ascii", "replace").translate(_ZVT_7_BIT)
    return octets.decode(charset.value, "replace")
