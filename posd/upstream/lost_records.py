"""Payment Records of payments and refunds that the journal has lost, as Stripe tells them."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from posd.errors import CredentialRefused, UpstreamRefused, UpstreamUnavailable
from posd.model.restore_facts import PaymentImported, RefundImported
from posd.upstream.limiter import Limiter
from posd.upstream.record_list import money, pages
from posd.upstream.uplink import Uplink, UpstreamCall

NUMBER_DIGITS_MAX: Final = 18
REFUND_ID: Final = "rfi"

CREDENTIAL: Final = frozenset({401, 403})
TOO_MANY: Final = 429


class RecordList:
    """Stripe's Payment Records of the whole account, asked for at the store's pace."""

    def __init__(self, uplink: Uplink, limiter: Limiter) -> None:
        self._uplink = uplink
        self._limiter = limiter

    async def since(self, created_after_s: int) -> AsyncIterator[list[dict[str, Any]]]:
        """Pages of the records made since then (seconds since 1970), newest first.

        Raises UpstreamUnavailable, CredentialRefused; UpstreamRefused where Stripe does not list.
        """
        async for page in pages(self._ask, created_after=created_after_s):
            yield page

    async def _ask(self, asked: UpstreamCall) -> dict[str, Any]:
        await self._limiter.acquire()
        try:
            return await self._uplink.call(asked)
        except UpstreamRefused as refused:
            if refused.status in CREDENTIAL:
                raise CredentialRefused(str(refused)) from refused
            if refused.status == TOO_MANY or refused.status >= 500:
                raise UpstreamUnavailable(str(refused)) from refused
            raise


def told(record: Mapping[str, Any], restore: str) -> PaymentImported | None:
    """What the record tells of a payment, or None if it is no report of a posd's.

    Raises UpstreamUnavailable if it is no Payment Record of Stripe's.
    """
    metadata = record.get("metadata")
    said: Mapping[str, Any] = metadata if isinstance(metadata, dict) else {}
    attempt, intent = _text(said, "posd_attempt"), _text(said, "posd_payment_intent")
    if attempt is None or intent is None:
        return None
    currency, amount = money(record, "amount_requested")
    created = record.get("created")
    if not isinstance(created, int):
        raise UpstreamUnavailable("what answered is not Stripe: a record without its time")
    return PaymentImported(
        payment_record=record["id"],
        restore=restore,
        payment_intent=intent,
        attempt=attempt,
        reader=_text(said, "posd_reader") or "",
        amount=amount,
        currency=currency,
        amount_guaranteed=money(record, "amount_guaranteed")[1],
        amount_refunded=money(record, "amount_refunded")[1],
        created_ms=created * 1000,
        order=_text(said, "order_id"),
        order_part=_text(said, "order_part"),
        business_day=_text(said, "posd_business_day") or "",
        terminal_id=_text(said, "terminal_id"),
        receipt=_number(said, "receipt_number"),
        epoch=_text(said, "posd_epoch") or "",
        boot=_number(said, "posd_boot"),
        seq=_number(said, "posd_seq"),
    )


def refunded(payment: PaymentImported) -> RefundImported:
    """All that went back of the payment, as its record tells."""
    return RefundImported(
        refund=f"{REFUND_ID}_{payment.payment_record}",
        restore=payment.restore,
        payment_record=payment.payment_record,
        payment_intent=payment.payment_intent,
        amount=payment.amount_refunded,
        currency=payment.currency,
    )


def _text(said: Mapping[str, Any], name: str) -> str | None:
    value = said.get(name)
    return value if isinstance(value, str) and value else None


def _number(said: Mapping[str, Any], name: str) -> int | None:
    value = _text(said, name)
    plain = value is not None and value.isascii() and value.isdecimal()
    return int(value) if value and plain and len(value) <= NUMBER_DIGITS_MAX else None
