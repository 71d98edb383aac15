"""posd's durable record of what is to be paid, and what its attempts made of it."""

from collections.abc import Mapping
from enum import Enum
from typing import Final, assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import (
    AttemptKind,
    PaymentIntentCanceled,
    PaymentIntentCreated,
    PaymentIntentUpdated,
)

MANUAL: Final = "manual"
"""`capture_method` of what is held first, and taken by a capture."""


class IntentState(Enum):
    """Where a PaymentIntent stands, whatever its attempts are called."""

    OPEN = "open"
    IN_HAND = "in_hand"
    UNPROVEN = "unproven"
    CAPTURABLE = "capturable"
    APPROVED = "approved"
    CANCELED = "canceled"


class PaymentIntent(Struct, frozen=True):
    """What is to be paid. Amounts are minor units, times wall milliseconds.

    Attributes:
        attempt: Id of its latest attempt, or None.
        charge: Id of the charge that paid it, or None.
        refused: Id of the latest attempt that the issuer or terminal declined, or None.
        payment_record: Stripe's id of the report on it, or None.
        heard: Whether the owning till has been told that it is paid (M15).
        amount_capturable: What is held for a capture and not taken yet.
        at_risk: Whether what was taken may still come back unpaid: offline, or as a debit advice;
            a capture makes nothing certain that was not.
        amount_refunded: What went back to the card, proven.
        booking: Id of the latest attempt to take or give back what is held, or None.
    """

    id: str
    amount: int
    currency: str
    capture_method: str
    created_ms: int
    livemode: bool
    owner: str
    description: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    payment_method_types: tuple[str, ...] = ("card_present",)
    order: str | None = None
    order_part: str | None = None
    business_day: str = ""
    state: IntentState = IntentState.OPEN
    attempt: str | None = None
    charge: str | None = None
    refused: str | None = None
    amount_received: int = 0
    payment_record: str | None = None
    heard: bool = False
    canceled_ms: int | None = None
    cancellation_reason: str | None = None
    amount_capturable: int = 0
    at_risk: bool = False
    amount_refunded: int = 0
    booking: str | None = None

    @property
    def unheard(self) -> bool:
        """Whether it is paid, or held, and its till has not been told (M15)."""
        return self.state in (IntentState.APPROVED, IntentState.CAPTURABLE) and not self.heard

    @property
    def in_booking(self) -> bool:
        """Whether what is held is being taken or given back, and that is not proven yet."""
        unproven = self.state in (IntentState.IN_HAND, IntentState.UNPROVEN)
        return unproven and self.charge is not None

    @property
    def telling(self) -> str | None:
        """Id of the attempt that tells how it stands, or None if there is none."""
        return self.booking if self.in_booking else self.attempt

    @property
    def amount_left(self) -> int:
        """What was taken and has not gone back."""
        return self.amount_received - self.amount_refunded

    @property
    def given_back(self) -> bool:
        """Whether all that was taken went back, proven."""
        return self.state is IntentState.APPROVED and self.amount_left == 0


def create(fact: PaymentIntentCreated, at_ms: int, *, livemode: bool, owner: str) -> PaymentIntent:
    """The record of a new PaymentIntent. `owner` is the key id of the till that made it."""
    return PaymentIntent(
        id=fact.payment_intent,
        amount=fact.amount,
        currency=fact.currency,
        capture_method=fact.capture_method,
        created_ms=at_ms,
        livemode=livemode,
        owner=owner,
        description=fact.description,
        metadata=fact.metadata,
        payment_method_types=fact.payment_method_types,
        order=fact.order,
        order_part=fact.order_part,
        business_day=fact.business_day,
    )


def update(intent: PaymentIntent, fact: PaymentIntentUpdated) -> PaymentIntent:
    """The intent as a till wants it now."""
    return replace(
        intent,
        amount=fact.amount,
        description=fact.description,
        metadata=fact.metadata,
        order=fact.order,
        order_part=fact.order_part,
    )


def cancel(intent: PaymentIntent, fact: PaymentIntentCanceled, at_ms: int) -> PaymentIntent:
    """The intent that nobody may take any more."""
    return replace(
        intent,
        state=IntentState.CANCELED,
        canceled_ms=at_ms,
        cancellation_reason=fact.reason,
    )


