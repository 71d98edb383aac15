"""What is decided about an order inside the journal's transaction."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from posd.errors import Refused
from posd.journal.command import Claim, Decision, Ledger
from posd.mirror import TakeObjects
from posd.model.hardware import HardwareOrder
from posd.model.hardware_facts import (
    HardwareOrderPlaced,
    HardwareOrderRefused,
    HardwareOrderRequested,
)
from posd.model.projection import Circumstance
from posd.model.upstream_facts import MirrorKind


class RequestOrder(Struct, frozen=True):
    """The command behind `POST /v1/terminal/hardware_orders`."""

    fact: HardwareOrderRequested
    actor: str
    claim: Claim | None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """HardwareOrderRequested, unless it is open what became of another."""
        open_ = ledger.undecided_hardware_order()
        if open_ is not None:
            raise Refused(
                "order_undecided",
                f"Stripe has not said yet whether order '{open_.id}' is placed. posd is asking; "
                "until then nothing else is ordered.",
                status=409,
            )
        return Decision(facts=(self.fact,), answer=self.fact.order)


class SettleOrder(Struct, frozen=True):
    """The command behind Stripe's answer about an order.

    Attributes:
        told: The order as Stripe has it, or None where `refusal` says why there is none.
    """

    order: HardwareOrder
    told: Mapping[str, Any] | None
    refusal: HardwareOrderRefused | None = None
    actor: str = "upstream"
    claim: Claim | None = None

    def decide(self, ledger: Ledger, at: Circumstance, /) -> Decision:
        """Placed and mirrored, or refused; nothing if that is known."""
        known = ledger.hardware_order(self.order.id)
        assert known is not None, self.order
        if not known.undecided:
            return Decision(facts=())
        if self.told is None:
            assert self.refusal is not None, self.order
            return Decision(facts=(self.refusal,))
        placed = HardwareOrderPlaced(known.id, self.told["id"])
        mirrored = TakeObjects(MirrorKind.HARDWARE_ORDER, (self.told,)).decide(ledger, at)
        return Decision(facts=(placed, *mirrored.facts))
