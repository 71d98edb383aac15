"""Messages as no revision of the standard describes them, on order."""

from posd_drivers.zvt.apdu import Apdu
from posd_simulator.terminal import status
from posd_simulator.terminal.faults import CardTold, EmptyAbort, Faults, UnknownBmp, UnknownStatus

UNDEFINED_BMP = b"\xee\x00"
UNDEFINED_STATUS = b"\x7f"
TRACK_2, TRACK_1, TEXT = b"\x23", b"\x2d", b"\x3c"
AFTER_THE_NUMBER = "D30122010000000000"
"""Of track 2 (ISO/IEC 7813): separator, expiry, service code, what the issuer likes."""


def as_ordered(message: Apdu, faults: Faults) -> Apdu:
    """The message, or what was ordered to stand in its place."""
    if message.control == status.STATUS_INFORMATION and (told := faults.use(CardTold)):
        return Apdu(message.control, message.body + _whole_card(told.number))
    match message.control:
        case status.STATUS_INFORMATION if faults.use(UnknownBmp):
            return Apdu(message.control, message.body + UNDEFINED_BMP)
        case status.INTERMEDIATE_STATUS if faults.use(UnknownStatus):
            return Apdu(message.control, UNDEFINED_STATUS)
        case status.ABORTED if faults.use(EmptyAbort):
            return Apdu(message.control)
        case _:
            return message


def _whole_card(number: str) -> bytes:
    """Tracks 2 and 1, and a text with the number in fours; two and three digits of length."""
    nibbles = number + AFTER_THE_NUMBER
    track_2 = bytes.fromhex(nibbles + "F" * (len(nibbles) % 2))
    track_1 = f"B{number}^CARDHOLDER/A^3012201".encode()
    fours = " ".join(number[at : at + 4] for at in range(0, len(number), 4)).encode()
    return (
        (TRACK_2 + _length(track_2, 2) + track_2)
        + (TRACK_1 + _length(track_1, 2) + track_1)
        + (TEXT + _length(fours, 3) + fours)
    )


def _length(octets: bytes, digits: int) -> bytes:
    """LLVAR, LLLVAR: a digit in each octet, behind an F."""
    return bytes(0xF0 | int(digit) for digit in f"{len(octets):0{digits}}")
