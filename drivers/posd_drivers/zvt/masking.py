"""Card data is masked here, before any other module sees it: at most the last four digits stay.

The standard's own masking is used on the wire (nibble E), so what was masked encodes again.
"""

import re

from msgspec import Struct
from typing_extensions import override

from posd_drivers.card_numbers import has_check_digit

_LAST_DIGITS = 4
_SHOWABLE_DIGITS_MIN = 2 * _LAST_DIGITS
_MASKED_NIBBLE = "e"
_SEPARATOR_NIBBLE = "d"
_FILLER_NIBBLE = "f"
_MASK = ord("*")

_PRINTED_SHAPES = tuple(
    re.compile(rb"(?<!\d)(?=(" + shape + rb")(?!\d))")
    for shape in (
        rb"\d{13,19}",
        rb"\d{4}(?:[ .-]\d{4}){2}[ .-]\d{1,4}",
        rb"\d{4}(?:[ .-]\d{4}){3}[ .-]\d{1,3}",
        rb"\d{4}[ .-]\d{6}[ .-]\d{4,5}",
    )
)
"""How 13 to 19 digits stand in a text: in one run, in fours, or 4-6-4 and 4-6-5."""


_NO_NUMBER_WITHOUT = re.compile(rb"\d{4}[\d .-]{9}")
"""What every one of those shapes begins with: most texts have nothing of the kind."""


class MaskedPan(Struct, frozen=True):
    """A card number (PAN) of which nothing but the last four digits exists any more.

    Attributes:
        last4: The last four digits, or None if the terminal masked them or the number is short.
        digits: How many digits the number has.
    """

    last4: str | None
    digits: int

    @override
    def __repr__(self) -> str:
        return f"MaskedPan({str(self)!r})"

    @override
    def __str__(self) -> str:
        shown = self.last4 or ""
        return "*" * (self.digits - len(shown)) + shown

    def encode(self) -> bytes:
        """As BMP 22 has it: E for each masked digit, F to fill the last octet (A BMP 22)."""
        nibbles = str(self).replace("*", _MASKED_NIBBLE)
        return bytes.fromhex(nibbles + _FILLER_NIBBLE * (len(nibbles) % 2))


def mask_pan(nibbles: bytes) -> MaskedPan:
    """What may be known of a card number; from the separator D on (track, EF_ID) all is dropped."""
    number = nibbles.hex().partition(_SEPARATOR_NIBBLE)[0].rstrip(_FILLER_NIBBLE)
    last = number[-_LAST_DIGITS:]
    shows = len(number) >= _SHOWABLE_DIGITS_MIN and last.isdecimal()
    return MaskedPan(last if shows else None, len(number))


def mask_text(text: bytes) -> bytes:
    """The text with all but the last four digits of every card number replaced by `*`.

    A card number is 13 to 19 digits with a right check digit (ISO/IEC 7812-1), wherever it
    stands. The length stays the same.
    """
    if _NO_NUMBER_WITHOUT.search(text) is None:
        return text
    masked = bytearray(text)
    for shape in _PRINTED_SHAPES:
        for match in shape.finditer(text):
            start, end = match.span(1)
            digits = [place for place in range(start, end) if text[place : place + 1].isdigit()]
            if has_check_digit([text[place] - ord("0") for place in digits]):
                for place in digits[:-_LAST_DIGITS]:
                    masked[place] = _MASK
    return bytes(masked)


def blank(octets: bytes) -> bytes:
    """As many octets, and nothing left of them."""
    return bytes([_MASK]) * len(octets)
