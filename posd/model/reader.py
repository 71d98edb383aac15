"""A reader as posd knows it: where it is, what it takes, what its terminal said it is."""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Final, TypeAlias, assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from posd.model import closing
from posd.model.attempt import Attempt, AttemptState
from posd.model.closing import Closing, Takings
from posd.model.facts import AttemptKind
from posd.model.quarantine_facts import (
    AttachmentBroken,
    BreakCause,
    ReaderAccepted,
    ReaderQuarantined,
)
from posd.model.reader_facts import (
    ManualCapture,
    OperationUnsupported,
    ReaderDeleted,
    ReaderDisplaced,
    ReaderIdentified,
    ReaderRegistered,
    ReaderReplaced,
    StrangerFound,
    TerminalUsedElsewhere,
    UnsupportedForgotten,
)
from posd_drivers.ability import Operation
from posd_drivers.card_reader import OutcomeProof

_PORT: Final = (
    "(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
)
CONTROL_URL: Final = re.compile(rf"http://(?:127\.0\.0\.1|\[::1\]|localhost):{_PORT}", re.ASCII)
"""Simulated terminals are controlled from their own machine only."""

QuarantineFact: TypeAlias = AttachmentBroken | ReaderQuarantined | ReaderAccepted
LearnedFact: TypeAlias = (
    ReaderIdentified
    | StrangerFound
    | ReaderReplaced
    | ReaderDisplaced
    | OperationUnsupported
    | UnsupportedForgotten
    | TerminalUsedElsewhere
    | ReaderDeleted
)
"""What happens to a reader that is known."""


class Quarantine(Struct, frozen=True):
    """Since when (wall milliseconds) and why posd touches a reader no more; M18.

    `attempt` and `error` as in AttachmentBroken.
    """

    since_ms: int
    cause: BreakCause
    attempt: str | None
    error: str | None


class AcceptAs(Enum):
    """What a stranger is to be, as a person says: the reader's terminal, or a new reader's."""

    REPLACEMENT = "replacement"
    NEW = "new"


class Stranger(Struct, frozen=True):
    """What was found at a reader's address instead of its terminal, and when (wall milliseconds).

    `terminal_id` and `device` as in StrangerFound.
    """

    since_ms: int
    terminal_id: str | None
    device: str | None

    @property
    def name(self) -> str:
        """What a person knows it by."""
        return self.terminal_id or self.device or "without a number"


class Reader(Struct, frozen=True):
    """One attached reader.

    Attributes:
        address: Its URL, e.g. `zvt+serial:///dev/posd/reader-1?baud=9600`; "" once another reader
            has that place. Never a secret.
        declared: Whether the config file says so; then the API cannot change it.
        currency: The one currency it takes, lower-case ISO 4217 (M10).
        control: The control port of its simulated terminal, e.g. `http://127.0.0.1:4711`, or None.
        tips: Whether its terminal lets the cardholder add a tip.
        manual_capture: How it holds a payment for a later capture, or that it does not.
        terminal_id: What its terminal calls itself, or None before the first contact.
        device: Identity of the USB device at its address, or None where none is known.
        stranger: What was found at its address since its terminal last was, or None.
        told_cannot: What its terminal or its make does not do, as told at registration.
        learned_cannot: What its terminal answered that it does not do.
        attempt: Id of the latest attempt at it, or None.
        used_elsewhere_ms: When posd last noticed that somebody else uses its terminal, or None.
        left_at: The receipt number that posd found there then, if no attempt has run since.
        closings_noticed: How often posd found that its receipt numbers had begun anew without it.
        end_of_day: Id of the latest attempt to close its day, or None.
        closing: The latest end of day that is proven, or None.
        takings: What the journal has of its period since then.
        breaks: How often posd broke with it in hand since a dialogue there last came to its end.
        quarantine: Why posd does not touch it, or None.
    """

    id: str
    address: str
    label: str
    location: str | None
    currency: str
    declared: bool
    livemode: bool
    registered_ms: int
    simulated: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)
    control: str | None = None
    manual_capture: ManualCapture = ManualCapture.REFUSE
    tips: bool = False
    terminal_id: str | None = None
    device: str | None = None
    stranger: Stranger | None = None
    outcome_proof: OutcomeProof = OutcomeProof.NONE
    told_cannot: tuple[Operation, ...] = ()
    learned_cannot: tuple[Operation, ...] = ()
    used_elsewhere_ms: int | None = None
    left_at: int | None = None
    closings_noticed: int = 0
    attempt: str | None = None
    end_of_day: str | None = None
    closing: Closing | None = None
    takings: Takings = Takings()
    deleted: bool = False
    breaks: int = 0
    quarantine: Quarantine | None = None

    @property
    def cannot(self) -> frozenset[Operation]:
        """What is known not to work at it; the rest is tried."""
        return frozenset((*self.told_cannot, *self.learned_cannot))


