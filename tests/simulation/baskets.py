"""What the tills are told once all is over: of each order's payments, and of what went back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.simulation import oracle
from tests.simulation.till import Till


@dataclass(frozen=True, slots=True)
class Basket:
    """An order, named by its amount in minor units, and its payments as a till is told of them."""

    amount: int
    payments: Sequence[Mapping[str, Any]]

    @property
    def ending(self) -> oracle.Ending:
        """How it ended."""
        return oracle.Ending(self.amount, tuple(str(one["status"]) for one in self.payments))


async def told(tills: Sequence[Till]) -> list[Basket]:
    """Every order, read once more."""
    return [
        Basket(order.amount, await till.payments_of(order.name) or [])
        for till in tills
        for order in till.orders
    ]


async def refunds(till: Till) -> list[dict[str, Any]]:
    """Every refund of the store, newest first."""
    every: list[dict[str, Any]] = []
    more = ""
    while True:
        answer = await till.call("GET", f"/v1/refunds?limit=100{more}")
        assert answer is not None, "the shop is quiet"
        every += answer.said["data"]
        if not answer.said["has_more"]:
            return every
        more = f"&starting_after={every[-1]['id']}"
