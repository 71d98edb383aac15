"""What a journal that has lost facts refuses, until it is known what they were (M7).

Money that the lost facts took must not be taken, given back, captured or closed over again.
"""

from typing import Final, Protocol

from posd.errors import Refused
from posd.model.restore import ImportedPayment, Restore

RESTORED: Final = "journal_restored"


class Known(Protocol):
    """The records, as far as they tell of a gap."""

    def open_restore(self) -> Restore | None:
        """The restore whose gap nobody has accepted yet, or None."""
        ...

    def imported_of(self, payment_intent: str) -> ImportedPayment | None:
        """What the lost facts took for this PaymentIntent and has not gone back, or None."""
        ...


def refuse(known: Known) -> None:
    """Raise Refused while nobody knows what the lost facts have done."""
    restore = known.open_restore()
    if restore is not None and restore.closed_to_sales:
        raise Refused(
            RESTORED,
            f"posd's journal has lost facts (restore '{restore.id}'): a payment could be taken "
            "twice. posd is asking Stripe what is missing; a manager can let tills sell before "
            "that with 'posd journal reconcile'.",
            status=409,
        )


def refuse_taken(payment_intent: str, known: Known) -> None:
    """Raise Refused where the lost facts have taken this payment, as Stripe tells it."""
    taken = known.imported_of(payment_intent)
    if taken is not None:
        raise Refused(
            "payment_intent_unexpected_state",
            f"PaymentIntent '{payment_intent}' was paid, {taken.amount} {taken.currency}, by facts "
            f"that posd's journal has lost. Stripe has it as '{taken.id}'.",
            param="payment_intent",
            payment_intent=payment_intent,
        )
