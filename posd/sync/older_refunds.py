"""What went back in a gap of a payment that is too old to stand in what Stripe lists of the gap.

Only that payment's own record tells it, and only somebody who gives back more of it needs to know.
"""

import asyncio
import logging
from typing import Final

from posd.errors import CredentialRefused, UpstreamRefused, UpstreamUnavailable
from posd.journal.store import Journal
from posd.upstream.uplink import Uplink, UpstreamCall

log = logging.getLogger(__name__)

LOOK_S: Final = 5.0
"""A manager waits for it, at the till."""


class OlderRefunds:
    """Asks Stripe for the record of one payment."""

    def __init__(self, journal: Journal, uplink: Uplink) -> None:
        self._journal = journal
        self._uplink = uplink

    async def learn(self, payment_intent: str) -> None:
        """Import what went back of it by lost facts; on disk on return, if Stripe told in time."""
        from posd.restores import ImportPayments
        from posd.upstream import lost_records, record_list

        intent = self._journal.queries.payment_intent(payment_intent)
        restore = self._journal.queries.newest_restore()
        if intent is None or intent.payment_record is None or restore is None:
            return
        asked = UpstreamCall("GET", f"{record_list.PATH}/{intent.payment_record}")
        try:
            async with asyncio.timeout(LOOK_S):
                told = lost_records.told(await self._uplink.call(asked), restore.id)
        except (TimeoutError, UpstreamUnavailable, UpstreamRefused, CredentialRefused) as error:
            log.warning(
                "not asked what went back in the gap payment_intent=%s reason=%s",
                payment_intent,
                error,
            )
            return
        if told is not None and told.amount_refunded:
            await self._journal.commit(ImportPayments((), (lost_records.refunded(told),)))
