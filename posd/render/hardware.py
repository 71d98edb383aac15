"""A hardware order as posd follows it: Stripe's word for it, and the checklist of its readers."""

from collections.abc import Sequence

from posd.model.hardware import (
    Done,
    HardwareOrder,
    Next,
    OrderState,
    ReceivedReader,
    open_pieces,
    pieces,
    status,
    tracking,
    what_next,
)
from posd.model.mirrored import Mirrored
from posd.render import Json

UNDECIDED = "undecided"
REFUSED = "refused"


def followed(
    known: Mirrored | None, own: HardwareOrder | None, received: Sequence[ReceivedReader]
) -> Json:
    """What to know and do about an order.

    Args:
        known: Stripe's object of it, None while it is not known to be there.
        own: What posd knows of it, None for one that was made elsewhere.
        received: The readers that came with it.
    """
    body = {} if known is None else known.body
    return {
        "object": "posd.hardware_order",
        "id": own.id if own else None,
        "hardware_order": known.id if known else None,
        "status": _status(known, own),
        "requested": _done(Done(own.requested_by, own.requested_ms)) if own else None,
        "refusal": own.refusal.message if own and own.refusal else None,
        "shipment_tracking": list(tracking(body)),
        "pieces": pieces(body),
        "readers": [_reader(one) for one in received],
        "next": _next(known, own, received).value,
    }


def _status(known: Mirrored | None, own: HardwareOrder | None) -> str:
    if known is not None:
        return status(known.body)
    return REFUSED if own is not None and own.state is OrderState.REFUSED else UNDECIDED


def _next(
    known: Mirrored | None, own: HardwareOrder | None, received: Sequence[ReceivedReader]
) -> Next:
    if known is not None:
        return what_next(status(known.body), open_pieces(known.body, received))
    refused = own is not None and own.state is OrderState.REFUSED
    return Next.ORDER_AGAIN if refused else Next.WAIT


def _reader(one: ReceivedReader) -> Json:
    return {
        "reader": one.reader,
        "registered": _done(one.registered),
        "lane": one.lane,
        "bound": _done(one.bound),
        "tested": _done(one.tested),
        "retired_reader": one.retired,
        "retired": _done(one.replaced),
        "next": one.next.value,
    }


def _done(step: Done | None) -> Json | None:
    return None if step is None else {"by": step.by, "at": step.at_ms // 1000}
