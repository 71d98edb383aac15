"""What both kinds of dialogue share: the ECR's timers, its standing answers, reading a message."""

from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from posd_drivers.errors import CodecError
from posd_drivers.session import Effect, Send, SetTimer
from posd_drivers.zvt.apdu import decode_apdu
from posd_drivers.zvt.codes import (
    COMPLETION_RESTART,
    COMPLETION_UPDATE,
    RESULT_OK,
    RESULT_PARSE_ERROR,
    RESULT_UNSUPPORTED,
)
from posd_drivers.zvt.messages import (
    Acknowledged,
    Completion,
    IntermediateStatus,
    Message,
    NotAcknowledged,
    PrintLine,
    PrintTextBlock,
    decode,
    encode,
)

T3_S = 5.0
T4_S = 180.0
SECONDS_A_MINUTE = 60.0

GOOD = Acknowledged()
NOT_SUPPORTED = NotAcknowledged(RESULT_UNSUPPORTED)
NOT_UNDERSTOOD = NotAcknowledged(RESULT_PARSE_ERROR)

_DONE = frozenset({RESULT_OK, COMPLETION_UPDATE, COMPLETION_RESTART})


class Timer(Enum):
    """The dialogue's timers."""

    T3 = "T3"
    T4 = "T4"
    DECISION = "decision"
    GUARD = "guard after an error"
    ABORT = "answer to an abort"


class Timing(Struct, frozen=True):
    """T3 and T4 in seconds (T 3.3)."""

    t3_s: float = T3_S
    t4_s: float = T4_S

    def t4_after(self, message: IntermediateStatus) -> float:
        """Each intermediate status starts T4 anew and may give it another length, in minutes."""
        return message.minutes * SECONDS_A_MINUTE if message.minutes else self.t4_s


class Unreadable(Struct, frozen=True):
    """A message that arrived whole and makes no sense.

    Attributes:
        control: Its control field; None if not even that can be told.
    """

    control: int | None


Incoming: TypeAlias = Message | Unreadable

_FOR_EYES_ONLY = frozenset({IntermediateStatus.control, PrintLine.control, PrintTextBlock.control})


def read(octets: bytes, pending: int) -> Incoming:
    """The message in one APDU; `pending` is the command that runs."""
    control = None
    try:
        apdu = decode_apdu(octets)
        control = apdu.control
        return decode(apdu, pending)
    except CodecError:
        return Unreadable(control)


def is_harmless(message: Unreadable) -> bool:
    """Whether only a text for people was lost with it."""
    return message.control in _FOR_EYES_ONLY


def failure(completion: Completion) -> int | None:
    """The result that contradicts it; None if the command was carried out.

    Some tell with it that they will be gone for minutes (zvt.md 8.3), some a wrong password (11.1).
    """
    result = completion.fields.result
    return None if result is None or result in _DONE else result


def say(message: Message) -> Send:
    """The effect of sending this message."""
    return Send(encode(message).encode())


def clear(*timers: Timer) -> list[Effect]:
    """The effects of stopping these timers."""
    return [SetTimer(timer, None) for timer in timers]
