"""Money that goes back to a card, and what its attempt made of it (M11)."""

from collections.abc import Mapping
from enum import Enum
from typing import assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from posd.model.attempt import Attempt, AttemptState
from posd.model.refund_facts import RefundRequested, RefundUpdated


class RefundState(Enum):
    """Where a refund stands, in Stripe's words for its `status`."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Refund(Struct, frozen=True):
    """What is to go back. Amounts are minor units, times wall milliseconds.

    Attributes:
        owner: Id of the key that asked for it.
        attempt: Id of the attempt that carries it out.
    """

    id: str
    payment_intent: str
    charge: str
    amount: int
    currency: str
    created_ms: int
    livemode: bool
    owner: str
    reason: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    state: RefundState = RefundState.PENDING
    attempt: str | None = None


def request(fact: RefundRequested, at_ms: int, *, livemode: bool, owner: str) -> Refund:
    """The record of a new refund."""
    return Refund(
        id=fact.refund,
        payment_intent=fact.payment_intent,
        charge=fact.charge,
        amount=fact.amount,
        currency=fact.currency,
        created_ms=at_ms,
        livemode=livemode,
        owner=owner,
        reason=fact.reason,
        metadata=fact.metadata,
    )


def update(refund: Refund, fact: RefundUpdated) -> Refund:
    """The refund with what its till writes on it now."""
    return replace(refund, metadata=fact.metadata)


def follow(refund: Refund, attempt: Attempt) -> Refund:
    """The refund after its attempt moved. Failed is never told without proof (M4)."""
    moved = replace(refund, attempt=attempt.id)
    match attempt.state:
        case (
            AttemptState.STARTED
            | AttemptState.REPORTED
            | AttemptState.UNKNOWN
            | AttemptState.PERSON
            | AttemptState.SET_ASIDE
        ):
            return replace(moved, state=RefundState.PENDING)
        case AttemptState.APPROVED:
            return replace(moved, state=RefundState.SUCCEEDED)
        case (
            AttemptState.DECLINED
            | AttemptState.ABORTED
            | AttemptState.NOT_SENT
            | AttemptState.NOT_CHARGED
        ):
            return replace(moved, state=RefundState.FAILED)
        case _:
            assert_never(attempt.state)
