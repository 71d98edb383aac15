"""What goes back to a card, and how, as commands (M11).

A sale is taken back whole at the terminal that took it, without its card, as long as that terminal
has not closed its day; anything else is given to the card that is presented. Legality is decided
inside the writer's transaction, beside whatever else may be happening to the payment.
"""

from collections.abc import Mapping
from typing import Final, NoReturn

from msgspec import Struct, field

from posd import capabilities, gap, reversal
from posd.admission import admit, attached, on_the_line
from posd.errors import Refused
from posd.intents import found, merged_metadata, no_such
from posd.journal.command import Claim, Decision, Ledger
from posd.model.attempt import Attempt
from posd.model.facts import AttemptKind, AttemptStarted, Baseline
from posd.model.payment_intent import IntentState, PaymentIntent
from posd.model.projection import Circumstance
from posd.model.reader import Reader
from posd.model.refund_facts import RefundRequested, RefundUpdated
from posd.outcome import attempt_of_charge
from posd_drivers.ability import Operation

FORBIDDEN: Final = 403
TO_THE_CARD: Final = "POST /v1/terminal/readers/{reader}/refund_payment"


class Allowance(Struct, frozen=True):
    """What a key may give back.

    Attributes:
        any_payment: Whether more than the reversal of a sale of its own.
        amount_max: Minor units of one payment in all; 0 is nothing, None knows no limit.
    """

    any_payment: bool
    amount_max: int | None = None

    @property
    def unlimited(self) -> bool:
        """Whether it is a manager's."""
        return self.any_payment and self.amount_max is None


class RefundWish(Struct, frozen=True):
    """What is to go back, of a payment or of its charge, and who says so.

    `amount` is in minor units of the payment's currency; None is all that is left.
    """

    payment_intent: str | None
    charge: str | None
    amount: int | None
    reason: str | None
    allowance: Allowance
    actor: str
    claim: Claim | None
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def param(self) -> str:
        """The parameter that names the payment."""
        return "charge" if self.payment_intent is None else "payment_intent"


class RefundPayment(Struct, frozen=True):
    """The command behind a refund.

    Attributes:
        refund: Its id.
        attempt: Id of the attempt that carries it out.
        reader: Where that is.
        baseline: What its terminal says of itself, or None while nothing is begun there.
        card: Whether a card can be presented; without one, only a reversal is begun.
    """

    refund: str
    attempt: str
    wish: RefundWish
    reader: str
    baseline: Baseline | None
    card: bool

    @property
    def actor(self) -> str:
        """Id of the till's or manager's key."""
        return self.wish.actor

    @property
    def claim(self) -> Claim | None:
        """The idempotency key, or None."""
        return self.wish.claim

    def decide(self, ledger: Ledger, at: Circumstance, /) -> Decision:
        """RefundRequested and AttemptStarted. Answers with the reader; without card, the refund."""
        gap.refuse(ledger)
        if self.card:
            attached(self.reader, ledger)
        intent, sale = _paid(self.wish, ledger)
        if ledger.is_before_restore(sale.id) and not self.wish.allowance.unlimited:
            raise _may_be_forgotten(self.wish)
        amount = _amount(intent, self.wish, ledger)
        reader, baseline = self._reader(ledger, at)
        _check_currency(intent, reader)
        why = _not_reversible(sale, amount, reader, baseline, ledger)
        kind = self._kind(intent, reader, why)
        requested = RefundRequested(
            refund=self.refund,
            payment_intent=intent.id,
            charge=sale.charge or "",
            amount=amount,
            currency=intent.currency,
            reason=self.wish.reason,
            metadata=self.wish.metadata,
        )
        started = AttemptStarted(
            attempt=self.attempt,
            kind=kind,
            payment_intent=intent.id,
            reader=reader.id,
            amount=amount,
            currency=intent.currency,
            baseline=baseline,
            original=sale.id,
            refund=self.refund,
        )
        answer = reader.id if self.card else self.refund
        return Decision(facts=(requested, started), answer=answer)

    def _reader(self, ledger: Ledger, at: Circumstance) -> tuple[Reader, Baseline]:
        """The reader, free for it; without a card, one that cannot be used is worth a hint."""
        try:
            reader = admit(self.reader, ledger, at)
            return reader, on_the_line(reader, self.baseline)
        except Refused as refused:
            if self.card or refused.code == "terminal_reader_busy":
                raise
            raise _only_to_the_card(self.wish, "was taken at a reader that is away") from refused

    def _kind(self, intent: PaymentIntent, reader: Reader, why: str | None) -> AttemptKind:
        """How it goes back; `why` says why not without its card. Raises Refused."""
        if why is not None and not self.card:
            raise _only_to_the_card(self.wish, why)
        self._check_allowed(intent, why)
        if why is None:
            return AttemptKind.REVERSAL
        capabilities.refuse(reader, Operation.REFUND)
        return AttemptKind.REFUND

    def _check_allowed(self, intent: PaymentIntent, why: str | None) -> None:
        if self.wish.allowance.any_payment:
            return
        if why is not None:
            _forbid(self.wish, f"gives nothing to a card, and this payment {why}")
        if intent.owner != self.actor:
            _forbid(self.wish, "takes back only what it sold itself")


