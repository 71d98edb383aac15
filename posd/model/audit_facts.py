"""What was found when the books were compared, and what a person made of it (M16).

Part of the union of facts. Each belongs to an object of its own, never to a payment or a reader.
"""

from enum import Enum
from typing import TypeAlias

from msgspec import Struct


class Side(Enum):
    """Whose books the journal is compared with."""

    TERMINAL = "terminal"
    STRIPE = "stripe"
    TILL = "till"


class Difference(Struct, frozen=True):
    """One thing that two sides say differently.

    Attributes:
        side: Who says otherwise than the journal.
        kind: A fixed word for what differs, of posd.model.audit.
        subject: Id of what it is about: an attempt, an end of day, a Payment Record, an order.
        ours: What the journal has, in minor units or as a count; None if it has nothing.
        theirs: The same of the other side.
    """

    side: Side
    kind: str
    subject: str
    ours: int | None
    theirs: int | None


class DayAudited(Struct, frozen=True):
    """This business day was audited and exported, and the actor accepts it as it is.

    Attributes:
        audit: Its id, made from the day; a later audit of the day takes the place of this one.
        business_day: YYYY-MM-DD.
        agreement: A value of posd.model.closing.Agreement: what all of the day comes to.
        differences: What differed, as far as it was listed.
        difference_count: How many differences there were.
        unchecked: What was not checked, as "subject side: fixed word".
        first_seq: First fact of the stretch that holds the day; its chain was verified.
        last_seq: Its last fact. What the journal learned of the day after that is not in it.
        first_hash: Hash of the first fact, in hex.
        last_hash: Hash of the last fact, in hex.
        export_sha256: SHA-256 of the exported CSV that the actor names, in hex.
        reason: Why what differs or was not checked is accepted; None where all is equal.
    """

    audit: str
    business_day: str
    agreement: str
    differences: tuple[Difference, ...]
    difference_count: int
    unchecked: tuple[str, ...]
    first_seq: int
    last_seq: int
    first_hash: str
    last_hash: str
    export_sha256: str
    reason: str | None = None


class TillEntry(Struct, frozen=True):
    """One payment as a till has it, by the id or by the order it knows.

    `amount` is in minor units of `currency`: what came in that day, less what was given back.
    """

    amount: int
    currency: str
    payment_intent: str | None = None
    order: str | None = None


class TillListPosted(Struct, frozen=True):
    """A till says what it has of a business day; a later list of the same id replaces it.

    `till` is the id of the key whose payments these are: it claims that there are no others.
    """

    till_list: str
    business_day: str
    till: str
    entries: tuple[TillEntry, ...]


class DraftCause(Enum):
    """Why money should go back.

    TWO_PAYMENTS: two approved payments name one order.
    CHARGED_AFTER_ALL: a terminal proves a charge that was decided not to have happened (M6).
    SECOND_AT_STRIPE: Stripe holds a second payment of the order that the journal does not know.
    TAKEN_BY_HAND: somebody took the same amount by hand while the payment was in doubt.
    """

    TWO_PAYMENTS = "two_payments"
    CHARGED_AFTER_ALL = "charged_after_all"
    SECOND_AT_STRIPE = "second_at_stripe"
    TAKEN_BY_HAND = "taken_by_hand"


class RefundDrafted(Struct, frozen=True):
    """Money seems to have been taken once too often; a person decides whether it goes back.

    Attributes:
        draft: Its id, made from the attempt: one charge is drafted once.
        cause: Why.
        payment_intent: The payment that should go back.
        attempt: The attempt that charged.
        amount: Minor units of `currency`.
        order: What was paid twice, or None where no order was named.
        other: Id of what stands against it: the other payment, record or reader.
        receipt: The terminal's receipt number of what should go back, or None.
    """

    draft: str
    cause: DraftCause
    payment_intent: str
    attempt: str
    amount: int
    currency: str
    order: str | None
    other: str
    receipt: int | None = None


class RefundDraftApproved(Struct, frozen=True):
    """A person wants it back; the refund begins in the same transaction (M11)."""

    draft: str
    refund: str
    reason: str


class DraftEnd(Enum):
    """How a draft ended: the money went back by posd or by hand, or a person says it need not."""

    GIVEN_BACK = "given_back"
    BY_HAND = "by_hand"
    DISMISSED = "dismissed"


class RefundDraftClosed(Struct, frozen=True):
    """Nothing is left to decide. `reason` is a person's, None where the money went back."""

    draft: str
    end: DraftEnd
    reason: str | None = None


AuditFact: TypeAlias = (
    DayAudited | TillListPosted | RefundDrafted | RefundDraftApproved | RefundDraftClosed
)
