"""What is to be paid, as commands: say it, change it, take it back.

None of them touches a reader, and none of them changes what a reader has in hand (M9): legality is
decided inside the writer's transaction, beside the attempt that may have begun a moment before.
"""

from collections.abc import Mapping
from typing import Final, NoReturn

from msgspec import Struct, field
from msgspec.structs import replace

from posd.errors import Refused
from posd.journal.command import Claim, Decision, Ledger
from posd.model.business_day import BusinessDay
from posd.model.facts import PaymentIntentCanceled, PaymentIntentCreated, PaymentIntentUpdated
from posd.model.money import AGREED_DIGITS, AMOUNT_MAX, AMOUNT_MIN
from posd.model.payment_intent import IntentState, PaymentIntent
from posd.model.projection import Circumstance

ORDER_PART: Final = "order_part"
METADATA_KEYS_MAX: Final = 50


class NewPaymentIntent(Struct, frozen=True):
    """What a till wants to be paid. `amount` in Stripe's minor units of `currency`."""

    amount: int
    currency: str
    capture_method: str = "automatic"
    description: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    payment_method_types: tuple[str, ...] = ("card_present",)


class CreatePaymentIntent(Struct, frozen=True):
    """The command behind `POST /v1/payment_intents`."""

    id: str
    new: NewPaymentIntent
    order_key: str
    day: BusinessDay
    actor: str
    claim: Claim | None

    def decide(self, _ledger: Ledger, at: Circumstance, /) -> Decision:
        """PaymentIntentCreated; the order guard stands where money would move, at the reader."""
        new = self.new
        fact = PaymentIntentCreated(
            payment_intent=self.id,
            amount=new.amount,
            currency=new.currency,
            capture_method=new.capture_method,
            description=new.description,
            metadata=new.metadata,
            order=new.metadata.get(self.order_key) or None,
            order_part=new.metadata.get(ORDER_PART) or None,
            business_day=self.day.of(at.wall_ms),
            payment_method_types=new.payment_method_types,
        )
        return Decision(facts=(fact,), answer=self.id)


class Change(Struct, frozen=True):
    """What a till wants otherwise.

    Attributes:
        amount: Minor units, or None to keep it.
        description: The new text, "" for none, or None to keep it.
        metadata: Keys to set, with "" to remove; None removes all.
    """

    amount: int | None = None
    description: str | None = None
    metadata: Mapping[str, str] | None = field(default_factory=dict)


class UpdatePaymentIntent(Struct, frozen=True):
    """The command behind `POST /v1/payment_intents/{intent}`."""

    id: str
    change: Change
    order_key: str
    actor: str
    claim: Claim | None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """PaymentIntentUpdated; or nothing, if that is what it says already."""
        intent = found(ledger, self.id, "intent")
        _check_not_in_hand(intent)
        if ledger.unproven_of(intent.id) is not None:
            _unexpected(intent, "is being refunded, and that is not proven yet")
        metadata = merged_metadata(intent.metadata, self.change.metadata)
        wanted = replace(
            intent,
            amount=self.change.amount or intent.amount,
            description=_described(intent.description, self.change.description),
            metadata=metadata,
            order=metadata.get(self.order_key) or None,
            order_part=metadata.get(ORDER_PART) or None,
        )
        if wanted == intent:
            return Decision(facts=(), answer=intent.id)
        check_money(wanted.amount, wanted.currency)
        _check_as_paid(intent, wanted, ledger)
        fact = PaymentIntentUpdated(
            payment_intent=intent.id,
            amount=wanted.amount,
            description=wanted.description,
            metadata=wanted.metadata,
            order=wanted.order,
            order_part=wanted.order_part,
        )
        return Decision(facts=(fact,), answer=intent.id)


class CancelPaymentIntent(Struct, frozen=True):
    """The command behind `POST /v1/payment_intents/{intent}/cancel`, of what no reader holds."""

    id: str
    reason: str | None
    actor: str
    claim: Claim | None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """PaymentIntentCanceled, of a payment that is proven not to be taken."""
        intent = found(ledger, self.id, "intent")
        _check_not_in_hand(intent)
        assert intent.state is not IntentState.CAPTURABLE, "its reader gives it back first"
        if intent.state is IntentState.APPROVED:
            _unexpected(intent, "is paid already")
        return Decision(facts=(PaymentIntentCanceled(intent.id, self.reason),), answer=intent.id)


def found(ledger: Ledger, id_: str, param: str = "payment_intent") -> PaymentIntent:
    """The PaymentIntent of that id. Raises Refused with status 404, blaming `param`."""
    intent = ledger.payment_intent(id_)
    if intent is None:
        raise no_such("payment_intent", id_, param)
    return intent


def no_such(what: str, id_: str, param: str | None = None) -> Refused:
    """The refusal of an id that names nothing; `param` is where it stood, if not under `what`."""
    message = f"No such {what}: '{id_}'."
    return Refused("resource_missing", message, param=param or what, status=404)


def check_money(amount: int, currency: str) -> None:
    """Raises Refused where no reader could take it (M10)."""
    if currency not in AGREED_DIGITS:
        known = ", ".join(sorted(AGREED_DIGITS))
        raise Refused(
            "currency_not_supported",
            f"'{currency}' is not a currency posd can take; it takes {known}.",
            param="currency",
        )
    if amount < AMOUNT_MIN:
        raise Refused("amount_too_small", f"amount must be at least {AMOUNT_MIN}.", param="amount")
    if amount > AMOUNT_MAX:
        raise Refused("amount_too_large", f"amount must be at most {AMOUNT_MAX}.", param="amount")


def merged_metadata(current: Mapping[str, str], change: Mapping[str, str] | None) -> dict[str, str]:
    """Given keys set, those with "" removed, others kept; None clears. Raises Refused."""
    if change is None:
        return {}
    merged = {key: value for key, value in {**current, **change}.items() if value}
    if len(merged) > METADATA_KEYS_MAX:
        raise Refused(
            "parameter_invalid",
            f"Metadata can have up to {METADATA_KEYS_MAX} keys.",
            param="metadata",
        )
    return merged


def _check_not_in_hand(intent: PaymentIntent) -> None:
    match intent.state:
        case IntentState.OPEN | IntentState.CAPTURABLE | IntentState.APPROVED:
            return
        case IntentState.IN_HAND | IntentState.UNPROVEN:
            _unexpected(intent, "is at a reader, or its outcome is not proven yet")
        case IntentState.CANCELED:
            _unexpected(intent, "is canceled")


def _check_as_paid(intent: PaymentIntent, wanted: PaymentIntent, ledger: Ledger) -> None:
    """What was paid, or may have been, and for which order: the guards stand on it (M6, M7)."""
    if (intent.amount, intent.order, intent.order_part) == (
        wanted.amount,
        wanted.order,
        wanted.order_part,
    ):
        return
    if intent.state in (IntentState.CAPTURABLE, IntentState.APPROVED):
        _unexpected(intent, "is paid already: its amount and its order stay")
    if ledger.contradicted(intent.id):
        _unexpected(intent, "is contradicted by its terminal: its amount and its order stay")


def _described(current: str | None, asked: str | None) -> str | None:
    return current if asked is None else asked or None


def _unexpected(intent: PaymentIntent, why: str) -> NoReturn:
    raise Refused(
        "payment_intent_unexpected_state",
        f"PaymentIntent '{intent.id}' {why}.",
        param="intent",
        payment_intent=intent.id,
    )
