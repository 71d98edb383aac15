"""Every metric that posd has, as one table in the order of the answer; pure.

Names as Prometheus wants them: base units, `_total` for what only grows. A label has as many values
as the store has readers, lanes or currencies, or as its enumeration names.
"""

from enum import Enum
from typing import Final

from msgspec import Struct


class Kind(Enum):
    """What a metric is, in Prometheus' words."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Family(Struct, frozen=True):
    """One metric: its name, what it is, what it says, and its labels in their order."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


def _counter(name: str, told: str, *labels: str) -> Family:
    return Family(name, Kind.COUNTER, told, labels)


def _gauge(name: str, told: str, *labels: str) -> Family:
    return Family(name, Kind.GAUGE, told, labels)


def _histogram(name: str, told: str, *labels: str) -> Family:
    return Family(name, Kind.HISTOGRAM, told, labels)


INFO: Final = _gauge(
    "posd_info",
    "1; the version on disk, the version that runs, the newest step of the journal's schema",
    "installed",
    "running",
    "schema",
)
STORE_INFO: Final = _gauge("posd_store_info", "1; what the store is called", "store", "mode")
READER_INFO: Final = _gauge(
    "posd_reader_info", "1; what the shop calls a reader, and its lane", "reader", "label", "lane"
)
VERDICT: Final = _gauge("posd_verdict", "1 for how the store stands, 0 for the others", "level")
LANE: Final = _gauge("posd_lane", "1 for how a lane stands, 0 for the others", "lane", "level")
READER: Final = _gauge(
    "posd_reader", "1 for what a reader can do now, 0 for the others", "reader", "status"
)
READER_SEEN: Final = _gauge(
    "posd_reader_last_seen_timestamp_seconds", "When its terminal last answered", "reader"
)
NEEDS: Final = _gauge("posd_needs_person", "Things that somebody has to do something about")
NEEDS_RED: Final = _gauge(
    "posd_needs_person_stopping", "Those of them that stop a lane, or money that is not proven"
)
UNPROVEN: Final = _gauge(
    "posd_unproven_payments", "Payments that may have taken money, without proof"
)
UNPROVEN_AMOUNT: Final = _gauge(
    "posd_unproven_amount_minor_units", "Their sum in minor units", "currency"
)
PAYMENTS: Final = _counter(
    "posd_payments_total",
    "Attempts that came to their end, by what was tried and what came of it",
    "reader",
    "kind",
    "outcome",
)
DAYS_ENDED: Final = _counter(
    "posd_ends_of_day_total", "Ends of day that came to their end", "reader", "outcome"
)
LEGS: Final = _histogram(
    "posd_payment_leg_duration_seconds", "How long the parts of a payment took", "reader", "leg"
)
UNKNOWN: Final = _counter(
    "posd_outcomes_unknown_total", "Attempts whose outcome was unknown at first", "reader"
)
PERSONS: Final = _counter(
    "posd_outcomes_for_person_total", "Attempts that were handed to a person", "reader"
)
CONTRADICTED: Final = _counter(
    "posd_discrepancies_total", "Proof that contradicted what was decided", "reader"
)
QUEUE: Final = _gauge("posd_queue_reports", "Reports on their way to Stripe")
QUEUE_PARKED: Final = _gauge("posd_queue_parked_reports", "Reports that wait for a person")
QUEUE_AGE: Final = _gauge(
    "posd_queue_oldest_age_seconds", "How long the oldest report has been waiting; 0 if none is"
)
QUEUE_PAYMENTS: Final = _gauge("posd_queue_payments", "Payments that Stripe has not been told of")
QUEUE_AMOUNT: Final = _gauge(
    "posd_queue_amount_minor_units", "Their sum in minor units", "currency"
)
REPORTS: Final = _counter(
    "posd_reports_total", "Reports that Stripe took, or refused for good", "result"
)
UPSTREAM: Final = _gauge(
    "posd_upstream", "1 for how posd stands with Stripe, 0 for the others", "status"
)
REQUESTS: Final = _counter(
    "posd_upstream_requests_total", "Requests to Stripe, by what they met with", "result"
)
ANSWERS: Final = _histogram(
    "posd_upstream_answer_duration_seconds", "How long Stripe took to answer a request"
)
MIRROR_HEARD: Final = _gauge(
    "posd_mirror_heard_timestamp_seconds", "When Stripe last told everything of its fleet"
)
STARTS: Final = _counter("posd_starts_total", "How often posd has started with this journal")
FACTS: Final = _counter("posd_journal_facts_total", "Facts that are durable in this journal")
COMMITS: Final = _histogram(
    "posd_journal_commit_duration_seconds", "How long a command waited until it was on disk"
)
GAP: Final = _gauge("posd_journal_gap", "1 while facts are missing and nobody has accepted that")
LAG: Final = _histogram(
    "posd_event_loop_lag_seconds", "How long the event loop was busy with something else"
)
CERTIFICATE: Final = _gauge(
    "posd_certificate_expiry_timestamp_seconds", "When the certificate for the network ends"
)

FAMILIES: Final = (
    INFO,
    STORE_INFO,
    READER_INFO,
    VERDICT,
    LANE,
    READER,
    READER_SEEN,
    NEEDS,
    NEEDS_RED,
    UNPROVEN,
    UNPROVEN_AMOUNT,
    PAYMENTS,
    DAYS_ENDED,
    LEGS,
    UNKNOWN,
    PERSONS,
    CONTRADICTED,
    QUEUE,
    QUEUE_PARKED,
    QUEUE_AGE,
    QUEUE_PAYMENTS,
    QUEUE_AMOUNT,
    REPORTS,
    UPSTREAM,
    REQUESTS,
    ANSWERS,
    MIRROR_HEARD,
    STARTS,
    FACTS,
    COMMITS,
    GAP,
    LAG,
    CERTIFICATE,
)
