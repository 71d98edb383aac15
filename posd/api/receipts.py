"""Receipts of payments and of ends of day, kept; and the last ones once more, from the terminal."""

import asyncio
from collections.abc import Sequence
from typing import Final

from posd.api.calls import Call, Document, Reply
from posd.api.params import NoParams
from posd.api.receipt_params import ShowClosings, ShowReceipts
from posd.api.services import Services
from posd.model.attempt import Attempt
from posd.render import slip
from posd.render.receipts import receipts_of, reprinted
from posd.stripe_wire.errors import invalid_request, resource_missing
from posd.texts.language import LABELS, Language, of_locale

HTML_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


async def show(call: Call[ShowReceipts]) -> Document | Reply:
    """The receipts of every attempt that has one, oldest first, or of the one that is named."""
    asked, queries = call.params, call.services.queries
    intent = queries.payment_intent(call.ids["intent"])
    if intent is None:
        raise resource_missing("payment_intent", call.ids["intent"], "intent")
    attempts = [
        attempt
        for attempt in queries.attempts_of(intent.id)
        if attempt.state in slip.PROVEN and asked.attempt in (None, attempt.id)
    ]
    if not attempts:
        raise invalid_request(
            "There is no such receipt: nothing has been approved, declined or cancelled there.",
            code="resource_missing",
            param="attempt" if asked.attempt else "intent",
            status=404,
        )
    everybody = None if asked.format == "json" else slip.CUSTOMER
    return await asyncio.to_thread(_told, call, attempts, asked.audience or everybody)


async def of_closings(call: Call[ShowClosings]) -> Document | Reply:
    """The receipts of a reader's ends of day, newest first."""
    queries = call.services.queries
    if queries.reader(call.ids["reader"]) is None:
        raise resource_missing("terminal.reader", call.ids["reader"], "reader")
    closings = queries.closings_of(call.ids["reader"], int(call.params.limit))
    return await asyncio.to_thread(_told, call, closings, None)


async def reprint(call: Call[NoParams]) -> Reply:
    """Ask the terminal for the receipts of its last transaction again."""
    receipts = await call.services.reprints.reprint(call.ids["reader"])
    return Reply(reprinted(call.ids["reader"], receipts, livemode=call.services.livemode))


def wording(services: Services, language: Language | None = None) -> slip.Wording:
    """How the store's receipts are written; in its own language unless another is named.

    Reads babel and the locale from disk at first.
    """
    from posd.render.locale import Writer

    place = services.place
    labels = LABELS[language or of_locale(place.locale)]
    writer = Writer(place.locale, place.time_zone)
    return slip.Wording(services.store_name(), labels, writer, place.livemode)


def _told(
    call: Call[ShowReceipts] | Call[ShowClosings], attempts: Sequence[Attempt], audience: str | None
) -> Document | Reply:
    """The receipts; on a thread, since babel and the locale are read from disk at first."""
    asked = call.params
    language = Language(asked.language) if asked.language else None
    found = slip.slips(attempts, audience, wording(call.services, language))
    match asked.format:
        case "json":
            return Reply(receipts_of(found, livemode=call.services.place.livemode))
        case "text":
            return Document(slip.as_text(found), "text/plain; charset=utf-8")
        case _:
            language = language or of_locale(call.services.place.locale)
            html = slip.as_html(found, language.value)
            return Document(
                html, "text/html; charset=utf-8", {"Content-Security-Policy": HTML_POLICY}
            )
