"""Exports of audits, a person who accepts one, and the lists that tills post, as commands."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from msgspec import Struct

from posd.audit.audits import Audits
from posd.errors import JournalDamaged, Refused
from posd.journal.command import Claim, Decision, Ledger
from posd.journal.store import Journal
from posd.model import audit_period
from posd.model.audit import DIFFERENCES_MAX, UNCHECKED_MAX
from posd.model.audit_facts import DayAudited, TillEntry, TillListPosted
from posd.model.audit_findings import DayFindings
from posd.model.closing import Agreement
from posd.model.day_audit import DayAudit, TillList, audit_id, till_list_id
from posd.model.projection import Circumstance

EXPORTS_KEPT: Final = 8
"""An export older than the last so many is made anew before it can be accepted."""
Table: TypeAlias = Callable[[Sequence[DayFindings]], str]
"""Writes findings as the CSV that is exported."""


class Export(Struct, frozen=True):
    """What was found of a period, and the CSV of it with its SHA-256 in hex."""

    period: str
    days: tuple[DayFindings, ...]
    csv: str
    sha256: str


class AcceptDays(Struct, frozen=True):
    """The command behind `accept`: DayAudited for each day, all or none."""

    facts: tuple[DayAudited, ...]
    actor: str
    claim: Claim | None

    def decide(self, _ledger: Ledger, _at: Circumstance, /) -> Decision:
        """The facts. Answers with the first day's audit."""
        return Decision(facts=self.facts, answer=self.facts[0].audit)


class PostTillList(Struct, frozen=True):
    """The command behind `till_list`."""

    fact: TillListPosted
    actor: str
    claim: Claim | None

    def decide(self, _ledger: Ledger, _at: Circumstance, /) -> Decision:
        """TillListPosted. Answers with the list."""
        return Decision(facts=(self.fact,), answer=self.fact.till_list)


class AuditBooks:
    """The use cases of an audit.

    Args:
        table: Writes the CSV.
    """

    def __init__(self, journal: Journal, audits: Audits, table: Table) -> None:
        self._journal = journal
        self._audits = audits
        self._table = table
        self._exports: dict[str, Export] = {}

    async def audited(self, period: str) -> Export:
        """Audit the period. Raises Refused for what is none, and for a chain that is broken."""
        asked = _parsed(period)
        try:
            days = tuple(await self._audits.days(asked.first, asked.last))
        except JournalDamaged as error:
            raise Refused(
                "journal_damaged", f"Nothing is compared: {error}.", status=409
            ) from error
        csv = self._table(days)
        export = Export(period, days, csv, hashlib.sha256(csv.encode()).hexdigest())
        self._exports.pop(period, None)
        self._exports[period] = export
        if len(self._exports) > EXPORTS_KEPT:
            del self._exports[next(iter(self._exports))]
        return export

    async def accept(
        self, period: str, sha256: str, reason: str | None, *, actor: str, claim: Claim | None
    ) -> tuple[DayAudit, ...]:
        """Make durable that this export was seen and is accepted. Raises Refused."""
        export = self._exports.get(period)
        if export is None or export.sha256 != sha256:
            raise Refused(
                "parameter_invalid",
                "posd has no such export of this period in hand, or audited it anew since: audit "
                "it again, and accept what you see then.",
                param="export_sha256",
            )
        days = [day for day in export.days if day.chain is not None]
        _check_acceptable(days, reason)
        facts = tuple(_accepted(day, sha256, reason) for day in days)
        await self._journal.commit(AcceptDays(facts, actor, claim))
        found = [self._journal.audits.day_audit(fact.audit) for fact in facts]
        return tuple(one for one in found if one is not None)

    async def post_till_list(
        self,
        day: str,
        entries: Sequence[TillEntry],
        part: int,
        *,
        actor: str,
        claim: Claim | None,
    ) -> TillList:
        """Keep what the till has of the business day. Raises Refused."""
        if _parsed(day).first != day:
            raise _no_period("A till's list is of one business day: YYYY-MM-DD.")
        fact = TillListPosted(till_list_id(day, actor, part), day, actor, tuple(entries))
        await self._journal.commit(PostTillList(fact, actor, claim))
        posted = self._journal.audits.till_list(fact.till_list)
        assert posted is not None, fact
        return posted


def _parsed(period: str) -> audit_period.Period:
    try:
        return audit_period.parse(period)
    except audit_period.BadPeriod as error:
        raise _no_period(str(error)) from error


def _no_period(why: str) -> Refused:
    return Refused("parameter_invalid", why, param="period")


def _check_acceptable(days: Sequence[DayFindings], reason: str | None) -> None:
    if not days:
        raise Refused(
            "parameter_invalid", "The journal has nothing of this period.", param="period"
        )
    unproven = [id_ for day in days for one in day.periods for id_ in one.books.unproven]
    if unproven:
        raise Refused(
            "resource_open",
            f"Nobody knows yet what became of '{unproven[0]}', and of {len(unproven) - 1} more: "
            "decide that first.",
            param="period",
            status=409,
        )
    if reason is None and any(day.agreement is not Agreement.EQUAL for day in days):
        raise Refused(
            "parameter_missing",
            "Something differs or was not checked: say in 'reason' why that is accepted.",
            param="reason",
        )


def _accepted(day: DayFindings, sha256: str, reason: str | None) -> DayAudited:
    assert day.chain is not None, day
    pairs = [
        (one.books.reader, side, pair)
        for one in day.periods
        for side, pair in (("terminal", one.terminal), ("stripe", one.stripe), ("till", one.till))
    ]
    differences = [*day.elsewhere, *(one for _, _, pair in pairs for one in pair.differences)]
    unchecked = [
        f"{reader} {side}: {word.value}" for reader, side, pair in pairs for word in pair.unchecked
    ]
    return DayAudited(
        audit=audit_id(day.business_day),
        business_day=day.business_day,
        agreement=day.agreement.value,
        differences=tuple(differences[:DIFFERENCES_MAX]),
        difference_count=len(day.elsewhere) + sum(pair.difference_count for _, _, pair in pairs),
        unchecked=tuple(unchecked[:UNCHECKED_MAX]),
        first_seq=day.chain.first_seq,
        last_seq=day.chain.last_seq,
        first_hash=day.chain.first_hash,
        last_hash=day.chain.last_hash,
        export_sha256=sha256,
        reason=None if day.agreement is Agreement.EQUAL else reason,
    )
