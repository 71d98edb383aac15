"""Payment Records of payments that the journal has lost, as Stripe tells them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

from posd.errors import UpstreamUnavailable
from posd.model.restore_facts import PaymentImported
from posd.upstream.uplink import UpstreamCall

PAGE_RECORDS: Final = 100
"""As many as Stripe gives at once."""
NUMBER_DIGITS_MAX: Final = 18

Ask: TypeAlias = Callable[[UpstreamCall], Awaitable[dict[str, Any]]]
"""One call in its turn. Raises UpstreamRefused, CredentialRefused, UpstreamUnavailable."""


async def pages(ask: Ask, created_after_s: int) -> AsyncIterator[list[Mapping[str, Any]]]:
    """Every record of the account made since then (seconds since 1970), newest first."""
    query: dict[str, str | int] = {
        "created_after": max(created_after_s, 0),
        "limit": PAGE_RECORDS,
    }
    while True:
        answer = await ask(UpstreamCall("GET", f"/v1/payment_records?{urlencode(query)}"))
        records = answer["data"]
        yield records
        if not records or not answer["has_more"]:
            return
        query["starting_after"] = records[-1]["id"]


def told(record: Mapping[str, Any], restore: str) -> PaymentImported | None:
    """What the record tells of a payment, or None if it is no report of a posd's.

    Raises UpstreamUnavailable if it is no Payment Record of Stripe's.
    """
    metadata = record.get("metadata")
    said: Mapping[str, Any] = metadata if isinstance(metadata, dict) else {}
    attempt, intent = _text(said, "posd_attempt"), _text(said, "posd_payment_intent")
    if attempt is None or intent is None:
        return None
    currency, amount = _money(record, "amount_requested")
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
        amount_guaranteed=_money(record, "amount_guaranteed")[1],
        amount_refunded=_money(record, "amount_refunded")[1],
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


def journal_of(record: Mapping[str, Any]) -> str | None:
    """The journal whose payment it is, or None if the report does not say."""
    metadata = record.get("metadata")
    return _text(metadata, "posd_journal") if isinstance(metadata, dict) else None


def _money(record: Mapping[str, Any], field: str) -> tuple[str, int]:
    match record.get(field):
        case {"currency": str(currency), "value": int(value)}:
            return currency, value
        case _:
            raise UpstreamUnavailable(f"what answered is not Stripe: a record without {field}")


def _text(said: Mapping[str, Any], name: str) -> str | None:
    value = said.get(name)
    return value if isinstance(value, str) and value else None


def _number(said: Mapping[str, Any], name: str) -> int | None:
    value = _text(said, name)
    plain = value is not None and value.isascii() and value.isdecimal()
    return int(value) if value and plain and len(value) <= NUMBER_DIGITS_MAX else None
