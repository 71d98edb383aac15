"""Reconcile mode: finds out what a journal that was put back from a backup has lost.

Before posd sends anything after a start, Stripe's list is asked for reports of this very epoch that
the journal does not know: a machine that was set back with all its files shows nowhere else. While
a gap is open, its payments are imported page by page and each terminal's turnover is compared;
nothing is sent until a person has accepted the gap.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from posd.attachments import Attachment
from posd.errors import CredentialRefused, Refused, UpstreamRefused, UpstreamUnavailable
from posd.ids import Chance, Ids
from posd.journal.store import Journal
from posd.model.attempt import AttemptState
from posd.model.restore import ImportedPayment, Restore
from posd.model.restore_facts import PaymentImported
from posd.restores import CompareTerminal, FinishListing, ImportPayments, NoticeElsewhere
from posd.upstream import lost_records
from posd.upstream.account import AccountCheck
from posd.upstream.limiter import Limiter
from posd.upstream.uplink import Uplink, UpstreamCall
from posd_drivers.card_reader import CardReader, Totals
from posd_drivers.errors import NoAnswer, Unsupported
from posd_drivers.errors import Refused as TerminalRefused

log = logging.getLogger(__name__)

RETRY_MIN_S: Final = 1.0
RETRY_MAX_S: Final = 60.0
START_LOOK_BACK_S: Final = 3600
IMPORT_LOOK_BACK_S: Final = 24 * 3600
"""The store's clock and Stripe's may differ, and a report may be late."""
START_PAGES_MAX: Final = 10
"""A start looks at the newest records of an account that many stores share, and no further."""
TERMINAL_RETRY_S: Final = 10.0
TOO_MANY: Final = 429


class StripesList:
    """Stripe's Payment Records, asked for at the store's pace. None is asked twice at once."""

    def __init__(self, uplink: Uplink, limiter: Limiter) -> None:
        self._uplink = uplink
        self._limiter = limiter

    async def since(self, created_after_s: int) -> AsyncIterator[list[Mapping[str, Any]]]:
        """Pages, newest first. Raises UpstreamUnavailable, CredentialRefused, UpstreamRefused."""
        async for page in lost_records.pages(self._ask, created_after_s):
            yield page

    async def _ask(self, asked: UpstreamCall) -> dict[str, Any]:
        await self._limiter.acquire()
        try:
            return await self._uplink.call(asked)
        except UpstreamRefused as refused:
            if refused.status in (401, 403):
                raise CredentialRefused(str(refused)) from refused
            if refused.status == TOO_MANY or refused.status >= 500:
                raise UpstreamUnavailable(str(refused)) from refused
            raise


class Reconciler:
    """Says when posd may send, and fills the gap until then.

    Args:
        list_: Stripe's list, or None where nothing is reported there.
        attachments: The readers that posd holds, by id.

    Attributes:
        problem: Why Stripe has not told yet what it knows of the gap, or None.
    """

    def __init__(
        self,
        journal: Journal,
        list_: StripesList | None,
        attachments: Mapping[str, Attachment],
        *,
        ids: Ids,
        chance: Chance,
    ) -> None:
        self.problem: str | None = None
        self._journal = journal
        self._list = list_
        self._attachments = attachments
        self._ids = ids
        self._chance = chance
        self._looked = False
        self._noticed = asyncio.Event()

    async def clear_to_send(self) -> None:
        """Return once nothing is missing, or a person has accepted what is.

        Raises UpstreamUnavailable, CredentialRefused while Stripe does not tell whether it is.
        """
        if not self._looked:
            await self._look_for_lost()
            self._looked = True
        while (restore := self._open()) is not None:
            await self._settled(restore)

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

    async def _look_for_lost(self) -> None:
        """Notice a gap that only Stripe can tell of. Nothing where one is open already."""
        before, life = self._journal.before, self._journal.life
        if self._list is None or before is None or not life.epoch or self._open() is not None:
            return
        lost_seq, pages = 0, 0
        try:
            async for page in self._list.since(before.wall_ms // 1000 - START_LOOK_BACK_S):
                for payment in self._told(page, ""):
                    if payment.epoch == life.epoch and self._is_lost(payment, before.seq):
                        lost_seq = max(lost_seq, payment.seq or 0)
                pages += 1
                if pages == START_PAGES_MAX:
                    break
        except UpstreamRefused as refused:
            log.warning("not checked whether the journal is the latest reason=%s", refused)
        if lost_seq:
            await self._journal.commit(
                NoticeElsewhere(
                    restore=self._ids.new("rst_posd"),
                    epoch=self._ids.new("ep"),
                    after_seq=before.seq,
                    after_ms=before.wall_ms,
                    lost_seq=lost_seq,
                )
            )
            self._noticed.set()

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
                self.problem = str(error)
            else:
                self.problem = None
                return
            await asyncio.sleep(self._chance.uniform(pause_s / 2, pause_s))
            pause_s = min(pause_s * 2, RETRY_MAX_S)

    async def _import_pages(self, restore: Restore, list_: StripesList) -> None:
        epochs = self._journal.queries.epochs()
        terminals = self._journal.queries.terminals()
        life, seen = self._journal.life, 0
        async for page in list_.since(restore.after_ms // 1000 - IMPORT_LOOK_BACK_S):
            seen += len(page)
            lost = tuple(
                payment
                for payment in self._told(page, restore.id)
                if (
                    payment.epoch in epochs
                    or (payment.terminal_id in terminals and payment.epoch != life.epoch)
                )
                and self._is_lost(payment, restore.after_seq if payment.epoch in epochs else None)
            )
            if lost:
                await self._journal.commit(ImportPayments(lost))
        await self._journal.commit(FinishListing(restore.id, seen))

    def _told(self, page: list[Mapping[str, Any]], restore: str) -> list[PaymentImported]:
        told = [lost_records.told(record, restore) for record in page]
        return [one for one in told if one is not None]

    def _is_lost(self, payment: PaymentImported, after_seq: int | None) -> bool:
        """Whether the journal lacks its approval; what stood before `after_seq` it never lost."""
        if None not in (payment.seq, after_seq) and (payment.seq or 0) <= (after_seq or 0):
            return False
        attempt = self._journal.queries.attempt(payment.attempt)
        return attempt is None or attempt.state is not AttemptState.APPROVED

    async def _compare(self, restore: Restore) -> None:
        """Ask each reader once what it has, as soon as it answers and the import is through."""
        while True:
            now = self._journal.queries.restore(restore.id)
            assert now is not None, restore
            told = {side.reader for side in now.terminals}
            waits = self._list is not None and now.listed_ms is None
            for reader in () if waits else self._attachments.keys() - told:
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
        imported = self._journal.queries.imported_payments(restore.id)
        return [one for one in imported if one.reader == reader]


class ClearedAccount:
    """Whose account the credential opens, told to whoever sends only once posd may send."""

    def __init__(self, account: AccountCheck, reconciler: Reconciler) -> None:
        self._account = account
        self._reconciler = reconciler

    async def own(self) -> str:
        """As AccountCheck.own, once posd may send."""
        account = await self._account.own()
        await self._reconciler.clear_to_send()
        return account

    def forget(self) -> None:
        """As AccountCheck.forget."""
        self._account.forget()


async def _turnover(reader: CardReader) -> tuple[Totals | None, int | None]:
    """What it adds up, and the number of its last receipt; None where it does not tell."""
    last = await reader.last_transaction()
    try:
        totals = await reader.totals()
    except Unsupported:
        totals = None
    return totals, None if last is None else last.receipt
