"""Waits until the journal has lost facts; only then is loaded what works on that."""

import asyncio
from collections.abc import Mapping

from posd.attachments import Attachment
from posd.ids import Chance
from posd.journal.store import Journal
from posd.sync.stripe_side import StripeSide


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
            await noticed.wait()
        from posd.sync.reconcile import Reconciler
        from posd.upstream.lost_records import RecordList

        records = None
        if stripe is not None and stripe.forwarder is not None:
            records = RecordList(stripe.uplink, stripe.limiter)
        await Reconciler(
            self._journal, records, self._attachments, noticed, chance=self._chance
        ).run()