class UpdateRefund(Struct, frozen=True):
    """The command behind `POST /v1/refunds/{refund}`. `metadata` as in posd.intents.Change."""

    refund: str
    metadata: Mapping[str, str] | None
    actor: str
    claim: Claim | None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """RefundUpdated; or nothing, if that is what it says already."""
        refund = ledger.refund(self.refund)
        if refund is None:
            raise no_such("refund", self.refund)
        metadata = merged_metadata(refund.metadata, self.metadata)
        if metadata == refund.metadata:
            return Decision(facts=(), answer=refund.id)
        return Decision(facts=(RefundUpdated(refund.id, metadata),), answer=refund.id)


def _paid(wish: RefundWish, ledger: Ledger) -> tuple[PaymentIntent, Attempt]:
    """The payment, proven to be taken, and the attempt that took it. Raises Refused."""
    intent = _named(wish, ledger)
    if (unproven := ledger.unproven_of(intent.id)) is not None:
        what = "refund" if unproven.refund else "payment"
        _unexpected(
            wish,
            intent,
            f"has a {what} of {unproven.amount} {unproven.currency} in hand at reader "
            f"'{unproven.reader}', or its outcome is not proven yet",
        )
    if ledger.contradicted(intent.id):
        _unexpected(wish, intent, "is contradicted by its terminal: a person has to decide first")
    if intent.state is IntentState.CAPTURABLE:
        _unexpected(wish, intent, "is held and not taken: cancel it instead")
    if intent.state is not IntentState.APPROVED:
        _unexpected(wish, intent, "is not paid")
    assert intent.attempt is not None, intent
    sale = ledger.attempt(intent.attempt)
    assert sale is not None, intent
    return intent, sale


def _named(wish: RefundWish, ledger: Ledger) -> PaymentIntent:
    if wish.payment_intent is not None:
        return found(ledger, wish.payment_intent)
    charge = wish.charge or ""
    attempt = ledger.attempt(attempt_of_charge(charge))
    if attempt is None:
        raise no_such("charge", charge)
    if attempt.charge != charge:
        raise Refused(
            "charge_not_refundable",
            f"Charge '{charge}' took nothing: there is nothing to give back.",
            param="charge",
            payment_intent=attempt.payment_intent,
        )
    return found(ledger, attempt.payment_intent)


def _amount(intent: PaymentIntent, wish: RefundWish, ledger: Ledger) -> int:
    """What goes back, in minor units: at most what is left, and what the key may. Raises Refused.

    Refunds that are not proven count as given: while there is one, there is no other (M7).
    """
    left = intent.amount_left - ledger.refunded_in_gap(intent.id)
    if left <= 0:
        raise Refused(
            "charge_already_refunded",
            f"PaymentIntent '{intent.id}' has been refunded in full.",
            param=wish.param,
            payment_intent=intent.id,
        )
    amount = left if wish.amount is None else wish.amount
    if amount > left:
        raise Refused(
            "amount_too_large",
            f"{left} {intent.currency} of PaymentIntent '{intent.id}' are left to give back.",
            param="amount",
            payment_intent=intent.id,
        )
    most = wish.allowance.amount_max
    if most is not None and intent.amount_received - left + amount > most:
        raise Refused(
            "amount_too_large",
            f"This key gives back at most {most} {intent.currency} of a payment, in all.",
            param="amount",
            status=FORBIDDEN,
        )
    return amount


def _check_currency(intent: PaymentIntent, reader: Reader) -> None:
    if intent.currency != reader.currency:
        raise Refused(
            "payment_intent_incompatible_payment_method",
            f"Reader '{reader.id}' gives back {reader.currency} and no other currency; "
            f"the payment was in {intent.currency}.",
            param="reader",
        )


def _not_reversible(
    sale: Attempt, amount: int, reader: Reader, baseline: Baseline, ledger: Ledger
) -> str | None:
    """Why the sale cannot be taken back without its card, as words about it; None if it can."""
    if sale.reader != reader.id:
        return "was taken at another reader"
    if amount != sale.approved_amount:
        return "is to go back in part only"
    if Operation.REVERSAL in reader.cannot:
        return "was taken by a terminal that reverses nothing"
    obstacle = reversal.obstacle(sale, baseline, ledger)
    return None if obstacle is None else obstacle.value


def _only_to_the_card(wish: RefundWish, why: str) -> Refused:
    return Refused(
        "charge_not_refundable",
        f"The payment {why}. Give it back to its card, at a reader: {TO_THE_CARD}.",
        param=wish.param,
    )


def _may_be_forgotten(wish: RefundWish) -> Refused:
    return Refused(
        "charge_not_refundable",
        "posd has lost facts since this payment was taken, and may have given it back already: a "
        "manager has to look at its terminal's receipts, and refund it with a manager's key.",
        param=wish.param,
        status=FORBIDDEN,
    )


def _forbid(wish: RefundWish, why: str) -> NoReturn:
    raise Refused(
        "charge_not_refundable",
        f"This needs a manager's key, or one with --refund-max: a till {why}.",
        param=wish.param,
        status=FORBIDDEN,
    )


def _unexpected(wish: RefundWish, intent: PaymentIntent, why: str) -> NoReturn:
    raise Refused(
        "payment_intent_unexpected_state",
        f"PaymentIntent '{intent.id}' {why}.",
        param=wish.param,
        payment_intent=intent.id,
    )
