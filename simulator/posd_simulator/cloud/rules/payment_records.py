"""Payment Records: payments made elsewhere and reported to Stripe.

A record has one attempt after another and no status of its own: its state follows from the
attempts and the amounts. Source: Stripe API reference, "Payment Records". Where it is silent, the
stricter reading is taken: an attempt that has ended, however it ended, ends only once.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from posd.stripe_wire.errors import Rejected, invalid_request


class Outcome(Enum):
    """How an attempt ended."""

    GUARANTEED = "guaranteed"
    FAILED = "failed"
    CANCELED = "canceled"


LEGAL: Mapping[Outcome | None, frozenset[Outcome]] = {
    None: frozenset(Outcome),
    Outcome.GUARANTEED: frozenset(),
    Outcome.FAILED: frozenset(),
    Outcome.CANCELED: frozenset(),
}
"""How an attempt with this outcome (None: it is open) may yet end."""

Details = dict[str, object]
"""Descriptive hashes that are stored and shown as reported."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a payment network. Times are seconds since 1970 UTC.

    Attributes:
        ended_at: When it was guaranteed, failed or canceled; None while it is open.
    """

    id: str
    created: int
    initiated_at: int
    payment_method_details: Details
    outcome: Outcome | None = None
    ended_at: int | None = None
    description: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    shipping_details: Details | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund made elsewhere and reported. `value` is in minor units of the record's currency."""

    reference: str
    value: int
    created: int
    initiated_at: int | None = None
    refunded_at: int | None = None
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """A reported payment of `value` minor units; its attempts, oldest first; its refunds."""

    id: str
    created: int
    currency: str
    value: int
    attempts: tuple[Attempt, ...]
    refunds: tuple[Refund, ...] = ()
    customer_details: Details | None = None
    customer_presence: str | None = None
    description: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    payment_reference: str | None = None
    shipping_details: Details | None = None

    @property
    def latest(self) -> Attempt:
        """The most recent attempt; a record has at least one."""
        return self.attempts[-1]


def guaranteed_value(record: PaymentRecord) -> int:
    """Minor units whose arrival is guaranteed."""
    ended = (attempt.outcome for attempt in record.attempts)
    return record.value if Outcome.GUARANTEED in ended else 0


def refunded_value(record: PaymentRecord) -> int:
    """Minor units given back."""
    return sum(refund.value for refund in record.refunds)


def with_attempt(record: PaymentRecord, attempt: Attempt) -> PaymentRecord:
    """Report another attempt; only when all earlier ones failed or were canceled."""
    if any(earlier.outcome in (None, Outcome.GUARANTEED) for earlier in record.attempts):
        raise _refused(
            "A payment attempt can only be reported once all earlier attempts have failed or "
            "have been canceled."
        )
    return replace(record, attempts=(*record.attempts, attempt))


def with_outcome(record: PaymentRecord, outcome: Outcome, at: int) -> PaymentRecord:
    """Report how the latest attempt ended; an error if it has ended before."""
    latest = record.latest
    if outcome not in LEGAL[latest.outcome]:
        word = "closed" if latest.outcome is None else latest.outcome.value
        raise _refused(f"The latest payment attempt record is already {word}.")
    ended = replace(latest, outcome=outcome, ended_at=at)
    return replace(record, attempts=(*record.attempts[:-1], ended))


def with_refund(record: PaymentRecord, refund: Refund, taken: Collection[str]) -> PaymentRecord:
    """Report a refund of at most what is left; `taken` are all references of the account."""
    if refund.reference in taken:
        raise invalid_request(
            f"A refund with the reference '{refund.reference}' has already been reported.",
            param="processor_details[custom][refund_reference]",
        )
    remaining = guaranteed_value(record) - refunded_value(record)
    if refund.value > remaining or remaining == 0:
        raise invalid_request(
            f"The refund ({refund.value}) is greater than what is left of the payment "
            f"({remaining}).",
            param="amount[value]",
        )
    return replace(record, refunds=(*record.refunds, refund))


def _refused(message: str) -> Rejected:
    return invalid_request(message)
