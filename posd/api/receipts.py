"""`/posd/v1/payment_intents/{intent}/receipts`: what the customer and the merchant are given."""

import asyncio
from typing import Final

from posd.api.calls import Call, Document
from posd.api.params import ShowReceipts
from posd.model.attempt import Attempt
from posd.render import slip
from posd.snapshot.views import Place
from posd.stripe_wire.errors import invalid_request, resource_missing
from posd.texts.language import LABELS, Language, of_locale

HTML_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


async def show(call: Call[ShowReceipts]) -> Document:
    """The receipts of every attempt that has one, oldest first, or of the one that is named."""
    asked, queries = call.params, call.services.queries
    intent = queries.payment_intent(call.ids["intent"])
    if intent is None:
        raise resource_missing("payment_intent", call.ids["intent"], "intent")
    attempts = [
        attempt
        for attempt in queries.attempts_of(intent.id)
        if attempt.state in slip.VERDICTS and asked.attempt in (None, attempt.id)
    ]
    if not attempts:
        raise invalid_request(
            "There is no such receipt: nothing has been approved, declined or cancelled there.",
            code="resource_missing",
            param="attempt" if asked.attempt else "intent",
            status=404,
        )
    return await asyncio.to_thread(_document, attempts, asked, call.services.place)


def _document(attempts: list[Attempt], asked: ShowReceipts, place: Place) -> Document:
    """The receipts; on a thread, since babel and the locale are read from disk at first."""
    from posd.render.locale import Writer

    language: Language = asked.language or of_locale(place.locale)
    writer = Writer(place.locale, place.time_zone)
    wording = slip.Wording(place.store, LABELS[language], writer, place.livemode)
    found = slip.slips(attempts, asked.audience, wording)
    if asked.format == "text":
        return Document(slip.as_text(found), "text/plain; charset=utf-8")
    html = slip.as_html(found, language.value)
    return Document(html, "text/html; charset=utf-8", {"Content-Security-Policy": HTML_POLICY})
