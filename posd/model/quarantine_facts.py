"""What can happen to posd's hold on a reader that breaks it (M18); part of the union of facts."""

from enum import Enum

from msgspec import Struct


class BreakCause(Enum):
    """What ended posd's hold on a reader, other than the reader's going away.

    INTERRUPTED: the process ended with an attempt in hand there, whatever ended it.
    BUG: the attachment's task failed over what nobody foresaw.
    """

    INTERRUPTED = "interrupted"
    BUG = "posd_failed"


class AttachmentBroken(Struct, frozen=True):
    """posd, or its attachment alone, broke with this reader in hand.

    `attempt` is the one that was in dialogue, or None. `error` is the type of the exception and
    never its text, which could quote what a card said; None where nobody was left to catch one.
    """

    reader: str
    cause: BreakCause
    attempt: str | None = None
    error: str | None = None


class ReaderQuarantined(Struct, frozen=True):
    """posd touches this reader no more until a person accepts it. The evidence is the last break's.

    Its fields are those of AttachmentBroken.
    """

    reader: str
    cause: BreakCause
    attempt: str | None = None
    error: str | None = None


class ReaderAccepted(Struct, frozen=True):
    """A person takes a quarantined reader back, with a reason; nothing is held against it now."""

    reader: str
    reason: str
