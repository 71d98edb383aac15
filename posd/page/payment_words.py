"""How payments are told, and what a person should do first about one that waits for a person."""

from typing import Final

from posd.model.facts import AttemptKind
from posd.page.words import Words
from posd.snapshot.views import Errand, PaymentStatus, PaymentView

GIVES_BACK: Final = frozenset({AttemptKind.RELEASE, AttemptKind.REVERSAL, AttemptKind.REFUND})
"""What a person must find out of these is whether money went back."""
ADVISED: Final = frozenset(
    {
        PaymentStatus.CONTRADICTED,
        PaymentStatus.UNHEARD,
        PaymentStatus.UNCAPTURED,
        PaymentStatus.OUT_OF_REACH,
    }
)
"""What has an advice of its own; the rest is asked which way the money went."""


def status(payment: PaymentView, words: Words) -> str:
    """How a payment stands, and whether it may still come back unpaid."""
    told = words.text(f"payment.status.{payment.status.value}")
    return words.text("payment.at_risk", status=told) if payment.at_risk else told


def about(errand: Errand, words: Words) -> str:
    """How what waits stands, and that it is money to go back, where it is."""
    told = words.text(f"payment.status.{errand.status.value}")
    return words.text("errands.refund", status=told) if errand.kind in GIVES_BACK else told


def advice(errand: Errand, words: Words) -> str:
    """What the person should do first."""
    if errand.status in ADVISED:
        return words.text(f"errands.advice.{errand.status.value}")
    return words.text(f"errands.advice.{'given_back' if errand.kind in GIVES_BACK else 'taken'}")


def reason(errand: Errand, words: Words) -> str:
    """Why it is a person's, in the journal's words."""
    return (errand.reason or words.text("errands.not_proven")).replace("_", " ")