def register(known: Reader | None, fact: ReaderRegistered, at_ms: int, *, livemode: bool) -> Reader:
    """The reader as it is declared or registered; at another place it may be another terminal."""
    same = known if known is not None and known.address == fact.address else None
    return Reader(
        id=fact.reader,
        address=fact.address,
        label=fact.label,
        location=fact.location,
        currency=fact.currency,
        declared=fact.declared,
        livemode=livemode,
        registered_ms=known.registered_ms if known else at_ms,
        simulated=fact.simulated,
        metadata=fact.metadata,
        control=fact.control,
        manual_capture=fact.manual_capture,
        tips=fact.tips,
        terminal_id=same.terminal_id if same else None,
        device=same.device if same else None,
        stranger=same.stranger if same else None,
        outcome_proof=same.outcome_proof if same else OutcomeProof.NONE,
        told_cannot=same.told_cannot if same else (),
        learned_cannot=same.learned_cannot if same else (),
        closings_noticed=known.closings_noticed if known else 0,
        attempt=known.attempt if known else None,
        end_of_day=same.end_of_day if same else None,
        closing=same.closing if same else None,
        takings=same.takings if same else Takings(),
        breaks=known.breaks if known else 0,
        quarantine=known.quarantine if known else None,
    )


def learn(reader: Reader, fact: LearnedFact, at_ms: int) -> Reader:
    """The reader after one more fact about the terminal at its address."""
    match fact:
        case ReaderIdentified():
            learned = _identified(reader, fact)
        case StrangerFound(_, terminal_id, device):
            learned = replace(reader, stranger=Stranger(at_ms, terminal_id, device))
        case ReaderReplaced(_, terminal_id, device):
            learned = _begun_anew(reader, terminal_id, device)
        case ReaderDisplaced():
            learned = replace(reader, address="", device=None, stranger=None)
        case OperationUnsupported(_, operation):
            learned = replace(reader, learned_cannot=(*reader.learned_cannot, operation))
        case UnsupportedForgotten():
            learned = replace(reader, learned_cannot=())
        case TerminalUsedElsewhere(_, last, began_anew):
            closings = reader.closings_noticed + began_anew
            used = replace(reader, used_elsewhere_ms=at_ms, left_at=last.receipt)
            learned = replace(used, closings_noticed=closings)
        case ReaderDeleted():
            learned = replace(reader, deleted=True)
        case _:
            assert_never(fact)
    return learned


def _identified(reader: Reader, fact: ReaderIdentified) -> Reader:
    same = (reader.terminal_id, reader.told_cannot) == (fact.terminal_id, fact.cannot)
    return replace(
        reader,
        terminal_id=fact.terminal_id,
        device=fact.device,
        stranger=None,
        outcome_proof=fact.outcome_proof,
        told_cannot=fact.cannot,
        learned_cannot=reader.learned_cannot if same else (),
    )


def _begun_anew(reader: Reader, terminal_id: str | None, device: str | None) -> Reader:
    """The reader with another terminal, of which nothing is known yet."""
    return replace(
        reader,
        terminal_id=terminal_id,
        device=device,
        stranger=None,
        outcome_proof=OutcomeProof.NONE,
        told_cannot=(),
        learned_cannot=(),
        used_elsewhere_ms=None,
        left_at=None,
        attempt=None,
        end_of_day=None,
        closing=None,
        takings=Takings(),
        breaks=0,
    )


def made(reader: Reader, attempt: Attempt) -> bool:
    """Whether the terminal that the reader has now made this attempt, whichever reader it was then.

    One that tells no id cannot be told from another at the same reader.
    """
    ids = (attempt.baseline.terminal_id, reader.terminal_id)
    return attempt.reader == reader.id if None in ids else ids[0] == ids[1]


def judge(reader: Reader, fact: QuarantineFact, at_ms: int) -> Reader:
    """The reader after one more fact about posd's hold on it (M18)."""
    match fact:
        case AttachmentBroken():
            return replace(reader, breaks=reader.breaks + 1)
        case ReaderQuarantined(_, cause, attempt, error):
            return replace(reader, quarantine=Quarantine(at_ms, cause, attempt, error))
        case ReaderAccepted():
            return replace(reader, breaks=0, quarantine=None)
        case _:
            assert_never(fact)


def follow(reader: Reader, attempt: Attempt, original: Attempt | None) -> Reader:
    """The reader after an attempt at it began, or was approved; `original` is what that builds on.

    Whatever else becomes of an attempt changes nothing at its reader; nor does one of a terminal
    that has been replaced since.
    """
    closes = attempt.kind is AttemptKind.END_OF_DAY
    match attempt.state:
        case AttemptState.STARTED:
            end_of_day = attempt.id if closes else reader.end_of_day
            return replace(reader, attempt=attempt.id, end_of_day=end_of_day, left_at=None)
        case _ if not made(reader, attempt):
            return reader
        case AttemptState.APPROVED if closes:
            closed, begun = closing.close(reader.takings, attempt)
            return replace(reader, closing=closed, takings=begun)
        case AttemptState.APPROVED:
            return replace(reader, takings=closing.book(reader.takings, attempt, original))
        case _:
            return reader
