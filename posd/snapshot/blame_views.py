"""Whose fault it is that something does not work, and whether it gets better.

Times are wall milliseconds.
"""

from enum import Enum

from msgspec import Struct


class Fault(Enum):
    """Who has to act for everything to work again. OURS: the store, or posd on its machine."""

    NOBODY = "nobody"
    OURS = "ours"
    INTERNET = "internet"
    STRIPE = "stripe"


class LegKind(Enum):
    """The legs that a payment and its report go, in that order."""

    READERS = "readers"
    INTERNET = "internet"
    STRIPE = "stripe"


class LegState(Enum):
    """How a leg is. UNKNOWN: nothing was tried yet, or it lies behind one that is down."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


class LegView(Struct, frozen=True):
    """One leg.

    Attributes:
        since_ms: Since when it is down, or None.
        names: Of readers: the labels of those that are away.
        answer_ms: How long Stripe's latest answer took, in milliseconds, or None.
    """

    kind: LegKind
    state: LegState
    since_ms: int | None = None
    names: tuple[str, ...] = ()
    answer_ms: int | None = None


class BlameView(Struct, frozen=True):
    """Which leg is down. A store that tells Stripe nothing has only the leg of its readers."""

    fault: Fault = Fault.NOBODY
    legs: tuple[LegView, ...] = ()


class Direction(Enum):
    """Where it goes."""

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"


class TrendView(Struct, frozen=True):
    """Whether the queue to Stripe falls or grows.

    Attributes:
        waiting: Reports that wait now.
        before: Those that waited ten minutes ago, or at posd's start if that was later.
    """

    direction: Direction = Direction.SAME
    waiting: int = 0
    before: int = 0
