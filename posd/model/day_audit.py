"""What is kept of an audit that a person accepted, and of what a till says of its day."""

from msgspec import Struct

from posd.model.audit_facts import DayAudited, TillEntry, TillListPosted


class DayAudit(Struct, frozen=True):
    """The latest accepted audit of a business day: what was found, by whom it was accepted, when.

    `id` is made from the day; `at_ms` is wall time in milliseconds.
    """

    id: str
    found: DayAudited
    actor: str
    at_ms: int


class TillList(Struct, frozen=True):
    """The latest list that a till posted of a business day, or a part; `at_ms` is wall time."""

    id: str
    business_day: str
    till: str
    entries: tuple[TillEntry, ...]
    at_ms: int


def audit_id(business_day: str) -> str:
    """The id of a day's audit, the same for ever."""
    return f"audit_{business_day}"


def till_list_id(business_day: str, till: str, part: int) -> str:
    """The id of a part of a till's list of a day, the same for ever."""
    return f"tlist_{business_day}_{till}_{part}"


def accepted(fact: DayAudited, actor: str, at_ms: int) -> DayAudit:
    """The audit as it stands now; what it was before stays in the journal."""
    return DayAudit(fact.audit, fact, actor, at_ms)


def listed(fact: TillListPosted, at_ms: int) -> TillList:
    """The till's list as it stands now."""
    return TillList(fact.till_list, fact.business_day, fact.till, fact.entries, at_ms)
