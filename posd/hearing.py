"""Heard: that the till which owns a payment has been told of its approval (M15).

The answer comes first and the fact after it, so that no till waits for a commit only to hear. If
posd ends between the two, the payment stays unheard and is told again: the safe side of the two.
"""

import asyncio
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from posd.journal.command import Claim, Decision, Ledger
from posd.journal.store import Journal
from posd.model.facts import ApprovalHeard
from posd.model.payment_intent import PaymentIntent
from posd.model.projection import Circumstance

DELIVERED_MAX: Final = 64
"""Deliveries that wait for the journal; beyond it, a delivery waits for room."""


class Delivery(Struct, frozen=True):
    """The command behind a delivered answer: ApprovalHeard, once."""

    payment_intent: str
    actor: str
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """ApprovalHeard; or nothing, if it was heard before."""
        intent = ledger.payment_intent(self.payment_intent)
        assert intent is not None, self.payment_intent
        if not intent.unheard:
            return Decision(facts=(), answer=intent.id)
        return Decision(facts=(ApprovalHeard(intent.id),), answer=intent.id)


def deliveries(told: Iterable[PaymentIntent], caller: str) -> tuple[Delivery, ...]:
    """What of `told` is news to the till that asks: its own payments, paid and not heard yet."""
    return tuple(
        Delivery(intent.id, caller) for intent in told if intent.unheard and intent.owner == caller
    )


class Hearing:
    """Notes what tills have been told."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._delivered: asyncio.Queue[Delivery] = asyncio.Queue(DELIVERED_MAX)

    async def delivered(self, delivery: Delivery) -> None:
        """The answer that tells it has been sent; waits for room at most."""
        await self._delivered.put(delivery)

    async def run(self) -> None:
        """Make each delivery durable, for ever. Raises JournalFailed."""
        while True:
            await self._journal.commit(await self._delivered.get())
