"""The last 24 hours, as values that JSON can carry.

Amounts are minor units, times wall milliseconds.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from msgspec import Struct, field

BUCKET_MS: Final = 30 * 60 * 1000
BUCKETS: Final = 48


class Bucket(Struct, frozen=True):
    """Half an hour.

    Attributes:
        paid: Number of sales and captures that were booked in it.
        amounts: Their sums, by currency.
        declined: Number of payments that were declined in it.
        queue_max: The most reports that waited at once, or None where posd did not look.
    """

    from_ms: int
    paid: int = 0
    amounts: Mapping[str, int] = field(default_factory=dict)
    declined: int = 0
    queue_max: int | None = None


class Part(Enum):
    """What was out of order: posd itself did not run, the line to Stripe was down, or a reader."""

    POSD = "posd"
    LINE = "line"
    READER = "reader"


class Outage(Struct, frozen=True):
    """Something was out of order from then on; `until_ms` is None while it is.

    `name` is the reader's label, or "". Of readers and the line, posd knows what it saw since its
    own last start.
    """

    part: Part
    name: str
    from_ms: int
    until_ms: int | None = None


class PlotView(Struct, frozen=True):
    """BUCKETS of BUCKET_MS each, oldest first; the last one is the half hour of now.

    `counted` as in MoneyView; `outages` oldest first.
    """

    counted: bool = False
    buckets: tuple[Bucket, ...] = ()
    outages: tuple[Outage, ...] = ()
