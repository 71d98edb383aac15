"""An audit as JSON: posd's own shape, amounts in minor units, times in seconds since 1970."""

from collections.abc import Sequence

from posd.model.audit import Books, Pair, Standing, Sum
from posd.model.audit_facts import Difference
from posd.model.audit_findings import DayFindings, PeriodFindings
from posd.model.day_audit import DayAudit, TillList
from posd.render import Json
from posd.render.end_of_day import totals_told


def audit(period: str, days: Sequence[DayFindings], sha256: str) -> Json:
    """What was found of each business day of the period; `sha256` names its CSV."""
    return {
        "object": "posd.audit",
        "period": period,
        "export_sha256": sha256,
        "days": [_day(day) for day in days],
    }


def day_audit(accepted: DayAudit) -> Json:
    """An audit that somebody accepted."""
    found = accepted.found
    return {
        "object": "posd.day_audit",
        "id": accepted.id,
        "business_day": found.business_day,
        "agreement": found.agreement,
        "difference_count": found.difference_count,
        "differences": [_difference(one) for one in found.differences],
        "unchecked": list(found.unchecked),
        "first_seq": found.first_seq,
        "first_hash": found.first_hash,
        "last_seq": found.last_seq,
        "last_hash": found.last_hash,
        "export_sha256": found.export_sha256,
        "accepted_by": accepted.actor,
        "reason": found.reason,
        "created": accepted.at_ms // 1000,
    }


def till_list(posted: TillList) -> Json:
    """A till's list as it was kept."""
    return {
        "object": "posd.till_list",
        "id": posted.id,
        "business_day": posted.business_day,
        "till": posted.till,
        "count": len(posted.entries),
        "created": posted.at_ms // 1000,
    }


def _day(day: DayFindings) -> Json:
    chain = day.chain
    return {
        "business_day": day.business_day,
        "from": day.from_ms // 1000,
        "to": day.to_ms // 1000,
        "agreement": day.agreement.value,
        "chain": None
        if chain is None
        else {
            "verified": True,
            "first_seq": chain.first_seq,
            "first_hash": chain.first_hash,
            "last_seq": chain.last_seq,
            "last_hash": chain.last_hash,
        },
        "periods": [_period(one) for one in day.periods],
        "elsewhere": [_difference(one) for one in day.elsewhere],
        "strays_at_stripe": day.strays,
    }


def _period(found: PeriodFindings) -> Json:
    books, closing = found.books, found.books.closing
    told = None if closing is None or closing.totals is None else closing.totals
    return {
        "reader": books.reader,
        "terminal_id": books.terminal_id,
        "currency": books.currency,
        "end_of_day": None if closing is None else closing.attempt,
        "begun": _seconds(books.takings.since_ms),
        "closed": None if closing is None else closing.at_ms // 1000,
        "journal": _journal(books),
        "terminal": {
            "totals": None if told is None else totals_told(told),
            **_pair(found.terminal),
        },
        "stripe": {"guaranteed": _sum(found.at_stripe), **_pair(found.stripe)},
        "till": {"listed": _sum(found.listed), **_pair(found.till)},
    }


def _journal(books: Books) -> Json:
    return {
        "taken": _sum(books.taken),
        "given_back": _sum(books.given_back),
        "amount": books.net.amount,
        "at_risk": _sum(Sum(books.takings.at_risk_count, books.takings.at_risk_amount)),
        "imported": _sum(books.imported),
        "imported_refunds": _sum(books.imported_refunds),
        "with_stripe": {
            standing.value: _sum(books.by_standing.get(standing, Sum())) for standing in Standing
        },
        "unproven": list(books.unproven),
        "contradicted": list(books.contradicted),
    }


def _pair(pair: Pair) -> Json:
    return {
        "agreement": pair.agreement.value,
        "unchecked": [word.value for word in pair.unchecked],
        "difference_count": pair.difference_count,
        "differences": [_difference(one) for one in pair.differences],
    }


def _difference(one: Difference) -> Json:
    return {
        "side": one.side.value,
        "kind": one.kind,
        "subject": one.subject,
        "journal": one.ours,
        "other": one.theirs,
    }


def _sum(sum_: Sum) -> Json:
    return {"count": sum_.count, "amount": sum_.amount}


def _seconds(wall_ms: int | None) -> int | None:
    return None if wall_ms is None else wall_ms // 1000
