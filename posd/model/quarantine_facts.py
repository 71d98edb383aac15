"""What can happen to posd's hold on a reader that breaks it (M18); part of the union of facts."""

from dataclasses import dataclass
from enum import Enum


class BreakCause(Enum):
    """What ended posd's hold on a reader, other than the reader's going away.

    INTERRUPTED: the process ended with an attempt in hand there, whatever ended it.
    BUG: the attachment's task failed over what nobody foresaw.
    """

    INTERRUPTED = "interrupted"
    BUG = "posd_failed"


@dataclass(frozen=True, slots=True)
class AttachmentBroken:
    """posd, or its attachment alone, broke with this reader in hand.

    `attempt` is the one that was in dialogue, or None. `error` is the type of the exception and
    never its text, which could quote what a card said; None where nobody was left to catch one.
    """

    reader: str
    cause: BreakCause
    attempt: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ReaderQuarantined:
    """posd touches this reader no more until a person accepts it. The evidence is the last break's.

    Its fields are those of AttachmentBroken.
    """

    reader: str
    cause: BreakCause
    attempt: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ReaderAccepted:
    """A person takes a quarantined reader back, with a reason; nothing is held against it now."""

    reader: str
    reason: str
