"""What the API of audits and drafted refunds stands on; made when it is first asked for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from posd.journal.command import Claim
from posd.model.audit_facts import TillEntry
from posd.model.day_audit import DayAudit, TillList
from posd.model.refund_draft import RefundDraft

if TYPE_CHECKING:
    from posd.audit.acceptance import Export


class AuditBooksPort(Protocol):
    """posd.audit.acceptance.AuditBooks, as far as the API uses it."""

    async def audited(self, period: str) -> "Export":
        """Audit the period. Raises Refused."""
        ...

    async def accept(
        self, period: str, sha256: str, reason: str | None, *, actor: str, claim: Claim | None
    ) -> Sequence[DayAudit]:
        """Make durable that this export is accepted. Raises Refused."""
        ...

    async def post_till_list(
        self,
        day: str,
        entries: Sequence[TillEntry],
        part: int,
        *,
        actor: str,
        claim: Claim | None,
    ) -> TillList:
        """Keep what the till has of the day. Raises Refused."""
        ...


class DraftsPort(Protocol):
    """posd.audit.drafts.Drafts, as far as the API uses it."""

    def open(self) -> Sequence[RefundDraft]:
        """Those that are not over, oldest first."""
        ...

    async def approve(
        self, draft: str, reason: str, reader: str | None, *, actor: str
    ) -> RefundDraft:
        """Begin the refund. Raises Refused."""
        ...

    async def dismiss(
        self, draft: str, reason: str, *, actor: str, claim: Claim | None
    ) -> RefundDraft:
        """Make durable that it need not go back. Raises Refused."""
        ...


class AuditServices(Struct, frozen=True):
    """What compares the books, and what becomes of charges that are one too many."""

    books: AuditBooksPort
    drafts: DraftsPort