def capture(intent: PaymentIntent) -> PaymentIntent:
    """The intent whose held sale is taken in full; its terminal has booked it already."""
    return replace(
        intent,
        state=IntentState.APPROVED,
        amount_received=intent.amount_capturable,
        amount_capturable=0,
    )


def follow(intent: PaymentIntent, attempt: Attempt) -> PaymentIntent:
    """The intent after one of its attempts moved (M7, M11)."""
    match attempt.kind:
        case AttemptKind.SALE | AttemptKind.PREAUTHORISATION:
            return _follow_sale(replace(intent, attempt=attempt.id), attempt)
        case AttemptKind.REVERSAL | AttemptKind.REFUND if attempt.refund is not None:
            return _follow_refund(intent, attempt)
        case AttemptKind.CAPTURE | AttemptKind.RELEASE | AttemptKind.REVERSAL:
            return _follow_booking(replace(intent, booking=attempt.id), attempt)
        case AttemptKind.REFUND | AttemptKind.END_OF_DAY:
            raise AssertionError(attempt)  # the one has a refund, the other no intent
        case _:
            assert_never(attempt.kind)


def _follow_sale(intent: PaymentIntent, attempt: Attempt) -> PaymentIntent:
    match attempt.state:
        case AttemptState.STARTED:
            return replace(intent, state=IntentState.IN_HAND)
        case (
            AttemptState.REPORTED
            | AttemptState.UNKNOWN
            | AttemptState.PERSON
            | AttemptState.SET_ASIDE
        ):
            return replace(intent, state=IntentState.UNPROVEN)
        case AttemptState.APPROVED:
            return _paid(replace(intent, charge=attempt.charge, refused=None), attempt)
        case AttemptState.DECLINED:
            return replace(intent, state=IntentState.OPEN, refused=attempt.id)
        case AttemptState.ABORTED | AttemptState.NOT_SENT | AttemptState.NOT_CHARGED:
            return replace(intent, state=IntentState.OPEN)
        case _:
            assert_never(attempt.state)


def _paid(intent: PaymentIntent, attempt: Attempt) -> PaymentIntent:
    """Taken, or held for a capture; not yet told to its till either way."""
    amount = attempt.approved_amount or 0
    if intent.capture_method == MANUAL:
        return replace(
            intent, state=IntentState.CAPTURABLE, amount_capturable=amount, at_risk=attempt.at_risk
        )
    return replace(
        intent, state=IntentState.APPROVED, amount_received=amount, at_risk=attempt.at_risk
    )


def _follow_booking(intent: PaymentIntent, attempt: Attempt) -> PaymentIntent:
    """Taking or giving back what is held; until that is proven, nothing else happens to it."""
    match attempt.state:
        case AttemptState.STARTED:
            return replace(intent, state=IntentState.IN_HAND)
        case (
            AttemptState.REPORTED
            | AttemptState.UNKNOWN
            | AttemptState.PERSON
            | AttemptState.SET_ASIDE
        ):
            return replace(intent, state=IntentState.UNPROVEN)
        case AttemptState.APPROVED if attempt.kind is AttemptKind.CAPTURE:
            return replace(
                intent,
                state=IntentState.APPROVED,
                amount_received=attempt.approved_amount or 0,
                amount_capturable=0,
                at_risk=intent.at_risk or attempt.at_risk,
            )
        case AttemptState.APPROVED:
            return replace(
                intent,
                state=IntentState.CANCELED,
                amount_capturable=0,
                canceled_ms=attempt.changed_ms,
                cancellation_reason=attempt.cancellation_reason,
            )
        case (
            AttemptState.DECLINED
            | AttemptState.ABORTED
            | AttemptState.NOT_SENT
            | AttemptState.NOT_CHARGED
        ):
            return replace(intent, state=IntentState.CAPTURABLE)
        case _:
            assert_never(attempt.state)


def _follow_refund(intent: PaymentIntent, attempt: Attempt) -> PaymentIntent:
    """Only proven money is given back; what is paid stays paid, whatever becomes of a refund."""
    if attempt.state is not AttemptState.APPROVED:
        return intent
    given_back = attempt.approved_amount or 0
    return replace(intent, amount_refunded=intent.amount_refunded + given_back)
