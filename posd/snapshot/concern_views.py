"""What needs a person, as values that JSON can carry. Times are wall milliseconds."""

from enum import Enum
from typing import Final

from msgspec import Struct

SHOWN_MAX: Final = 3


class ConcernKind(Enum):
    """What it is about, worst first; each has its words in the page's catalogue, `needs.<value>`.

    Money that is unproven or wrong, then what keeps a lane from taking cards, then what waits.
    """

    CONTRADICTED = "contradicted"
    UNPROVEN = "unproven"
    OUT_OF_REACH = "out_of_reach"
    UNCAPTURED = "uncaptured"
    FACTS_MISSING = "facts_missing"
    LIMIT_REACHED = "limit_reached"
    DAY_UNPROVEN = "day_unproven"
    DAY_CONTRADICTED = "day_contradicted"
    READER_QUARANTINED = "reader_quarantined"
    READER_EXCHANGED = "reader_exchanged"
    READER_LOST = "reader_lost"
    READER_NOT_READY = "reader_not_ready"
    UNHEARD = "unheard"
    SET_ASIDE = "set_aside"
    REFUND_DRAFTED = "refund_drafted"
    REPORTS_PARKED = "reports_parked"
    REPORTS_PAUSED = "reports_paused"
    REPORTS_LATE = "reports_late"
    DAY_REFUSED = "day_refused"
    DAY_DIFFERS = "day_differs"
    DAY_OVERDUE = "day_overdue"
    USED_ELSEWHERE = "used_elsewhere"
    ALARM_UNHEARD = "alarm_unheard"
    CERTIFICATE_ENDS = "certificate_ends"
    CERTIFICATE_REFUSED = "certificate_refused"
    ORDER_ARRIVED = "order_arrived"
    ORDER_UNDELIVERABLE = "order_undeliverable"
    ORDER_NEVER_PLACED = "order_never_placed"


class Concern(Struct, frozen=True):
    """One thing that a person has to do something about.

    Attributes:
        subject: Id of the payment, reader or order it is about, or "".
        name: What the shop calls that: a lane, a reader's label, the order; or "".
        since_ms: Since when it is so, or None where that is not known.
        amount: The money at stake, in minor units of `currency`, or None.
        order: The order that was to be paid, or None.
        count: How many, where it stands for several of a kind.
        cause: A fixed word for why, for support, or None: a Trouble, a Need, a reason of facts.
        stops: Whether it is red: money that is not proven, or a lane that stands.
    """

    kind: ConcernKind
    subject: str = ""
    name: str = ""
    since_ms: int | None = None
    amount: int | None = None
    currency: str | None = None
    order: str | None = None
    count: int = 1
    cause: str | None = None
    stops: bool = False


class NeedsView(Struct, frozen=True):
    """What needs a person: at most SHOWN_MAX, worst money first, and how many more there are.

    `stops` is how many of all are red.
    """

    shown: tuple[Concern, ...] = ()
    more: int = 0
    stops: int = 0
