"""All that till (ECR) and terminal (PT) say to each other, as one closed union.

The front door of the grammar: `encode` and `decode` are the only ways out and in. Both directions
of every message do both, for the simulated terminal speaks the same grammar. What has no class
here is `Other`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from posd_drivers.zvt.administration_commands import (
    Abort,
    Diagnosis,
    DisplayText,
    EndOfDay,
    Initialisation,
    LogOff,
    Registration,
    Reset,
    SendOfflineTransactions,
    SetDateAndTime,
    SetLanguage,
    SoftwareUpdate,
)
from posd_drivers.zvt.apdu import Apdu
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.enquiry_commands import (
    RepeatReceipt,
    ReprintReceipts,
    SendTurnoverTotals,
    StatusEnquiry,
)
from posd_drivers.zvt.payment_commands import (
    Authorisation,
    BookTip,
    BookTotal,
    PartialReversal,
    Preauthorisation,
    PreauthorisationEnquiry,
    PreauthorisationReversal,
    Refund,
    Reversal,
)
from posd_drivers.zvt.printing import PrintedLine, PrintLine, PrintTextBlock
from posd_drivers.zvt.reports import (
    AbortMessage,
    Completion,
    IntermediateStatus,
    SetDateAndTimeInEcr,
    StatusEnquiryCompletion,
    StatusInformation,
)

__all__ = [
    "Abort",
    "AbortMessage",
    "Acknowledged",
    "Authorisation",
    "BookTip",
    "BookTotal",
    "Command",
    "Completion",
    "Diagnosis",
    "DisplayText",
    "EndOfDay",
    "Initialisation",
    "IntermediateStatus",
    "LogOff",
    "Message",
    "NotAcknowledged",
    "Other",
    "PartialReversal",
    "Preauthorisation",
    "PreauthorisationEnquiry",
    "PreauthorisationReversal",
    "PrintLine",
    "PrintTextBlock",
    "PrintedLine",
    "Refund",
    "Registration",
    "RepeatReceipt",
    "ReprintReceipts",
    "Reset",
    "Reversal",
    "SendOfflineTransactions",
    "SendTurnoverTotals",
    "SetDateAndTime",
    "SetDateAndTimeInEcr",
    "SetLanguage",
    "SoftwareUpdate",
    "StatusEnquiry",
    "StatusEnquiryCompletion",
    "StatusInformation",
    "decode",
    "encode",
]

_ANSWER_CLASS_NO = 0x84
_REGISTRATION_REFUSED = 0x1E


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """80 00, both: heard, and good. 84 00 says the same and is read as this.

    Attributes:
        body: What a few answers carry (keys pressed, files); never printed.
    """

    control: ClassVar[int] = 0x8000
    body: bytes = field(default=b"", repr=False)

    def encode_body(self) -> bytes:
        """Usually nothing."""
        return self.body

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "Acknowledged":
        """Anything."""
        return cls(cursor.rest())


@dataclass(frozen=True, slots=True)
class NotAcknowledged:
    """84 xx, both: heard, and no.

    Attributes:
        code: A result code, never 00.
        body: What a few codes carry, e.g. the amount really issued (9D); never printed.
    """

    code: int
    body: bytes = field(default=b"", repr=False)

    @property
    def control(self) -> int:
        """84 and the code."""
        return 0x8400 | self.code

    @property
    def reason(self) -> int:
        """The code, or the one in the body where 84 1E refuses a registration."""
        return self.body[0] if self.code == _REGISTRATION_REFUSED and self.body else self.code

    def encode_body(self) -> bytes:
        """Usually nothing."""
        return self.body


@dataclass(frozen=True, slots=True)
class Other:
    """Any other command or message.

    Attributes:
        control: Its control field.
        body: Not understood, so possibly card data: never printed.
    """

    control: int
    body: bytes = field(default=b"", repr=False)

    def encode_body(self) -> bytes:
        """As it was."""
        return self.body


Command: TypeAlias = (
    Authorisation
    | Preauthorisation
    | PartialReversal
    | BookTotal
    | PreauthorisationReversal
    | Reversal
    | Refund
    | BookTip
    | Registration
    | LogOff
    | StatusEnquiry
    | RepeatReceipt
    | ReprintReceipts
    | SendTurnoverTotals
    | PreauthorisationEnquiry
    | EndOfDay
    | SendOfflineTransactions
    | Diagnosis
    | Initialisation
    | SetDateAndTime
    | SetLanguage
    | SoftwareUpdate
    | DisplayText
    | Reset
    | Abort
)
Message: TypeAlias = (
    Command
    | Acknowledged
    | NotAcknowledged
    | StatusInformation
    | IntermediateStatus
    | SetDateAndTimeInEcr
    | Completion
    | StatusEnquiryCompletion
    | AbortMessage
    | PrintLine
    | PrintTextBlock
    | Other
)

_DECODERS: dict[int, Callable[[Cursor], Message]] = {
    message.control: message.decode_body
    for message in (
        Registration,
        Authorisation,
        LogOff,
        BookTip,
        SendTurnoverTotals,
        ReprintReceipts,
        Reset,
        RepeatReceipt,
        Preauthorisation,
        PartialReversal,
        BookTotal,
        PreauthorisationReversal,
        Reversal,
        Refund,
        EndOfDay,
        SendOfflineTransactions,
        Diagnosis,
        SetDateAndTime,
        Initialisation,
        Abort,
        DisplayText,
        StatusEnquiry,
        SoftwareUpdate,
        SetLanguage,
        SetDateAndTimeInEcr,
        StatusInformation,
        IntermediateStatus,
        Completion,
        AbortMessage,
        PrintLine,
        PrintTextBlock,
        Acknowledged,
    )
}


def encode(message: Message) -> Apdu:
    """The APDU. Raises Unsupported if its currency has no number."""
    return Apdu(message.control, message.encode_body())


def decode(apdu: Apdu, pending: int | None = None) -> Message:
    """The message, card data masked.

    `pending` is the control field of the command that runs: a status enquiry's completion cannot
    be told from any other by its octets. Raises Malformed, its offset counted in the body.
    """
    if apdu.control == StatusEnquiryCompletion.control and pending == StatusEnquiry.control:
        return StatusEnquiryCompletion.decode_body(Cursor(apdu.body))
    answer_class, code = divmod(apdu.control, 0x100)
    if answer_class == _ANSWER_CLASS_NO and code:
        return NotAcknowledged(code, apdu.body)
    if answer_class == _ANSWER_CLASS_NO:
        return Acknowledged(apdu.body)
    decode_body = _DECODERS.get(apdu.control)
    return Other(apdu.control, apdu.body) if decode_body is None else decode_body(Cursor(apdu.body))
