"""What stands behind the API of hardware where a store has ordered none."""

from collections.abc import Mapping, Sequence
from typing import Any, Never

from posd.api.hardware_ports import HardwareServices
from posd.errors import Refused
from posd.hardware.catalogue import Shelf
from posd.journal.command import Claim
from posd.model.hardware import HardwareOrder, ReceivedReader
from posd.model.mirrored import Mirrored
from posd.reception import Unpacked
from posd.stripe_wire.form import Node
from posd.upstream.hardware import Advance, Ware


def _missing() -> Refused:
    return Refused("resource_missing", "No such order.", param="order", status=404)


class EmptyCatalogue:
    async def listing(self, _kind: Ware, _filters: Mapping[str, str]) -> Shelf:
        return Shelf((), 0)

    async def one(self, _kind: Ware, _id: str) -> Shelf:
        raise _missing()


class NoOrders:
    async def preview(self, _params: Mapping[str, Node]) -> Mapping[str, Any]:
        raise _missing()

    async def create(
        self, _params: Mapping[str, Node], *, actor: str, claim: Claim | None
    ) -> Never:
        assert actor, claim
        raise _missing()

    async def cancel(self, _id: str, *, actor: str, claim: Claim | None) -> Never:
        assert actor, claim
        raise _missing()

    async def advance(self, _id: str, _to: Advance, *, actor: str, claim: Claim | None) -> Never:
        assert actor, claim
        raise _missing()

    def order(self, _id: str) -> Mirrored:
        raise _missing()

    def orders(self) -> Sequence[Mirrored]:
        return ()

    def own(self, _id: str) -> HardwareOrder | None:
        return None


class NothingReceived:
    async def receive(
        self, _order: str, _asked: Unpacked, *, actor: str, claim: Claim | None
    ) -> Never:
        assert actor, claim
        raise _missing()

    def received(self, _order: str) -> Sequence[ReceivedReader]:
        return ()


def nothing_ordered() -> HardwareServices:
    """A store with a Stripe account and no order."""
    return HardwareServices(EmptyCatalogue(), NoOrders(), NothingReceived())
