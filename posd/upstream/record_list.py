"""Payment Records as Stripe lists them: what it holds of what this store, and others, reported."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from msgspec import Struct

from posd.errors import UpstreamUnavailable
from posd.upstream.uplink import UpstreamCall

PATH: Final = "/v1/payment_records"
PAGE_RECORDS: Final = 100
"""As many as Stripe gives at once."""


class Ask(Protocol):
    """posd.upstream.uplink.Uplink.call, in its turn."""

    async def __call__(self, asked: UpstreamCall, /) -> dict[str, Any]:
        """Stripe's answer. Raises UpstreamRefused, CredentialRefused, UpstreamUnavailable."""
        ...


class PaymentRecord(Struct, frozen=True):
    """One Payment Record. Amounts are minor units of `currency`, below no zero.

    Attributes:
        attempt: The attempt it reports, or None if it is no report of a posd's.
        reader: The reader that it names, or None.
        order: The order that it names, or None.
        guaranteed: What is certain.
        refunded: What went back.
    """

    id: str
    attempt: str | None
    reader: str | None
    order: str | None
    currency: str
    guaranteed: int
    refunded: int


async def listed(
    ask: Ask, created_after_s: int, created_before_s: int
) -> AsyncIterator[list[PaymentRecord]]:
    """Pages of the records made in that time (seconds since 1970), newest first.

    Raises as `ask`.
    """
    query: dict[str, str | int] = {
        "created_after": created_after_s,
        "created_before": created_before_s,
        "limit": PAGE_RECORDS,
    }
    while True:
        answer = await ask(UpstreamCall("GET", f"{PATH}?{urlencode(query)}"))
        records = [_record(one) for one in answer["data"]]
        yield records
        if not records or not answer["has_more"]:
            return
        query["starting_after"] = records[-1].id


async def retrieved(ask: Ask, record: str) -> PaymentRecord:
    """The record of that id. Raises as `ask`."""
    return _record(await ask(UpstreamCall("GET", f"{PATH}/{record}")))


def _record(body: Mapping[str, Any]) -> PaymentRecord:
    metadata = body.get("metadata")
    said = metadata if isinstance(metadata, dict) else {}
    currency, guaranteed = _money(body, "amount_guaranteed")
    _, refunded = _money(body, "amount_refunded")
    return PaymentRecord(
        id=body["id"],
        attempt=_text(said.get("posd_attempt")),
        reader=_text(said.get("posd_reader")),
        order=_text(said.get("order_id")),
        currency=currency,
        guaranteed=guaranteed,
        refunded=refunded,
    )


def _money(body: Mapping[str, Any], field: str) -> tuple[str, int]:
    """Currency and minor units. Raises UpstreamUnavailable: it is no Payment Record of Stripe's."""
    match body.get(field):
        case {"currency": str(currency), "value": int(value)}:
            return currency, value
        case _:
            raise UpstreamUnavailable(f"what answered is not Stripe: a record without {field}")


def _text(told: object) -> str | None:
    return told if isinstance(told, str) else None
