"""What a real dialogue gives away, taken out of its octets, so that it can be shown to anybody.

Every octet that is changed is changed in its place, so that lengths stay right. Of a card number
the last four digits stay, as everywhere in posd. Rewritten are: card numbers, tracks and whatever
else is on a card, wherever they stand; passwords; the terminal's id and the number of the
acquirer's contract; and what nobody can read, or has no row in a table, since it might be any of
these. Names and addresses on receipts stay: they are texts like others.
"""

import re
from collections.abc import Iterable
from enum import Enum
from typing import assert_never

from msgspec import Struct

from posd_drivers.card_numbers import masked
from posd_drivers.zvt.coding import Coding
from posd_drivers.zvt.masking import blank, mask_text
from posd_drivers.zvt.parts import UNREADABLE, Part, parts_of

CARD_DIGITS_MIN = 12
IDENTITY_CHARACTERS_MIN = 5
"""A shorter identity is not looked for in texts: it would be found everywhere."""
STAND_IN = "9"
"""Each digit of an identity."""

_SHOWN_DIGITS = 4
_SEPARATORS = r"[ .-]{0,2}"
_TRACKS = frozenset({"track_1", "track_2", "track_3"})
_TRACK_NUMBER = re.compile(rb"[0-9]{12,19}")


class Speaker(Enum):
    """Whose turn it was."""

    ECR = "ECR"
    PT = "PT"


class Spoken(Struct, frozen=True):
    """One APDU on the line, bare.

    Attributes:
        pending: The control field of the command that ran, which may be this one.
    """

    speaker: Speaker
    apdu: bytes
    pending: int


class Identities(Struct, frozen=True):
    """What must be found wherever it stands in a capture; none of it is ever printed.

    Attributes:
        card_numbers: Digits of every card number that came unmasked.
        others: Terminal ids and contract numbers.
    """

    card_numbers: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()


class Rewritten(Struct, frozen=True):
    """An APDU that can be shown, as long as it was; `lost` counts octets nobody could read."""

    apdu: bytes
    lost: int = 0


def identities_of(spoken: Iterable[Spoken]) -> Identities:
    """Who takes part in a dialogue, as told in the fields that are there for it."""
    cards: set[str] = set()
    others: set[str] = set()
    for one in spoken:
        for part in parts_of(one.apdu, one.pending):
            value = one.apdu[part.start : part.end]
            if part.coding is Coding.PAN or part.name in _TRACKS:
                cards |= _card_numbers(value)
            elif part.name == "terminal_id":
                others.add(value.hex())
            elif part.name == "contract":
                others.add(value.decode("ascii", "replace").strip(" \0"))
    return Identities(frozenset(cards), frozenset(other for other in others if _is_telling(other)))


def rewritten(spoken: Spoken, known: Identities) -> Rewritten:
    """The APDU without what it gives away."""
    octets = bytearray(spoken.apdu)
    lost = 0
    for part in parts_of(spoken.apdu, spoken.pending):
        span = slice(part.start, part.end)
        octets[span] = _value(part, bytes(octets[span]), known)
        lost += part.end - part.start if part.name == UNREADABLE else 0
    return Rewritten(_swept(bytes(octets), known), lost)


def _value(part: Part, value: bytes, known: Identities) -> bytes:
    match part.name:
        case "password":
            return bytes(len(value))
        case "terminal_id":
            return bytes.fromhex(STAND_IN * 2 * len(value))
        case "contract":
            return re.sub(rb"[0-9A-Za-z]", STAND_IN.encode(), value)
        case _:
            return _by_coding(part.coding, value, known)


def _by_coding(coding: Coding, value: bytes, known: Identities) -> bytes:
    match coding:
        case Coding.PAN:
            return _masked_number(value)
        case Coding.CARD:
            return blank(value)
        case Coding.TEXT:
            return _wholly_masked(mask_text(_without_identities(value, known)))
        case Coding.BCD | Coding.NIBBLES | Coding.OCTETS | Coding.CURRENCY | Coding.OBJECTS:
            return value
        case _:
            assert_never(coding)


def _masked_number(nibbles: bytes) -> bytes:
    """BMP 22: E for each digit but the last four of the number; what follows a D goes too."""
    number, separator, rest = nibbles.hex().partition("d")
    digits = len(number.rstrip("f"))
    shown = _SHOWN_DIGITS if digits >= CARD_DIGITS_MIN else 0
    masked = re.sub("[0-9]", "e", number[: digits - shown]) + number[digits - shown :]
    return bytes.fromhex(masked + separator + re.sub("[0-9]", "e", rest))


def _without_identities(text: bytes, known: Identities) -> bytes:
    for number in sorted(known.card_numbers):
        text = re.sub(_SEPARATORS.join(number).encode(), _masked_text, text)
    for other in sorted(known.others, key=len, reverse=True):
        text = text.replace(other.encode(), STAND_IN.encode() * len(other))
    return text


def _wholly_masked(text: bytes) -> bytes:
    """The wide net over the codec's; one octet is one character, whatever the character set."""
    return masked(text.decode("latin-1")).encode("latin-1")


def _masked_text(found: re.Match[bytes]) -> bytes:
    hidden, shown = found[0][:-_SHOWN_DIGITS], found[0][-_SHOWN_DIGITS:]
    return re.sub(rb"[0-9]", b"*", hidden) + shown


def _swept(octets: bytes, known: Identities) -> bytes:
    """Without the known card numbers as nibbles, wherever a terminal has put them."""
    nibbles = octets.hex()
    for number in sorted(known.card_numbers):
        nibbles = nibbles.replace(number, "e" * (len(number) - 4) + number[-4:])
    return _without_identities(bytes.fromhex(nibbles), Identities(known.card_numbers))


def _card_numbers(value: bytes) -> set[str]:
    """The number in a field of a card: as nibbles, or as the text of track 1."""
    number = value.hex().partition("d")[0].rstrip("f")
    as_text = {found.decode() for found in _TRACK_NUMBER.findall(value)}
    is_one = number.isdecimal() and len(number) >= CARD_DIGITS_MIN
    return as_text | ({number} if is_one else set())


def _is_telling(identity: str) -> bool:
    return len(identity) >= IDENTITY_CHARACTERS_MIN and set(identity) - set("0 ") != set()
