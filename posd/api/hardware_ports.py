"""What the API of hardware orders stands on, as far as it uses it."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from posd.hardware.catalogue import Shelf
from posd.journal.command import Answered, Claim
from posd.model.hardware import HardwareOrder, ReceivedReader
from posd.model.mirrored import Mirrored
from posd.reception import Checked, Unpacked
from posd.stripe_wire.form import Node
from posd.upstream.hardware import Advance, Ware


class CataloguePort(Protocol):
    """posd.hardware.catalogue.Catalogue, as far as the API uses it."""

    async def listing(self, kind: Ware, filters: Mapping[str, str]) -> Shelf:
        """Everything of the kind that fits. Raises Refused, and what the line does."""
        ...

    async def one(self, kind: Ware, id_: str) -> Shelf:
        """The one of that id. Raises Refused, and what the line does."""
        ...


class OrdersPort(Protocol):
    """posd.hardware.orders.Orders, as far as the API uses it."""

    async def preview(self, params: Mapping[str, Node]) -> Mapping[str, Any]:
        """What would be ordered. Raises Refused, and what the line does."""
        ...

    async def create(
        self, params: Mapping[str, Node], *, actor: str, claim: Claim | None
    ) -> Answered[Mirrored]:
        """Place an order. Raises Refused, OrderUndecided, and what the line does."""
        ...

    async def cancel(self, id_: str, *, actor: str, claim: Claim | None) -> Answered[Mirrored]:
        """Cancel it. Raises Refused, OrderUndecided, and what the line does."""
        ...

    async def advance(
        self, id_: str, to: Advance, *, actor: str, claim: Claim | None
    ) -> Answered[Mirrored]:
        """Have a test order go on. Raises Refused, OrderUndecided, and what the line does."""
        ...

    def order(self, id_: str) -> Mirrored:
        """Stripe's object of it. Raises Refused, OrderUndecided."""
        ...

    def orders(self) -> Sequence[Mirrored]:
        """Every order that is known, newest first."""
        ...

    def own(self, id_: str) -> HardwareOrder | None:
        """What posd knows of the order with that id of either kind, if it was made here."""
        ...


class ReceptionPort(Protocol):
    """posd.reception.Reception, as far as the API uses it."""

    async def receive(
        self, order: str, asked: Unpacked, *, actor: str, claim: Claim | None
    ) -> Checked:
        """Do what is asked with a reader of that order. Raises Refused, and what the line does."""
        ...

    def received(self, order: str) -> Sequence[ReceivedReader]:
        """The checklist of Stripe's order of that id."""
        ...


class HardwareServices(Struct, frozen=True):
    """What the routes of hardware stand on."""

    catalogue: CataloguePort
    orders: OrdersPort
    reception: ReceptionPort
