"""What begins a refund, and what is written on it; its attempt says how it ends."""

from collections.abc import Mapping

from msgspec import Struct, field


class RefundRequested(Struct, frozen=True):
    """Money is to go back; an attempt carries it out, begun in the same transaction (M11).

    Attributes:
        refund: Its id, `re_posd_…`.
        payment_intent: What had been paid.
        charge: What had been taken.
        amount: Minor units of `currency`, at most what is left of the charge.
        reason: Stripe's word for why, or None.
    """

    refund: str
    payment_intent: str
    charge: str
    amount: int
    currency: str
    reason: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


class RefundUpdated(Struct, frozen=True):
    """What the till wrote on a refund, from here on, whole. The money is not touched."""

    refund: str
    metadata: Mapping[str, str]
