"""Messages as no revision of the standard describes them, on order."""

from posd_drivers.zvt.apdu import Apdu
from posd_simulator.terminal import status
from posd_simulator.terminal.faults import EmptyAbort, Faults, UnknownBmp, UnknownStatus

UNDEFINED_BMP = b"\xee\x00"
UNDEFINED_STATUS = b"\x7f"


def as_ordered(message: Apdu, faults: Faults) -> Apdu:
    """The message, or what was ordered to stand in its place."""
    match message.control:
        case status.STATUS_INFORMATION if faults.use(UnknownBmp):
            return Apdu(message.control, message.body + UNDEFINED_BMP)
        case status.INTERMEDIATE_STATUS if faults.use(UnknownStatus):
            return Apdu(message.control, UNDEFINED_STATUS)
        case status.ABORTED if faults.use(EmptyAbort):
            return Apdu(message.control)
        case _:
            return message
