"""Hardware that a store ordered, for the tests of everything that is made of the snapshot."""

from dataclasses import dataclass, field
from typing import Any

from posd.model.hardware import Done, HardwareOrder, OrderState, ReceivedReader
from posd.model.hardware_facts import HardwareOrderRefused
from posd.model.mirrored import Mirrored
from posd.model.upstream_facts import MirrorKind


@dataclass
class Purchases:
    """Orders in memory, in the shape of the journal's queries, oldest first."""

    made: list[HardwareOrder] = field(default_factory=list)
    told: dict[str, Mirrored] = field(default_factory=dict)
    unpacked: list[ReceivedReader] = field(default_factory=list)

    def ask(
        self,
        at_ms: int,
        state: OrderState = OrderState.REQUESTED,
        upstream: str | None = None,
        refused: int | None = None,
    ) -> HardwareOrder:
        """An order as posd knows it; `refused` with that HTTP status."""
        id_ = f"thor_posd_{len(self.made) + 1}"
        refusal = None if refused is None else HardwareOrderRefused(id_, refused, "no", "No.")
        order = HardwareOrder(
            id_, "a=1", "k", "2026", at_ms, "key_1", state, upstream, refusal=refusal
        )
        self.made.append(order)
        return order

    def place(self, at_ms: int, status: str, quantity: int = 2, **more: Any) -> str:
        """An order that Stripe has, as it stands since then; Stripe's id of it."""
        id_ = f"thor_{len(self.made) + 1}"
        self.ask(at_ms, OrderState.PLACED, id_)
        items = [{"quantity": quantity}]
        body = {"id": id_, "status": status, "hardware_order_items": items, **more}
        self.told[id_] = Mirrored(id_, MirrorKind.HARDWARE_ORDER, body, at_ms, at_ms)
        return id_

    def unpack(self, order: str, reader: str, at_ms: int) -> None:
        """A reader of the order is in use."""
        done = Done("key_1", at_ms)
        self.unpacked.append(
            ReceivedReader(
                f"rcv_{reader}", order, reader, done, "1", "old", done, done, "old", done
            )
        )
