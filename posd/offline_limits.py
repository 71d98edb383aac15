"""The limits a store sets to what Stripe has not been told: held before the card, and watched.

A payment in hand counts as if it were taken, so that no two of them pass a limit together (I15).
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from posd.clock import Clock
from posd.errors import Refused
from posd.journal.command import Ledger
from posd.journal.store import Journal
from posd.model.backlog import Limit, OfflineLimits
from posd.model.payment_intent import PaymentIntent
from posd.model.projection import Circumstance

log = logging.getLogger(__name__)

WATCH_EVERY_S: Final = 300.0


def refuse(limits: OfflineLimits, intent: PaymentIntent, ledger: Ledger, at: Circumstance) -> None:
    """Raise Refused if the payment would pass a limit and the store wants none passed."""
    if not limits.refuses:
        return
    backlog = ledger.backlog()
    for limit in limits.stopping(backlog, intent.amount, intent.currency, at.wall_ms):
        raise Refused(
            "offline_limit_reached",
            f"Stripe has not been told of {backlog.payments} payments, "
            f"{backlog.amounts.get(intent.currency, 0)} {intent.currency} in all; one more of "
            f"{intent.amount} would pass offline.{limit.value} = {limits.value(limit)}. Nothing "
            "was sent. It is taken again once the waiting reports are sent.",
            param="payment_intent",
        )


class BacklogWatch:
    """Says in the log, once each, that Stripe has not been told for long, or of much.

    `limits` gives those that count now.
    """

    def __init__(self, journal: Journal, limits: Callable[[], OfflineLimits], clock: Clock) -> None:
        self._journal = journal
        self._limits = limits
        self._clock = clock
        self._alarm_h: int | None = None
        self._reached: frozenset[Limit] = frozenset()

    async def run(self) -> None:
        """For ever."""
        while True:
            self.look()
            await asyncio.sleep(WATCH_EVERY_S)

    def look(self) -> None:
        """Say what has changed since the last look."""
        now = self._clock.wall_ms()
        backlog = self._journal.queries.backlog()
        alarm_h, reached = backlog.alarm_h(now), frozenset(self._limits().reached(backlog, now))
        if alarm_h is not None and alarm_h > (self._alarm_h or 0):
            log.error("reports wait hours=%d payments=%d", alarm_h, backlog.payments)
        for limit in sorted(reached - self._reached, key=lambda one: one.value):
            log.error("offline limit reached limit=%s payments=%d", limit.value, backlog.payments)
        if (self._alarm_h and not alarm_h) or self._reached - reached:
            log.info("reports wait less payments=%d", backlog.payments)
        self._alarm_h, self._reached = alarm_h, reached
