"""What Stripe is told of money that an attached reader moved: a Payment Record (M12).

What was taken is told in two calls.

The first call reports the payment without an outcome: doubled, it leaves one record more that
guarantees nothing. The second guarantees it, and Stripe refuses that a second time. So the only
call that can be doubled is harmless (M13). Both are form bodies of the stable Payment Records API
(`report_payment` with `payment_method_details[type]=custom`). What went back is told on the same
record, in the same lane, with a reference that Stripe takes once.
"""

from collections.abc import Collection, Sequence
from typing import Final

from msgspec import Struct

from posd.model.attempt import Attempt
from posd.model.effect import Effect
from posd.model.facts import AttemptKind
from posd.model.payment_intent import MANUAL, PaymentIntent
from posd.model.refund import Refund, RefundState
from posd.model.restore import NOWHERE, Provenance
from posd.stripe_wire import form
from posd_drivers.card_reader import Transaction

API_VERSION: Final = "2026-10-28.endive"
STREAM: Final = "payment_records"
DISPLAY_NAME: Final = "Card terminal"
REPORT_SUFFIX: Final = "-report"
GUARANTEE_SUFFIX: Final = "-guarantee"
REFUND_SUFFIX: Final = "-refund"


class PaymentRecordReports(Struct, frozen=True):
    """Builds the effects; every id and key is made from the attempt, so a restore makes it again.

    A report also says where in which journal its payment stands: what a restore lost is found again
    by that.

    Attributes:
        custom_type: Id of the account's custom payment method (`cpmt_…`), or None.
        at_risk: Whether payments are reported that may still come back unpaid.
    """

    custom_type: str | None = None
    at_risk: bool = False

    def reported(
        self, intent: PaymentIntent, attempt: Attempt, at: Provenance = NOWHERE, /
    ) -> tuple[Effect, ...]:
        """What is owed once an attempt is approved: the report, without an outcome.

        Nothing for what is only held (M12), nor, unless it is wished, for what may still come back
        unpaid: a report says that the money is certain. What goes back before Stripe gave the
        payment's report an id is owed once it has (posd.sync.settlement).
        """
        match attempt.kind:
            case AttemptKind.SALE if intent.capture_method != MANUAL:
                return self._taken(intent, attempt, attempt.charge, at)
            case AttemptKind.CAPTURE:
                return self._taken(intent, attempt, intent.charge, at)
            case AttemptKind.REVERSAL | AttemptKind.REFUND if intent.payment_record is not None:
                return self.given_back(intent, attempt, intent.payment_record)
            case _:
                return ()

    def captured(
        self, intent: PaymentIntent, sale: Attempt, at: Provenance = NOWHERE, /
    ) -> tuple[Effect, ...]:
        """What is owed once a sale that was held is captured, as it was sold."""
        return self._taken(intent, sale, sale.charge, at)

    def _taken(
        self, intent: PaymentIntent, attempt: Attempt, charge: str | None, at: Provenance
    ) -> tuple[Effect, ...]:
        if _at_risk(intent, attempt) and not self.at_risk:
            return ()
        custom: dict[str, form.Value] = {"display_name": DISPLAY_NAME}
        if self.custom_type is not None:
            custom["type"] = self.custom_type
        body: dict[str, form.Value] = {
            "amount_requested": {
                "value": attempt.approved_amount,
                "currency": attempt.currency,
            },
            "customer_presence": "on_session",
            "initiated_at": attempt.started_ms // 1000,
            "payment_method_details": {"type": "custom", "custom": custom},
            "processor_details": {
                "type": "custom",
                "custom": {"payment_reference": charge},
            },
            "description": intent.description,
            "metadata": _metadata(intent, attempt) | _whence(intent, at),
        }
        return (self._effect(intent, attempt, REPORT_SUFFIX, "report_payment", body),)

    def guaranteed(self, intent: PaymentIntent, attempt: Attempt, record: str) -> Effect:
        """What is owed once Stripe gave the report an id (`pr_…`): the money is certain."""
        return self._effect(
            intent,
            attempt,
            GUARANTEE_SUFFIX,
            f"{record}/report_payment_attempt_guaranteed",
            {"guaranteed_at": attempt.changed_ms // 1000},
        )

    def given_back(
        self, intent: PaymentIntent, attempt: Attempt, record: str
    ) -> tuple[Effect, ...]:
        """What is owed for a refund that is proven, on the payment's record; `attempt` did it."""
        if attempt.refund is None:
            return ()
        body: dict[str, form.Value] = {
            "outcome": "refunded",
            "amount": {"value": attempt.approved_amount, "currency": attempt.currency},
            "initiated_at": attempt.started_ms // 1000,
            "refunded": {"refunded_at": attempt.changed_ms // 1000},
            "processor_details": {
                "type": "custom",
                "custom": {"refund_reference": attempt.refund},
            },
            "metadata": _refund_metadata(attempt, attempt.refund),
        }
        return (self._effect(intent, attempt, REFUND_SUFFIX, f"{record}/report_refund", body),)

    def _effect(
        self,
        intent: PaymentIntent,
        attempt: Attempt,
        suffix: str,
        call: str,
        body: dict[str, form.Value],
    ) -> Effect:
        effect_id = attempt.id + suffix
        return Effect(
            id=effect_id,
            stream=STREAM,
            lane=intent.id,
            method="POST",
            path=f"/v1/payment_records/{call}",
            body=form.encode({name: value for name, value in body.items() if value is not None}),
            key=effect_id,
            api_version=API_VERSION,
            payment_intent=intent.id,
            livemode=intent.livemode,
        )


def attempt_of(effect: Effect) -> str:
    """Id of the attempt that an effect of this module reports."""
    for suffix in (REPORT_SUFFIX, GUARANTEE_SUFFIX, REFUND_SUFFIX):
        if effect.id.endswith(suffix):
            return effect.id.removesuffix(suffix)
    raise AssertionError(effect)


def record_of(effect: Effect) -> str:
    """The path of the Payment Record that an effect is about, once it has an id."""
    return effect.path.rpartition("/")[0]


def refunded_with(refund: str, refunds: Sequence[Refund], sent: Collection[str]) -> int:
    """Minor units that went back of a payment once Stripe has heard of `refund`.

    `refunds` are the payment's, oldest first: while one is not proven, no other is begun (M7). A
    later one counts if it is in `sent`: Stripe may have heard of it while this one was parked.
    """
    given, later = 0, False
    for one in refunds:
        if one.state is RefundState.SUCCEEDED and (not later or one.id in sent):
            given += one.amount
        later = later or one.id == refund
    return given


def _at_risk(intent: PaymentIntent, attempt: Attempt) -> bool:
    """Whether it may still come back unpaid: as it is taken, or as it was held before."""
    return intent.at_risk or attempt.at_risk


def _metadata(intent: PaymentIntent, attempt: Attempt) -> dict[str, form.Value]:
    said = attempt.last or attempt.reported
    metadata: dict[str, form.Value] = {
        "posd_payment_intent": intent.id,
        "posd_attempt": attempt.id,
        "posd_reader": attempt.reader,
    }
    if _at_risk(intent, attempt):
        metadata["posd_at_risk"] = "true"
    if intent.order is not None:
        metadata["order_id"] = intent.order
    return metadata | (_receipt_fields(said) if said is not None else {})


def _whence(intent: PaymentIntent, at: Provenance) -> dict[str, form.Value]:
    """What a journal that has lost the payment needs to know of it, and where it stood there."""
    metadata: dict[str, form.Value] = {}
    if intent.order_part is not None:
        metadata["order_part"] = intent.order_part
    if intent.business_day:
        metadata["posd_business_day"] = intent.business_day
    if at.epoch:
        place = {"posd_epoch": at.epoch, "posd_boot": str(at.boot), "posd_seq": str(at.seq)}
        metadata |= place
    return metadata


def _refund_metadata(attempt: Attempt, refund: str) -> dict[str, form.Value]:
    """Under names of its own: what says whose report a record is must stay as it is."""
    metadata: dict[str, form.Value] = {
        "posd_refund": refund,
        "posd_refund_attempt": attempt.id,
        "posd_refund_reader": attempt.reader,
    }
    if attempt.told is None:
        return metadata
    fields = _receipt_fields(attempt.told)
    return metadata | {f"refund_{name}": value for name, value in fields.items()}


def _receipt_fields(said: Transaction) -> dict[str, form.Value]:
    fields = {
        "terminal_id": said.terminal_id,
        "receipt_number": said.receipt,
        "trace_number": said.trace,
        "authorization_code": said.card.authorization_code,
        "card_brand": said.card.brand,
        "card_last4": said.card.last4,
    }
    return {name: str(value) for name, value in fields.items() if value is not None}
