"""Who compares the books, as far as the API's tests need it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from posd.api.audit_ports import AuditServices
from posd.audit.acceptance import Export
from posd.errors import Refused
from posd.journal.command import Claim
from posd.model.audit_facts import DayAudited, DraftCause, DraftEnd, TillEntry
from posd.model.day_audit import DayAudit, TillList
from posd.model.refund_draft import RefundDraft

SHA256 = "ab" * 32
DRAFT = RefundDraft(
    "draft_posd_2",
    DraftCause.TWO_PAYMENTS,
    "pi_posd_2",
    "att_posd_2",
    1250,
    "eur",
    "A-17",
    "pi_posd_1",
    17,
    1_793_491_200_000,
)


@dataclass
class AuditBooksFake:
    """Finds nothing, and keeps what it was told."""

    told: list[object] = field(default_factory=list)

    async def audited(self, period: str) -> Export:
        if not period.startswith("2026"):
            raise Refused("parameter_invalid", "A period is a day.", param="period")
        return Export(period, (), "business_day,reader\r\n", SHA256)

    async def accept(
        self, period: str, sha256: str, reason: str | None, *, actor: str, claim: Claim | None
    ) -> Sequence[DayAudit]:
        assert claim is None or claim.key
        self.told.append((period, sha256, reason, actor))
        found = DayAudited("a", period, "equal", (), 0, (), 1, 2, "aa", "bb", sha256)
        return (DayAudit("a", found, actor, 1_793_491_200_000),)

    async def post_till_list(
        self,
        day: str,
        entries: Sequence[TillEntry],
        part: int,
        *,
        actor: str,
        claim: Claim | None,
    ) -> TillList:
        assert claim is None or claim.key
        self.told.append((day, tuple(entries), part, actor))
        return TillList(f"tlist_{day}", day, actor, tuple(entries), 1_793_491_200_000)


@dataclass
class DraftsFake:
    """Has one draft."""

    told: list[object] = field(default_factory=list)

    def open(self) -> Sequence[RefundDraft]:
        return (DRAFT,)

    async def approve(
        self, draft: str, reason: str, reader: str | None, *, actor: str
    ) -> RefundDraft:
        self.told.append((draft, reason, reader, actor))
        return replace(DRAFT, refunds=("re_posd_1",))

    async def dismiss(
        self, draft: str, reason: str, *, actor: str, claim: Claim | None
    ) -> RefundDraft:
        assert claim is None or claim.key
        self.told.append((draft, reason, actor))
        return RefundDraft(
            draft, DRAFT.cause, "pi", "att", 1, "eur", None, "x", None, 0, end=DraftEnd.DISMISSED
        )


def audits_fake() -> AuditServices:
    """Both."""
    return AuditServices(AuditBooksFake(), DraftsFake())
