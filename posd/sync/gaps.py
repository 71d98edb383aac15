"""Waits until the journal has lost facts; only then is loaded what works on that."""

import asyncio
from collections.abc import Mapping
from typing import Final

from posd.attachments import Attachment
from posd.errors import CredentialRefused, UpstreamUnavailable
from posd.ids import Chance
from posd.journal.store import Journal
from posd.sync.looked_account import LookedAccount
from posd.sync.stripe_side import StripeSide

LOOK_AFTER_START_S: Final = 1.0
"""Not in the way of the start."""
RETRY_MIN_S: Final = 1.0
RETRY_MAX_S: Final = 60.0


class Gaps:
    """What has been lost, now and whenever it is noticed."""

    def __init__(
        self,
        journal: Journal,
        stripe: StripeSide | None,
        attachments: Mapping[str, Attachment],
        chance: Chance,
    ) -> None:
        self._journal = journal
        self._stripe = stripe
        self._attachments = attachments
        self._chance = chance

    async def run(self) -> None:
        """For ever."""
        stripe = self._stripe
        noticed = asyncio.Event() if stripe is None else stripe.looked.noticed
        if self._journal.queries.open_restore() is None:
            if stripe is not None and stripe.forwarder is not None:
                await self._look(stripe.looked)
            await noticed.wait()
        from posd.sync.reconcile import Reconciler
        from posd.upstream.lost_records import RecordList

        records = None
        if stripe is not None and stripe.forwarder is not None:
            records = RecordList(stripe.uplink, stripe.limiter)
        await Reconciler(
            self._journal, records, self._attachments, noticed, chance=self._chance
        ).run()

    async def _look(self, looked: LookedAccount) -> None:
        """Before a till sells an order of the gap again, not only before anything is sent."""
        await asyncio.sleep(LOOK_AFTER_START_S)
        pause_s = RETRY_MIN_S
        while True:
            try:
                await looked.look()
            except (UpstreamUnavailable, CredentialRefused):
                await asyncio.sleep(self._chance.uniform(pause_s / 2, pause_s))
                pause_s = min(pause_s * 2, RETRY_MAX_S)
            else:
                return
