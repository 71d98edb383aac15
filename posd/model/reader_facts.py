"""What can happen to an attached reader, beside its attempts."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeAlias

from msgspec import Struct, field

from posd_drivers.ability import Operation
from posd_drivers.card_reader import OutcomeProof, Transaction


class ManualCapture(Enum):
    """What a reader does with a PaymentIntent that is to be held first and captured later."""

    REFUSE = "refuse"
    PREAUTH = "preauth"
    SALE_THEN_REVERSE = "sale_then_reverse"


class ReaderRegistered(Struct, frozen=True):
    """A reader is known under this id. `declared` readers come from the config file.

    `control` is where a simulated reader's terminal takes its cards from tests, or None.
    """

    reader: str
    address: str
    label: str
    location: str | None
    currency: str
    declared: bool
    simulated: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)
    control: str | None = None
    manual_capture: ManualCapture = ManualCapture.REFUSE
    tips: bool = False


class ReaderDeleted(Struct, frozen=True):
    """The reader takes no payment from here on; its address is free, its id never used again."""

    reader: str


class ReaderIdentified(Struct, frozen=True):
    """The terminal at the reader's address said who it is and what it can prove.

    `cannot`, in the order of its words, is what it or its make is known not to do. What another
    terminal's answers taught (OperationUnsupported) no longer counts. `device` is the identity of
    the USB device at its address, e.g. `0b00:0081/SERIAL`, or None where there is none.
    """

    reader: str
    terminal_id: str | None
    outcome_proof: OutcomeProof
    cannot: tuple[Operation, ...] = ()
    device: str | None = None


class StrangerFound(Struct, frozen=True):
    """Not the reader's terminal is at its address, but one that no reader of posd has.

    `terminal_id` is None where it was not asked: an unknown device gets no octet. `device` is as in
    ReaderIdentified.
    """

    reader: str
    terminal_id: str | None
    device: str | None = None


class ReaderReplaced(Struct, frozen=True):
    """A person says, with a reason, that what was found is the reader's terminal from here on.

    Id, label, location and metadata stay the reader's. What the old terminal was, took and left
    open stays with it: it is known by the terminal id in each attempt's baseline.
    """

    reader: str
    terminal_id: str | None
    device: str | None
    reason: str


class ReaderDisplaced(Struct, frozen=True):
    """A person says, with a reason, that what was found is a reader of its own, `by`.

    It has the address; this reader keeps its terminal, wherever that is.
    """

    reader: str
    by: str
    reason: str


class OperationUnsupported(Struct, frozen=True):
    """The terminal answered that it does not do this; it is not asked for it again."""

    reader: str
    operation: Operation


class UnsupportedForgotten(Struct, frozen=True):
    """A technician may have changed the terminal: what it once refused to do is tried again."""

    reader: str


class TerminalUsedElsewhere(Struct, frozen=True):
    """The terminal's last transaction is none of posd's: by hand, or by another program (M5).

    `began_anew`: its receipt numbers went back, so that its day was closed, too.
    """

    reader: str
    last: Transaction
    began_anew: bool = False


ReaderFact: TypeAlias = (
    ReaderRegistered
    | ReaderIdentified
    | StrangerFound
    | ReaderReplaced
    | ReaderDisplaced
    | OperationUnsupported
    | UnsupportedForgotten
    | TerminalUsedElsewhere
    | ReaderDeleted
)
