"""Audits and the sentinel, made once the start is over: no sale needs either."""

import asyncio
from typing import TYPE_CHECKING, Final

from posd.api.audit_ports import AuditServices
from posd.clock import Clock
from posd.journal.store import Journal
from posd.model.business_day import BusinessDay
from posd.refunds import Refunds

if TYPE_CHECKING:
    from posd.upstream.record_list import Ask

SENTINEL_AFTER_START_S: Final = 10.0


class LateAudits:
    """What compares the books, made when it is first asked for.

    Args:
        ask: One request to Stripe in its turn, None where nothing is reported there.
    """

    def __init__(
        self,
        journal: Journal,
        refunds: Refunds,
        day: BusinessDay,
        clock: Clock,
        ask: "Ask | None",
    ) -> None:
        self._journal = journal
        self._refunds = refunds
        self._day = day
        self._clock = clock
        self._ask = ask
        self._services: AuditServices | None = None

    def __call__(self) -> AuditServices:
        """The use cases of audits and drafted refunds."""
        if self._services is None:
            from posd.audit.acceptance import AuditBooks
            from posd.audit.audits import Audits
            from posd.audit.drafts import Drafts
            from posd.render.audit_csv import table

            audits = Audits(self._journal.audits, self._day, self._clock, self._ask)
            books = AuditBooks(self._journal, audits, table)
            self._services = AuditServices(books, Drafts(self._journal, self._refunds))
        return self._services

    async def watch(self) -> None:
        """For ever: draft what is charged twice."""
        await asyncio.sleep(SENTINEL_AFTER_START_S)
        from posd.audit.sentinel import Sentinel

        await Sentinel(self._journal).run()
