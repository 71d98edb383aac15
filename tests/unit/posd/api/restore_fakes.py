"""A gap of the journal, as far as the API's tests need it."""

from dataclasses import dataclass

from msgspec.structs import replace

from posd.errors import Refused, check_seen
from posd.journal.command import Answered, Claim
from posd.model.closing import Agreement, Takings
from posd.model.restore import Decided, ImportedPayment, Restore, TerminalSide
from posd.model.restore_facts import RestoreCause

AT_MS = 1_793_491_200_000
SIDE = TerminalSide(
    "tmr_posd_1", 3750, Takings(AT_MS, 1, 1250), 2, 2500, Agreement.EQUAL, 19, AT_MS
)
GAP = Restore("rst_posd_1", "ep_2", RestoreCause.BEHIND, AT_MS, 980, AT_MS, 1043, terminals=(SIDE,))
LOST = ImportedPayment(
    "pr_1", "rst_posd_1", "pi_posd_9", "att_9", "tmr_posd_1", 1250, "eur", 1250, 0, AT_MS, "A-17",
    terminal_id="52523535", receipt=17,
)  # fmt: skip


@dataclass
class RestoresFake:
    """Has `restore`, or none."""

    restore: Restore | None = None

    def shown(self) -> tuple[Restore | None, list[ImportedPayment]]:
        return self.restore, [] if self.restore is None else [LOST]

    def imported_for(self, order: str) -> list[ImportedPayment]:
        if self.restore is not None and self.restore.closed_to_sales:
            raise Refused("journal_restored", "Facts are missing.", status=409)
        return [LOST] if self.restore is not None and order == LOST.order else []

    async def accept(
        self, reason: str, *, actor: str, claim: Claim | None, seen: str | None = None
    ) -> Answered[Restore]:
        check_seen(seen, self._found().id)
        self.restore = replace(self._found(), accepted=Decided(actor, AT_MS, reason))
        return Answered(self.restore, replayed=claim is not None and claim.key == "again")

    async def let_sell(
        self, reason: str, *, actor: str, claim: Claim | None, seen: str | None = None
    ) -> Answered[Restore]:
        check_seen(seen, self._found().id)
        self.restore = replace(self._found(), sales=Decided(actor, AT_MS, reason))
        return Answered(self.restore, replayed=claim is not None and claim.key == "again")

    def _found(self) -> Restore:
        if self.restore is None:
            raise Refused("resource_missing", "There is no gap.", status=404)
        return self.restore
