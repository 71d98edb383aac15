"""What a message says, in the manual's words: the remarks beside a dialogue's octets."""

from posd_drivers.zvt.codes import intermediate_text, result_text, terminal_status_text
from posd_drivers.zvt.messages import (
    AbortMessage,
    Completion,
    IntermediateStatus,
    Message,
    NotAcknowledged,
    Other,
    StatusEnquiryCompletion,
    StatusInformation,
)


def remark(message: Message) -> str:
    """One line: what it is, and what its code means; nothing of card, money or password."""
    name = type(message).__name__
    text = result_text
    match message:
        case Completion() if message.goes_away:
            return f"{name}: goes away to update or to restart"
        case StatusInformation(fields) | Completion(fields):
            code = fields.result
        case AbortMessage(code):
            pass
        case NotAcknowledged():
            code = message.reason
        case IntermediateStatus(code):
            text = intermediate_text
        case StatusEnquiryCompletion(code):
            text = terminal_status_text
        case Other(control):
            return f"{name}: {control >> 8:02X} {control & 0xFF:02X}"
        case _:
            return name
    return name if code is None else f"{name}: {text(code)}"
