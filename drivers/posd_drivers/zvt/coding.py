"""What octets can be: the codings of bitmaps and tags (zvt.md 5.1)."""

from enum import Enum


class Coding(Enum):
    """What the octets of a bitmap or of a tag are."""

    BCD = "digits, two an octet"
    NIBBLES = "digits, or a filler where there is nothing to say"
    OCTETS = "binary"
    TEXT = "text"
    CURRENCY = "ISO 4217 number as BCD"
    PAN = "card number: masked"
    CARD = "card data: dropped"
    OBJECTS = "TLV objects"
