"""What Stripe is told of money that an attached reader took: a Payment Record, in two calls (M12).

The first call reports the payment without an outcome: doubled, it leaves one record more that
guarantees nothing. The second guarantees it, and Stripe refuses that a second time. So the only
call that can be doubled is harmless (M13). Both are form bodies of the stable Payment Records API
(`report_payment` with `payment_method_details[type]=custom`).
"""

from typing import Final

from msgspec import Struct

from posd.model.attempt import Attempt
from posd.model.effect import Effect
from posd.model.facts import AttemptKind
from posd.model.payment_intent import MANUAL, PaymentIntent
from posd.stripe_wire import form
from posd_drivers.card_reader import Transaction

API_VERSION: Final = "2026-10-28.endive"
STREAM: Final = "payment_records"
DISPLAY_NAME: Final = "Card terminal"
REPORT_SUFFIX: Final = "-report"
GUARANTEE_SUFFIX: Final = "-guarantee"


class PaymentRecordReports(Struct, frozen=True):
    """Builds the effects; every id and key is made from the attempt, so a restore makes it again.

    Attributes:
        custom_type: Id of the account's custom payment method (`cpmt_…`), or None.
    """

    custom_type: str | None = None

    def reported(self, intent: PaymentIntent, attempt: Attempt, /) -> tuple[Effect, ...]:
        """What is owed once an attempt is approved: the report, without an outcome.

        Nothing for what is only held (M12).
        """
        match attempt.kind:
            case AttemptKind.SALE if intent.capture_method != MANUAL:
                return (self._report(intent, attempt, attempt.charge),)
            case AttemptKind.CAPTURE:
                return (self._report(intent, attempt, intent.charge),)
            case _:
                return ()

    def captured(self, intent: PaymentIntent, sale: Attempt, /) -> tuple[Effect, ...]:
        """What is owed once a sale that was held is captured, as it was sold."""
        return (self._report(intent, sale, sale.charge),)

    def _report(self, intent: PaymentIntent, attempt: Attempt, charge: str | None) -> Effect:
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
            "metadata": _metadata(intent, attempt),
        }
        return self._effect(intent, attempt, REPORT_SUFFIX, "report_payment", body)

    def guaranteed(self, intent: PaymentIntent, attempt: Attempt, record: str) -> Effect:
        """What is owed once Stripe gave the report an id (`pr_…`): the money is certain."""
        return self._effect(
            intent,
            attempt,
            GUARANTEE_SUFFIX,
            f"{record}/report_payment_attempt_guaranteed",
            {"guaranteed_at": attempt.changed_ms // 1000},
        )

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
    return effect.id.removesuffix(REPORT_SUFFIX).removesuffix(GUARANTEE_SUFFIX)


def _metadata(intent: PaymentIntent, attempt: Attempt) -> dict[str, form.Value]:
    said = attempt.last or attempt.reported
    metadata: dict[str, form.Value] = {
        "posd_payment_intent": intent.id,
        "posd_attempt": attempt.id,
        "posd_reader": attempt.reader,
    }
    if intent.order is not None:
        metadata["order_id"] = intent.order
    return metadata | (_receipt_fields(said) if said is not None else {})


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
