"""Before anything is sent after a start: does Stripe know reports that this journal has lost?

A machine that was set back with all its files, or a virtual one to a snapshot, shows nowhere else:
journal, mark and machine agree. A payment's report names the epoch that it stands in. What went
back stands there as one sum: it shows by being more than the journal can have told.
"""

import logging
from typing import Final

from posd.errors import UpstreamRefused
from posd.ids import Ids
from posd.journal.command import Entry
from posd.journal.store import Journal
from posd.model.effect import EffectState
from posd.model.refund import Refund, RefundState
from posd.model.restore_facts import PaymentImported
from posd.restores import NoticeElsewhere
from posd.upstream import lost_records
from posd.upstream.lost_records import RecordList
from posd.upstream.payment_records import REFUND_SUFFIX

log = logging.getLogger(__name__)

LOOK_BACK_S: Final = 24 * 3600
"""The clocks may differ, a report may be late, and what goes back stands where it was taken."""
PAGES_MAX: Final = 10
"""The newest records of an account that many stores share, and no further."""


class FirstLook:
    """Looks once after a start."""

    def __init__(self, journal: Journal, list_: RecordList, ids: Ids) -> None:
        self._journal = journal
        self._list = list_
        self._ids = ids

    async def look(self) -> bool:
        """Whether Stripe knows what the journal does not: then that is noticed as a gap.

        Raises UpstreamUnavailable, CredentialRefused: it has not told.
        """
        before, life = self._journal.before, self._journal.life
        if before is None or not life.epoch or self._journal.queries.open_restore() is not None:
            return False
        lost = await self._lost(before)
        if lost:
            await self._notice(before, max(lost) or None)
        return bool(lost)

    async def _lost(self, before: Entry) -> list[int]:
        """The number of each lost fact that Stripe's newest records tell of, 0 if it is not named.

        `before` is the last fact before the start, and nothing was sent since: a later one of this
        epoch was lost, even where the terminal has proven the same again meanwhile.
        """
        epoch, pages = self._journal.life.epoch, 0
        lost: list[int] = []
        try:
            async for page in self._list.since(before.wall_ms // 1000 - LOOK_BACK_S):
                told = [one for record in page if (one := lost_records.told(record, ""))]
                named = (one.seq or 0 for one in told if one.epoch == epoch)
                lost += [seq for seq in named if seq > before.seq]
                lost += [0 for one in told if self._has_lost_refund(one)]
                pages += 1
                if pages == PAGES_MAX:
                    break
        except UpstreamRefused as refused:
            log.warning("not checked whether the journal is the latest reason=%s", refused)
        return lost

    def _has_lost_refund(self, payment: PaymentImported) -> bool:
        """Whether more went back of a payment of the journal's than the journal can have told.

        Stripe does not tell who reported it: what somebody else did counts as lost, and is imported
        with what is, so that it shows once.
        """
        queries = self._journal.queries
        if not payment.amount_refunded or not queries.has_taken(payment.attempt):
            return False
        refunds = queries.refunds_of(payment.payment_intent)
        known = sum(one.amount for one in refunds if self._may_be_told(one))
        return payment.amount_refunded > known + queries.refunded_in_gap(payment.payment_intent)

    def _may_be_told(self, refund: Refund) -> bool:
        """Whether it may be in Stripe's sum: what no journal ever sent cannot explain that."""
        if refund.state is not RefundState.SUCCEEDED or refund.attempt is None:
            return False
        owed = self._journal.outbox.effect(f"{refund.attempt}{REFUND_SUFFIX}")
        if owed and (owed.first_sent_ms is not None or owed.state is EffectState.DONE):
            return True
        return self._journal.queries.is_before_restore(refund.attempt)

    async def _notice(self, before: Entry, lost_seq: int | None) -> None:
        restore, epoch = self._ids.new("rst_posd"), self._ids.new("ep")
        command = NoticeElsewhere(restore, epoch, before.seq, before.wall_ms, lost_seq)
        await self._journal.commit(command)
