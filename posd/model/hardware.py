"""The life of a hardware order, and the checklist of each reader that it delivers."""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Final, TypeAlias, assert_never

from msgspec import Struct
from msgspec.structs import replace

from posd.model.hardware_facts import (
    HardwareOrderPlaced,
    HardwareOrderRefused,
    HardwareOrderRequested,
    OldReaderRetired,
    ReaderReceived,
    ReceivedReaderBound,
    ReceivedReaderTested,
)

OrderFact: TypeAlias = HardwareOrderRequested | HardwareOrderPlaced | HardwareOrderRefused
ReceivedFact: TypeAlias = (
    ReaderReceived | ReceivedReaderBound | ReceivedReaderTested | OldReaderRetired
)

UNDER_WAY: Final = frozenset({"pending", "ready_to_ship", "shipped"})
"""Stripe's words for an order that will still change (API reference, "Hardware orders")."""
RECEIVABLE: Final = frozenset({"shipped", "delivered"})
"""A parcel may be on the counter before its carrier has said so."""


class OrderState(Enum):
    """What is known of an order at Stripe. REQUESTED: it may be there, or not."""

    REQUESTED = "requested"
    PLACED = "placed"
    REFUSED = "refused"


class HardwareOrder(Struct, frozen=True):
    """An order that was made through posd; Stripe's own object of it is mirrored.

    Attributes:
        id: `thor_posd_…`, which Stripe has in the order's metadata.
        body: The form that Stripe was or will be asked with.
        requested_ms: Wall time in milliseconds.
        requested_by: Id of the access key, or `operator`.
        upstream: Stripe's id, once it is placed.
        refusal: Why nothing was ordered, or None.
    """

    id: str
    body: str
    key: str
    api_version: str
    requested_ms: int
    requested_by: str
    state: OrderState = OrderState.REQUESTED
    upstream: str | None = None
    refusal: HardwareOrderRefused | None = None

    @property
    def undecided(self) -> bool:
        """Whether nobody knows yet if Stripe has it."""
        return self.state is OrderState.REQUESTED


class Done(Struct, frozen=True):
    """Who did a step, and when, in wall milliseconds."""

    by: str
    at_ms: int


class Next(Enum):
    """What somebody has to do about an order."""

    WAIT = "wait"
    RECEIVE = "receive"
    ASK_STRIPE = "ask_stripe"
    ORDER_AGAIN = "order_again"
    NOTHING = "nothing"


class Step(Enum):
    """What is still to do with a received reader, in this order."""

    BIND = "bind"
    TEST = "test"
    RETIRE = "retire"
    NONE = "none"


class ReceivedReader(Struct, frozen=True):
    """One reader out of a parcel, and what has been done with it.

    Attributes:
        order: Stripe's id of the order.
        reader: Its id as a reader.
        lane: The lane it serves, or None.
        over: The reader that the configuration file named for that lane at the time.
        retired: The reader that it replaces for good, or None.
    """

    id: str
    order: str
    reader: str
    registered: Done
    lane: str | None = None
    over: str | None = None
    bound: Done | None = None
    tested: Done | None = None
    retired: str | None = None
    replaced: Done | None = None

    @property
    def next(self) -> Step:
        """The first step that is not done."""
        if self.bound is None:
            return Step.BIND
        if self.tested is None:
            return Step.TEST
        if self.replaced is None and self.over != self.reader:
            return Step.RETIRE
        return Step.NONE


def settle(order: HardwareOrder | None, fact: OrderFact, at: Done) -> HardwareOrder:
    """The order after the fact. What is decided is never decided again."""
    match fact:
        case HardwareOrderRequested(id_, body, key, api_version):
            assert order is None, "an id is given once"
            return HardwareOrder(id_, body, key, api_version, at.at_ms, at.by)
        case HardwareOrderPlaced(_, upstream):
            return replace(_undecided(order), state=OrderState.PLACED, upstream=upstream)
        case HardwareOrderRefused():
            return replace(_undecided(order), state=OrderState.REFUSED, refusal=fact)
        case _:
            assert_never(fact)


def check_off(received: ReceivedReader | None, fact: ReceivedFact, at: Done) -> ReceivedReader:
    """The reader's checklist after the fact."""
    if isinstance(fact, ReaderReceived):
        assert received is None, "an id is given once"
        return ReceivedReader(fact.received, fact.order, fact.reader, at)
    assert received is not None, "a step is of a reader that was received"
    match fact:
        case ReceivedReaderBound(_, lane, over):
            return replace(received, lane=lane, over=over, bound=at)
        case ReceivedReaderTested():
            return replace(received, tested=at)
        case OldReaderRetired(_, reader):
            return replace(received, retired=reader, replaced=at)
        case _:
            assert_never(fact)


def lane_reader(lane: str, named: str, received: Iterable[ReceivedReader]) -> str:
    """Id of the reader that serves the lane, for which the configuration file names `named`.

    That is the one bound there last, for as long as the file names the reader that it stands in
    for: whoever changes the file since has the last word.
    """
    bound = [one for one in received if one.lane == lane and one.bound is not None]
    latest = max(bound, key=lambda one: one.bound.at_ms if one.bound else 0, default=None)
    return latest.reader if latest is not None and latest.over == named else named


def pieces(body: Mapping[str, Any]) -> int:
    """How many pieces Stripe's order is of, readers and whatever else; 0 where it does not say."""
    items = body.get("hardware_order_items")
    counts = [item.get("quantity") for item in items or () if isinstance(item, Mapping)]
    return sum(count for count in counts if isinstance(count, int))


def tracking(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Carrier and tracking number of each parcel, e.g. `dhl 00340434161094015902`."""
    parcels = body.get("shipment_tracking")
    return tuple(
        f"{parcel.get('carrier')} {parcel.get('tracking_number')}"
        for parcel in parcels or ()
        if isinstance(parcel, Mapping)
    )


def status(body: Mapping[str, Any]) -> str:
    """Stripe's word for how the order stands; it may be one that posd does not know."""
    return str(body.get("status"))


def what_next(told: str | None, open_pieces: int) -> Next:
    """What to do about an order with that status of Stripe's, None where it is not there yet.

    `open_pieces` are those of which nobody has said that they are in use.
    """
    match told:
        case "delivered":
            return Next.RECEIVE if open_pieces else Next.NOTHING
        case "undeliverable":
            return Next.ASK_STRIPE
        case "canceled":
            return Next.NOTHING
        case _:
            return Next.WAIT


def open_pieces(body: Mapping[str, Any], received: Iterable[ReceivedReader]) -> int:
    """Pieces of the order that are not received readers in use."""
    return max(0, pieces(body) - sum(one.next is Step.NONE for one in received))


def _undecided(order: HardwareOrder | None) -> HardwareOrder:
    assert order is not None, "an order is requested first"
    assert order.undecided, order
    return order
