"""How the latest payments stand, in the words of the shop floor."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from posd.journal.tries import Tries
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


class TriesQueries(Protocol):
    """The journal's query-only connection, as far as payments are told."""

    def tries_at(self, intents: Sequence[PaymentIntent]) -> Sequence[Tries]:
        """Of each payment what it is told by, in the order of `intents`."""
        ...


def payment_views(
    queries: Queries, readers: Mapping[str, ReaderView], upstream: Upstream
) -> tuple[PaymentView, ...]:
    """The PAYMENTS_MAX newest, newest first."""
    latest = queries.latest_payment_intents(PAYMENTS_MAX)
    return told(latest, queries, readers, upstream)


def told(
    intents: Sequence[PaymentIntent],
    queries: TriesQueries,
    readers: Mapping[str, ReaderView],
    upstream: Upstream,
) -> tuple[PaymentView, ...]:
    """Those payments, in that order."""
    tries = zip(intents, queries.tries_at(intents), strict=True)
    return tuple(payment_view(intent, one, readers, upstream) for intent, one in tries)


def payment_view(
    intent: PaymentIntent, tries: Tries, readers: Mapping[str, ReaderView], upstream: Upstream
) -> PaymentView:
    """One payment."""
    paid = intent.state is IntentState.APPROVED
    latest, telling = tries.latest, tries.telling
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
