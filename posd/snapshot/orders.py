"""Hardware that this store ordered and that somebody still has to wait for or to unpack."""

from collections.abc import Sequence
from typing import Final, Protocol

from posd.model.hardware import (
    HardwareOrder,
    Next,
    ReceivedReader,
    open_pieces,
    pieces,
    status,
    tracking,
    what_next,
)
from posd.model.mirrored import Mirrored
from posd.snapshot.views import OrderView

ORDERS_MAX: Final = 5
ORDERS_LOOKED_AT_MAX: Final = 20
"""Of the latest orders, so that the page costs the same after years."""
SHOWN_MS: Final = 14 * 24 * 3600 * 1000
"""What nobody waits for any more is left out after two weeks, done or not."""
UNDECIDED: Final = "undecided"
NEVER_PLACED: Final = "never_placed"


class OrderQueries(Protocol):
    """The journal's query-only connection, as far as orders are shown."""

    def hardware_orders(self, count: int) -> Sequence[HardwareOrder]:
        """The newest orders that were made through posd, newest first."""
        ...

    def mirrored(self, id_: str) -> Mirrored | None:
        """Stripe's object of that id; it may be gone."""
        ...

    def received_readers(self, order: str) -> Sequence[ReceivedReader]:
        """Readers that came with Stripe's order of that id."""
        ...


def orders(queries: OrderQueries, at_ms: int) -> tuple[OrderView, ...]:
    """Orders on their way or not unpacked yet, newest first."""
    views = [_view(own, queries) for own in queries.hardware_orders(ORDERS_LOOKED_AT_MAX)]
    shown = [view for view in views if view is not None and _is_shown(view, at_ms)]
    return tuple(shown[:ORDERS_MAX])


def _view(own: HardwareOrder, queries: OrderQueries) -> OrderView | None:
    if own.undecided:
        return OrderView(own.id, UNDECIDED, Next.WAIT, own.requested_ms)
    if own.refusal is not None:
        # What Stripe refused was told to whoever ordered; what it never had, to nobody yet.
        never = own.refusal.status == 0
        again = OrderView(own.id, NEVER_PLACED, Next.ORDER_AGAIN, own.requested_ms)
        return again if never else None
    known = None if own.upstream is None else queries.mirrored(own.upstream)
    if known is None or known.gone:
        return None
    return order_view(known, queries.received_readers(known.id))


def order_view(known: Mirrored, received: Sequence[ReceivedReader]) -> OrderView:
    """An order that Stripe has; `received` are the readers that came with it."""
    open_ = open_pieces(known.body, received)
    return OrderView(
        id=known.id,
        status=status(known.body),
        next=what_next(status(known.body), open_),
        since_ms=known.changed_ms,
        pieces=pieces(known.body),
        open_pieces=open_,
        tracking=tracking(known.body),
    )


def _is_shown(view: OrderView, at_ms: int) -> bool:
    match view.next:
        case Next.NOTHING:
            return False
        case Next.WAIT:
            return True
        case Next.RECEIVE | Next.ASK_STRIPE | Next.ORDER_AGAIN:
            return at_ms - view.since_ms < SHOWN_MS
