"""What a command that moves money can come to, and which results of the terminal mean what."""

from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from posd_drivers.card_reader import AbortCause, Receipt
from posd_drivers.zvt.codes import HOST_RESULTS, RESULT_PLEASE_WAIT
from posd_drivers.zvt.messages import StatusInformation

RESULT_RECEIVER_NOT_READY = 0xA0
BUSY_RESULTS = frozenset({RESULT_PLEASE_WAIT, RESULT_RECEIVER_NOT_READY})
DECLINE_RESULTS = frozenset(
    {
        *HOST_RESULTS,
        *(0x64, 0x65, 0x67, 0x68, 0x6E, 0x71, 0x72, 0x73, 0x76),
        *(0x78, 0x79, 0x7A, 0x7B, 0x7C, 0x7E, 0xD2, 0xEA),
    }
)
"""Results of the issuer (decimal 1 to 99) or of the card, not of the terminal (zvt.md 12.2)."""


class Doubt(Enum):
    """Why an outcome is unknown."""

    LINK_LOST = "link_lost"
    NO_ANSWER = "no_answer"
    SILENCE = "silence"
    SILENCE_AFTER_ERROR = "silence_after_error"
    BUSY = "busy"
    OUT_OF_TURN = "out_of_turn"
    UNREADABLE = "unreadable"
    DECISION_LATE = "decision_late"
    NOT_ACCEPTED = "not_accepted"
    NOT_DURABLE = "not_durable"
    COMPLETED_WITHOUT_APPROVAL = "completed_without_approval"
    COMPLETED_WITH_ERROR = "completed_with_error"


class CommandAccepted(Struct, frozen=True):
    """Progress: the terminal answered the command with 80 00."""


class PositiveStatus(Struct, frozen=True):
    """To decide: a status information with result 00, not final yet."""

    status: StatusInformation


class Printed(Struct, frozen=True):
    """To decide: receipts that are whole, with a message that is not answered yet."""

    receipts: tuple[Receipt, ...]


class Approval(Struct, frozen=True):
    """To decide, and an outcome: the completion that followed an accepted positive status.

    Attributes:
        status: The status information.
        receipts: What was begun and never cut; whole ones were `Printed`.
    """

    status: StatusInformation
    receipts: tuple[Receipt, ...]


class Decline(Struct, frozen=True):
    """An outcome: no money moved, because of the card or its issuer.

    Attributes:
        code: The terminal's last word on it.
        status: The last status information, if there was any.
        receipts: As in `Approval`.
    """

    code: int
    status: StatusInformation | None
    receipts: tuple[Receipt, ...]


class Stopped(Struct, frozen=True):
    """An outcome: no money moved, because somebody or the terminal stopped it."""

    code: int
    cause: AbortCause


class Unknown(Struct, frozen=True):
    """An outcome: money may have moved."""

    doubt: Doubt


class Unsent(Struct, frozen=True):
    """An outcome: not one octet of the command left."""


Outcome: TypeAlias = Approval | Decline | Stopped | Unknown | Unsent


def tells_an_error(status: StatusInformation | None) -> bool:
    """Whether it names an error of its make (1F16), although its result may be 00 (H5000, 8.1)."""
    error = None if status is None else status.fields.vendor_error_code
    return error is not None and error.strip("0") != ""
