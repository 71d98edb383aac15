"""posd's durable record of what is to be paid, and what its attempts made of it."""

from collections.abc import Mapping
from enum import Enum
from typing import assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import (
    AttemptKind,
    PaymentIntentCanceled,
    PaymentIntentCreated,
    PaymentIntentUpdated,
)


class IntentState(Enum):
    """Where a PaymentIntent stands, whatever its attempts are called."""

    OPEN = "open"
    IN_HAND = "in_hand"
    UNPROVEN = "unproven"
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

    @property
    def unheard(self) -> bool:
        """Whether it is paid and its till has not been told (M15)."""
        return self.state is IntentState.APPROVED and not self.heard


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


def follow(intent: PaymentIntent, attempt: Attempt) -> PaymentIntent:
    """The intent after its attempt moved. Only sales move an intent here (M7, M11)."""
    if attempt.kind is not AttemptKind.SALE:
        return intent
    intent = replace(intent, attempt=attempt.id)
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
            return replace(
                intent,
                state=IntentState.APPROVED,
                charge=attempt.charge,
                refused=None,
                amount_received=attempt.approved_amount or 0,
            )
        case AttemptState.DECLINED:
            return replace(intent, state=IntentState.OPEN, refused=attempt.id)
        case AttemptState.ABORTED | AttemptState.NOT_SENT | AttemptState.NOT_CHARGED:
            return replace(intent, state=IntentState.OPEN)
        case _:
            assert_never(attempt.state)
