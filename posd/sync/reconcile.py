"""Reconcile mode: finds out what a journal that was put back from a backup has lost.

While a gap is open, its payments are imported from Stripe page by page and each terminal's turnover
is compared; nothing is sent until a person has accepted the gap. What cannot be noticed at the
start is looked for before anything is sent (posd.sync.first_look).
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from posd.attachments import Attachment
from posd.errors import CredentialRefused, Refused, UpstreamRefused, UpstreamUnavailable
from posd.ids import Chance
from posd.journal.queries import Queries
from posd.journal.store import Journal
from posd.model.restore import ImportedPayment, Restore
from posd.model.restore_facts import PaymentImported
from posd.restores import CompareTerminal, FinishListing, ImportPayments
from posd.upstream import lost_records
from posd.upstream.lost_records import RecordList
from posd_drivers.card_reader import CardReader, Totals
from posd_drivers.errors import NoAnswer, Unsupported
from posd_drivers.errors import Refused as TerminalRefused

log = logging.getLogger(__name__)

RETRY_MIN_S: Final = 1.0
RETRY_MAX_S: Final = 60.0
IMPORT_LOOK_BACK_S: Final = 24 * 3600
"""The store's clock and Stripe's may differ, and a report may be late."""
TERMINAL_RETRY_S: Final = 10.0


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


class Reconciler:
    """Works on a gap until a person accepts it.

    Args:
        list_: Stripe's list, or None where nothing is reported there.
        attachments: The readers that posd holds, by id.
        noticed: Set when a gap is noticed later than at the start.
    """

    def __init__(
        self,
        journal: Journal,
        list_: RecordList | None,
        attachments: Mapping[str, Attachment],
        noticed: asyncio.Event,
        *,
        chance: Chance,
    ) -> None:
        self._journal = journal
        self._list = list_
        self._attachments = attachments
        self._noticed = noticed
        self._chance = chance

    async def run(self) -> None:
        """For ever: work on a gap that is open until a person has accepted it."""
        while True:
            restore = self._open()
            if restore is None:
                await self._noticed.wait()
                self._noticed.clear()
                continue
            log.error("journal restored restore=%s cause=%s", restore.id, restore.cause.value)
            async with asyncio.TaskGroup() as group:
                work = [
                    group.create_task(self._import(restore), name="import"),
                    group.create_task(self._compare(restore), name="compare"),
                ]
                await self._settled(restore)
                for task in work:
                    task.cancel()

    def _open(self) -> Restore | None:
        return self._journal.queries.open_restore()

    async def _settled(self, restore: Restore) -> None:
        heads = self._journal.heads()
        while (now := self._open()) is not None and now.id == restore.id:
            await anext(heads)

    async def _import(self, restore: Restore) -> None:
        """Import what Stripe has of the gap, however often it takes to be told all of it."""
        if self._list is None or restore.listed_ms is not None:
            return
        pause_s = RETRY_MIN_S
        while True:
            try:
                await self._import_pages(restore, self._list)
            except (UpstreamUnavailable, CredentialRefused, UpstreamRefused) as error:
                log.warning("gap not imported restore=%s reason=%s", restore.id, error)
            else:
                return
            await asyncio.sleep(self._chance.uniform(pause_s / 2, pause_s))
            pause_s = min(pause_s * 2, RETRY_MAX_S)

    async def _import_pages(self, restore: Restore, list_: RecordList) -> None:
        kin, seen = Kin.of(self._journal), 0
        async for page in list_.since(restore.after_ms // 1000 - IMPORT_LOOK_BACK_S):
            seen += len(page)
            lost = self._lost(page, restore, kin)
            if lost.payments or lost.refunds:
                await self._journal.commit(lost)
        await self._journal.commit(FinishListing(restore.id, seen))

    def _lost(
        self, page: Sequence[Mapping[str, Any]], restore: Restore, kin: Kin
    ) -> ImportPayments:
        """What the page tells of this store, and the journal may have lost."""
        queries = self._journal.queries
        told = [one for record in page if (one := lost_records.told(record, restore.id))]
        return ImportPayments(
            tuple(one for one in told if kin.has_lost(one, restore.after_seq, queries)),
            tuple(
                lost_records.refunded(one)
                for one in told
                if one.amount_refunded and queries.payment_intent(one.payment_intent)
            ),
        )

    async def _compare(self, restore: Restore) -> None:
        """Ask each reader once what it has, as soon as it answers and the import is through."""
        while True:
            now = self._journal.queries.restore(restore.id)
            assert now is not None, restore
            told = {side.reader for side in now.terminals}
            waits = self._list is not None and now.listed_ms is None
            for reader in () if waits else sorted(self._attachments.keys() - told):
                await self._ask(restore, reader)
            await asyncio.sleep(TERMINAL_RETRY_S)

    async def _ask(self, restore: Restore, reader: str) -> None:
        try:
            totals, receipt = await self._attachments[reader].ask(_turnover)
        except Refused:
            return  # away, or busy with a payment: asked again soon
        except (Unsupported, TerminalRefused, NoAnswer):
            totals, receipt = None, None
        payments = tuple(self._imported_at(restore, reader))
        command = CompareTerminal(restore.id, reader, totals, receipt, payments)
        await self._journal.commit(command)

    def _imported_at(self, restore: Restore, reader: str) -> list[ImportedPayment]:
        imported = self._journal.queries.imported_since(restore.after_seq)
        approved = self._journal.queries.is_approved
        return [one for one in imported if one.reader == reader and not approved(one.attempt)]


async def _turnover(reader: CardReader) -> tuple[Totals | None, int | None]:
    """What it adds up, and the number of its last receipt; None where it does not tell."""
    last = await reader.last_transaction()
    try:
        totals = await reader.totals()
    except Unsupported:
        totals = None
    return totals, None if last is None else last.receipt
