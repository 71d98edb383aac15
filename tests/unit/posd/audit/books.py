"""A store whose books are compared: a stage, its business days, and a Stripe told by hand."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from posd.audit.acceptance import AuditBooks
from posd.audit.audits import Audits
from posd.errors import UpstreamRefused
from posd.model.audit_findings import DayFindings, PeriodFindings
from posd.model.business_day import BusinessDay
from posd.model.facts import EffectDone
from posd.render.audit_csv import table
from posd.upstream.payment_records import PaymentRecordReports
from posd.upstream.uplink import UpstreamCall
from tests.unit.posd.journal.scenario import Facts
from tests.unit.posd.stage import Stage

TODAY = "2026-11-01"
REPORTS = PaymentRecordReports()
UTC_DAYS = BusinessDay(UTC, time(4))


class StripeFake:
    """Lists the records it was given, after it has thought; raises what it is told to."""

    def __init__(self, *records: dict[str, Any]) -> None:
        self.records = list(records)
        self.hidden: dict[str, dict[str, Any]] = {}
        self.failure: Exception | None = None
        self.thinks_s = 0.0
        self.asked: list[str] = []

    async def __call__(self, asked: UpstreamCall, /) -> dict[str, Any]:
        self.asked.append(asked.path)
        await asyncio.sleep(self.thinks_s)
        if self.failure is not None:
            raise self.failure
        parts = urlsplit(asked.path)
        if parts.path == "/v1/payment_records":
            return self._page(parse_qs(parts.query))
        record = self.hidden.get(parts.path.rpartition("/")[2])
        if record is None:
            raise UpstreamRefused(404, {"type": "invalid_request_error"})
        return record

    def _page(self, query: dict[str, list[str]]) -> dict[str, Any]:
        after = query.get("starting_after")
        ids = [one["id"] for one in self.records]
        first = ids.index(after[0]) + 1 if after else 0
        until = first + int(query["limit"][0])
        page = self.records[first:until]
        return {"object": "list", "data": page, "has_more": until < len(self.records)}


def record(
    id_: str, attempt: str | None, guaranteed: int, refunded: int = 0, currency: str = "eur"
) -> dict[str, Any]:
    """A Payment Record as Stripe would tell it."""
    metadata = {} if attempt is None else {"posd_attempt": attempt, "posd_reader": "tmr_posd_1"}
    return {
        "id": id_,
        "object": "payment_record",
        "amount_guaranteed": {"currency": currency, "value": guaranteed},
        "amount_refunded": {"currency": currency, "value": refunded},
        "metadata": metadata,
    }


async def reported(on: Stage, attempt: str, payment_intent: str, record_id: str) -> None:
    """Stripe has the attempt's report, guaranteed, and the journal knows it."""
    intent = on.journal.queries.payment_intent(payment_intent)
    taken = on.journal.queries.attempt(attempt)
    assert intent is not None
    assert taken is not None
    effect = f"{attempt}-report"
    guarantee = REPORTS.guaranteed(intent, taken, record_id)
    done = EffectDone(effect, payment_intent, record_id)
    await on.journal.commit(Facts((done,), effects=(guarantee,), settled=(effect,)))
    sure = EffectDone(guarantee.id, payment_intent, None)
    await on.journal.commit(Facts((sure,), settled=(guarantee.id,)))


def books(on: Stage, stripe: StripeFake | None = None, day: BusinessDay = UTC_DAYS) -> AuditBooks:
    """The use cases on that stage."""
    audits = Audits(on.journal.audits, day, on.clock, stripe)
    return AuditBooks(on.journal, audits, table)


async def found(
    on: Stage, stripe: StripeFake | None = None, period: str = TODAY, day: BusinessDay = UTC_DAYS
) -> Sequence[DayFindings]:
    """What an audit finds of those days."""
    return (await books(on, stripe, day).audited(period)).days


async def only_period(on: Stage, stripe: StripeFake | None = None) -> PeriodFindings:
    """The one closing period that today has."""
    (day,) = await found(on, stripe)
    (period,) = day.periods
    return period
