"""`/orders`: hardware that was ordered, where it is, and what is done with each reader of it."""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct
from starlette.responses import Response

from posd.model.hardware import ReceivedReader
from posd.page.told import told
from posd.page.visit import Visit
from posd.snapshot.orders import order_view
from posd.snapshot.views import OrderView

ORDERS_MAX: Final = 20


class Followed(Struct, frozen=True):
    """An order, and the checklist of each reader that came with it."""

    order: OrderView
    received: Sequence[ReceivedReader] = ()


async def show(visit: Visit) -> Response:
    """The latest, newest first; those that nobody knows at Stripe before them."""
    snapshot = await visit.parts.snapshot()
    known = list(_known(visit))
    told_of = {one.order.id for one in known}
    waiting = [Followed(one) for one in snapshot.orders if one.id not in told_of]
    return await told(visit, "orders.html", here="/orders", followed=[*waiting, *known])


def _known(visit: Visit) -> Iterator[Followed]:
    hardware = visit.parts.services.hardware
    for one in hardware.orders.orders()[:ORDERS_MAX]:
        received = hardware.reception.received(one.id)
        yield Followed(order_view(one, received), received)
