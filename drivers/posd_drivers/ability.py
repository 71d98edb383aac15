"""What a reader can be asked to do, and what it wants before it does anything."""

from enum import Enum

from msgspec import Struct


class Operation(Enum):
    """What posd can ask of a reader, where not every reader can do it."""

    REFUND = "refund"
    REVERSAL = "reversal"
    PREAUTHORISATION = "preauthorisation"
    CAPTURE = "capture"
    END_OF_DAY = "end_of_day"
    TOTALS = "totals"
    LAST_TRANSACTION = "last_transaction"
    ABORT = "abort"
    RESTART = "restart"
    DIAGNOSIS = "diagnosis"
    SET_CLOCK = "set_clock"
    SEND_OFFLINE = "send_offline"
    REPRINT = "reprint"


class Need(Enum):
    """What a terminal that is not ready wants."""

    WAIT = "wait"
    END_OF_DAY = "end_of_day"
    INITIALISATION = "initialisation"
    DIAGNOSIS = "diagnosis"
    CLOCK = "clock"
    UPDATE = "update"
    CARD_REMOVED = "card_removed"
    TECHNICIAN = "technician"


class Readiness(Struct, frozen=True):
    """What an idle terminal says of itself.

    Attributes:
        ready: Whether it would take a payment now.
        status: Its raw status code, or None where the protocol has none.
        need: What a person or posd has to do first, or None.
    """

    ready: bool
    status: int | None = None
    need: Need | None = None
