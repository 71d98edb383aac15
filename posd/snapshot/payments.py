"""How the latest payments stand, in the words of the shop floor."""

from collections.abc import Mapping
from typing import Final

from posd.model.attempt import Attempt, AttemptState
from posd.model.payment_intent import IntentState, PaymentIntent
from posd.outcome import IN_DIALOGUE
from posd.snapshot.queries import Queries
from posd.snapshot.views import (
    PaymentStatus,
    PaymentView,
    ReaderView,
    ReportStatus,
    Upstream,
    UpstreamState,
)

PAYMENTS_MAX: Final = 20
ATTEMPT_STATUS: Final[Mapping[AttemptState, PaymentStatus]] = {
    AttemptState.STARTED: PaymentStatus.AT_READER,
    AttemptState.REPORTED: PaymentStatus.AT_READER,
    AttemptState.UNKNOWN: PaymentStatus.UNPROVEN,
    AttemptState.PERSON: PaymentStatus.NEEDS_A_PERSON,
    AttemptState.SET_ASIDE: PaymentStatus.SET_ASIDE,
    AttemptState.APPROVED: PaymentStatus.APPROVED,
    AttemptState.DECLINED: PaymentStatus.DECLINED,
    AttemptState.ABORTED: PaymentStatus.CANCELLED,
    AttemptState.NOT_SENT: PaymentStatus.NOT_CHARGED,
    AttemptState.NOT_CHARGED: PaymentStatus.NOT_CHARGED,
}


def payment_views(
    queries: Queries, readers: Mapping[str, ReaderView], upstream: Upstream
) -> tuple[PaymentView, ...]:
    """The PAYMENTS_MAX newest, newest first."""
    latest = queries.latest_payment_intents(PAYMENTS_MAX)
    return tuple(_payment(intent, queries, readers, upstream) for intent in latest)


def _payment(
    intent: PaymentIntent, queries: Queries, readers: Mapping[str, ReaderView], upstream: Upstream
) -> PaymentView:
    paid = intent.state is IntentState.APPROVED
    latest = queries.latest_attempt(intent.id) if paid else None
    telling = queries.attempt(intent.telling) if intent.telling else None
    return payment_view(intent, (latest, telling), readers, upstream)


def payment_view(
    intent: PaymentIntent,
    attempts: tuple[Attempt | None, Attempt | None],
    readers: Mapping[str, ReaderView],
    upstream: Upstream,
) -> PaymentView:
    """One payment; `attempts` are its latest, looked at where it is paid, and the telling one."""
    paid = intent.state is IntentState.APPROVED
    latest, telling = attempts
    refunding = latest if paid and latest is not None and latest.refund is not None else None
    attempt = refunding or telling
    return PaymentView(
        id=intent.id,
        amount=intent.amount_received if paid else intent.amount,
        currency=intent.currency,
        status=refund_status(intent, refunding) if refunding else payment_status(intent, telling),
        at_ms=attempt.changed_ms if attempt else intent.created_ms,
        reader=label_of(attempt.reader, readers) if attempt else None,
        order=intent.order,
        report=_report(intent, upstream),
        at_risk=paid and intent.at_risk,
    )


def payment_status(intent: PaymentIntent, telling: Attempt | None) -> PaymentStatus:
    """How the payment stands; `telling` is the attempt that tells it."""
    if intent.state is IntentState.CANCELED:
        return PaymentStatus.CANCELLED
    if intent.state is IntentState.CAPTURABLE:
        return PaymentStatus.HELD
    return PaymentStatus.NEW if telling is None else ATTEMPT_STATUS[telling.state]


def refund_status(intent: PaymentIntent, refunding: Attempt) -> PaymentStatus:
    """How a payment stands whose latest attempt is a refund: it is paid, whatever comes of that."""
    if refunding.state in IN_DIALOGUE:
        return PaymentStatus.REFUNDING
    if refunding.unproven:
        return ATTEMPT_STATUS[refunding.state]
    if intent.given_back:
        return PaymentStatus.REFUNDED
    partly = intent.amount_refunded > 0
    return PaymentStatus.PARTLY_REFUNDED if partly else PaymentStatus.APPROVED


def _report(intent: PaymentIntent, upstream: Upstream) -> ReportStatus:
    if intent.payment_record:
        return ReportStatus.REPORTED
    certain = upstream.at_risk or not intent.at_risk
    taken = intent.state is IntentState.APPROVED
    owed = taken and certain and upstream.state is not UpstreamState.NONE
    return ReportStatus.WAITING if owed else ReportStatus.NOT_OWED


def label_of(reader: str, readers: Mapping[str, ReaderView]) -> str:
    """What the shop calls the reader, or its id where posd does not hold it."""
    return readers[reader].label if reader in readers else reader
