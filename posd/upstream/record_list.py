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


async def pages(ask: Ask, **made: int) -> AsyncIterator[list[dict[str, Any]]]:
    """Pages of the records made in that time, newest first, as Stripe writes them.

    Args:
        ask: One request to Stripe, when its turn has come.
        made: `created_after`, `created_before`, in seconds since 1970; a clock may have been there.

    Raises as `ask`.
    """
    query: dict[str, str | int] = {name: max(0, time_s) for name, time_s in made.items()}
    query["limit"] = PAGE_RECORDS
    while True:
        answer = await ask(UpstreamCall("GET", f"{PATH}?{urlencode(query)}"))
        records = answer["data"]
        yield records
        if not records or not answer["has_more"]:
            return
        query["starting_after"] = records[-1]["id"]


async def listed(
    ask: Ask, created_after_s: int, created_before_s: int
) -> AsyncIterator[list[PaymentRecord]]:
    """The same, of a time with an end. Raises as `ask`; UpstreamUnavailable for what is none."""
    async for page in pages(ask, created_after=created_after_s, created_before=created_before_s):
        yield [_record(one) for one in page]


async def retrieved(ask: Ask, record: str) -> PaymentRecord:
    """The record of that id. Raises as `ask`."""
    return _record(await ask(UpstreamCall("GET", f"{PATH}/{record}")))


def _record(body: Mapping[str, Any]) -> PaymentRecord:
    metadata = body.get("metadata")
    said = metadata if isinstance(metadata, dict) else {}
    currency, guaranteed = money(body, "amount_guaranteed")
    _, refunded = money(body, "amount_refunded")
    return PaymentRecord(
        id=body["id"],
        attempt=_text(said.get("posd_attempt")),
        reader=_text(said.get("posd_reader")),
        order=_text(said.get("order_id")),
        currency=currency,
        guaranteed=guaranteed,
        refunded=refunded,
    )


def money(body: Mapping[str, Any], field: str) -> tuple[str, int]:
    """Currency and minor units. Raises UpstreamUnavailable: it is no Payment Record of Stripe's."""
    match body.get(field):
        case {"currency": str(currency), "value": int(value)}:
            return currency, value
        case _:
            raise UpstreamUnavailable(f"what answered is not Stripe: a record without {field}")


def _text(told: object) -> str | None:
    return told if isinstance(told, str) else None
