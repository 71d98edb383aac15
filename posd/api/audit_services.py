"""What compares the books, wired: made when it is first asked for, since no sale needs it."""

from posd.api.audit_ports import AuditServices
from posd.audit.acceptance import AuditBooks
from posd.audit.audits import Audits
from posd.audit.drafts import Drafts
from posd.clock import Clock
from posd.journal.store import Journal
from posd.model.business_day import BusinessDay
from posd.refunds import Refunds
from posd.render.audit_csv import table
from posd.upstream.record_list import Ask


def audit_services(
    journal: Journal, refunds: Refunds, day: BusinessDay, clock: Clock, ask: Ask | None
) -> AuditServices:
    """The use cases; `ask` is one request to Stripe, None where nothing is reported there."""
    audits = Audits(journal.audits, day, clock, ask)
    return AuditServices(AuditBooks(journal, audits, table), Drafts(journal, refunds))
