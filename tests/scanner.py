"""Looks for what may be nowhere: planted secrets in any spelling, and whatever is a card number.

Works on octets, so that it makes no difference whether a place is a database, a log or a page.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from posd_drivers.card_numbers import has_check_digit

GROUPS: Final = (" ", "-", ".", "  ")
CARD: Final = re.compile(rb"(?<![0-9A-Za-z._+/=-])[2-6][0-9]{12,18}(?![0-9A-Za-z_+/=])")
"""13 to 19 digits that begin as an issuer's do (ISO/IEC 7812-1: 2 to 6) and stand alone; a time in
milliseconds begins with 1."""
LONG_DIGITS: Final = 12
"""Fewer digits stand by chance within times and hashes: they are looked for alone, and plain."""
ALONE: Final = rb"(?<![0-9A-Fa-f])%s(?![0-9A-Fa-f])"


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something that must not be there: what, where, and with which octets around it."""

    what: str
    place: str
    around: bytes


def sightings(
    places: Mapping[str, bytes], canaries: Mapping[str, str], known: Iterable[bytes] = ()
) -> list[Sighting]:
    """Every canary and every card number in these places.

    Args:
        places: What is looked through, by its name.
        canaries: What was planted, by its name.
        known: Numbers with a right check digit that are no card's.
    """
    found = []
    for place, octets in places.items():
        for what, canary in canaries.items():
            found += [_seen(what, place, octets, at) for at in _planted(octets, canary)]
        found += [
            _seen("card number", place, octets, match.start())
            for match in CARD.finditer(octets)
            if match[0] not in known
            and has_check_digit([int(digit) for digit in match[0].decode()])
        ]
    return found


def _planted(octets: bytes, canary: str) -> Iterator[int]:
    if canary.isdecimal() and len(canary) < LONG_DIGITS:
        yield from (match.start() for match in re.finditer(ALONE % canary.encode(), octets))
        return
    for spelling in spellings(canary):
        at = octets.find(spelling)
        if at >= 0:
            yield at


def spellings(canary: str) -> set[bytes]:
    """How a secret may be written: plain, as hexadecimal, in base64; digits grouped or packed."""
    plain = canary.encode()
    told = {plain, plain.hex().encode(), plain.hex().upper().encode(), canary.encode("utf-16-le")}
    for before in range(3):
        # Of base64 the ends depend on the neighbours: what is left is the same wherever it stands.
        whole = base64.b64encode(bytes(before) + plain)
        told.add(whole[4 if before else 0 : len(whole) - 4])
    if canary.isdecimal():
        fours = [canary[at : at + 4] for at in range(0, len(canary), 4)]
        told |= {separator.join(fours).encode() for separator in GROUPS}
        told.add(bytes.fromhex(canary + "f" * (len(canary) % 2)))
    return told


def _seen(what: str, place: str, octets: bytes, at: int) -> Sighting:
    return Sighting(what, place, octets[max(0, at - 40) : at + 60])
