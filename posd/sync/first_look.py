"""Before anything is sent after a start: does Stripe know reports that this journal has lost?

A machine that was set back with all its files, or a virtual one to a snapshot, shows nowhere else:
journal, mark and machine agree. A report names the epoch that it stands in.
"""

import logging
from typing import Final

from msgspec import Struct

from posd.errors import UpstreamRefused
from posd.ids import Ids
from posd.journal.queries import Queries
from posd.journal.store import Journal
from posd.model.restore_facts import PaymentImported
from posd.restores import NoticeElsewhere
from posd.upstream import lost_records
from posd.upstream.lost_records import RecordList

log = logging.getLogger(__name__)

LOOK_BACK_S: Final = 3600
"""The store's clock and Stripe's may differ, and a report may be late."""
PAGES_MAX: Final = 10
"""The newest records of an account that many stores share, and no further."""


class Kin(Struct, frozen=True):
    """By what a report is known as this journal's.

    `terminals` are for those of an older posd, and of an epoch that was lost with the journal.
    """

    epochs: frozenset[str]
    terminals: frozenset[str]

    @staticmethod
    def of(journal: Journal) -> "Kin":
        """What the journal knows of itself."""
        queries = journal.queries
        return Kin(queries.epochs(), queries.terminals())

    def has_lost(self, payment: PaymentImported, after_seq: int, queries: Queries) -> bool:
        """Whether the journal had it and has it no more; until `after_seq` nothing is missing."""
        if payment.epoch in self.epochs:
            if payment.seq is not None and payment.seq <= after_seq:
                return False
        elif payment.terminal_id not in self.terminals:
            return False
        return not queries.has_taken(payment.attempt)


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
        lost_seq = await self._lost_seq(before.seq, before.wall_ms)
        if lost_seq:
            await self._notice(before.seq, before.wall_ms, lost_seq)
        return lost_seq > 0

    async def _lost_seq(self, after_seq: int, after_ms: int) -> int:
        """The latest fact of this epoch that Stripe names and the journal has lost; 0 if none."""
        epoch, lost_seq, pages = self._journal.life.epoch, 0, 0
        kin = Kin(frozenset({epoch}), frozenset())
        try:
            async for page in self._list.since(after_ms // 1000 - LOOK_BACK_S):
                told = (lost_records.told(record, "") for record in page)
                for one in told:
                    if one and one.seq and kin.has_lost(one, after_seq, self._journal.queries):
                        lost_seq = max(lost_seq, one.seq)
                pages += 1
                if pages == PAGES_MAX:
                    break
        except UpstreamRefused as refused:
            log.warning("not checked whether the journal is the latest reason=%s", refused)
        return lost_seq

    async def _notice(self, after_seq: int, after_ms: int, lost_seq: int) -> None:
        restore, epoch = self._ids.new("rst_posd"), self._ids.new("ep")
        await self._journal.commit(NoticeElsewhere(restore, epoch, after_seq, after_ms, lost_seq))
