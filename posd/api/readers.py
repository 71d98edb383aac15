"""`/v1/terminal/readers` and their actions."""

from collections.abc import Sequence
from typing import Any

from posd.api.calls import Call, Reply
from posd.api.params import (
    ListReaders,
    NoParams,
    ProcessPaymentIntent,
    RegisterReader,
    UpdateReader,
)
from posd.fleet import NewReader
from posd.model.payment_intent import PaymentIntent
from posd.model.reader import Reader
from posd.render import Json
from posd.render.reader import deleted_reader
from posd.stripe_wire import lists
from posd.stripe_wire.errors import resource_missing
from posd.stripe_wire.lists import Page


async def register(call: Call[RegisterReader]) -> Reply:
    """Make an attached reader known, by its URL as the registration code."""
    asked = call.params
    new = NewReader(
        registration_code=asked.registration_code,
        label=asked.label,
        location=asked.location,
        metadata=asked.metadata,
    )
    answered = await call.services.fleet.register(new, actor=call.caller.id, claim=call.claim)
    return Reply(call.objects.reader(answered.record), replayed=answered.replayed)


async def retrieve(call: Call[NoParams]) -> Reply:
    """One reader and its action: what a till polls while a payment runs."""
    tells = shown(call, call.services.queries.reader(call.ids["reader"]))
    return Reply(call.objects.reader_named(call.ids["reader"], "reader"), tells=tells)


async def update(call: Call[UpdateReader]) -> Reply:
    """Change the label or the metadata of a reader that the API registered."""
    answered = await call.services.fleet.update(
        call.ids["reader"],
        call.params.label,
        call.params.metadata,
        actor=call.caller.id,
        claim=call.claim,
    )
    return Reply(call.objects.reader(answered.record), replayed=answered.replayed)


async def delete(call: Call[NoParams]) -> Reply:
    """Forget a reader that the API registered, and let go of its device."""
    return Reply(
        deleted_reader(await call.services.fleet.delete(call.ids["reader"], actor=call.caller.id))
    )


async def listing(call: Call[ListReaders]) -> Reply:
    """Readers, newest first. A store has few, so that they are sorted and filtered here."""
    known = sorted(
        call.services.queries.readers(),
        key=lambda reader: (reader.registered_ms, reader.id),
        reverse=True,
    )
    rendered = [call.objects.reader(reader) for reader in known]
    asked = {
        name: getattr(call.params, name)
        for name in ("device_type", "location", "serial_number", "status")
    }
    wanted = {name: value for name, value in asked.items() if value is not None}
    fitting = [one for one in rendered if all(one[name] == wanted[name] for name in wanted)]
    shown, has_more = _cut(fitting, call.params.page())
    return Reply(lists.envelope(call.path, shown, has_more=has_more))


async def process_payment_intent(call: Call[ProcessPaymentIntent]) -> Reply:
    """Have the reader take a payment; answers once its terminal took the command."""
    answered = await call.services.payments.process(
        call.ids["reader"], call.params.payment_intent, actor=call.caller.id, claim=call.claim
    )
    tells = shown(call, answered.record)
    return Reply(call.objects.reader(answered.record), replayed=answered.replayed, tells=tells)


async def cancel_action(call: Call[NoParams]) -> Reply:
    """Ask the terminal to stop; answers once it has said its last word (M9)."""
    answered = await call.services.payments.cancel_action(
        call.ids["reader"], actor=call.caller.id, claim=call.claim
    )
    return Reply(call.objects.reader(answered.record), replayed=answered.replayed)


def shown(call: Call[Any], reader: Reader | None) -> tuple[PaymentIntent, ...]:
    """The payment that the reader's action tells of, read before the reader is rendered."""
    queries = call.services.queries
    attempt = queries.attempt(reader.attempt) if reader and reader.attempt else None
    intent = queries.payment_intent(attempt.payment_intent) if attempt else None
    return () if intent is None else (intent,)


def _cut(newest_first: Sequence[Json], page: Page) -> tuple[Sequence[Json], bool]:
    """The page of a whole list, and whether there is more in its direction."""
    if page.ending_before is not None:
        end = _position(newest_first, page.ending_before, "ending_before")
        start = max(0, end - page.limit)
        return newest_first[start:end], start > 0
    start = 0
    if page.starting_after is not None:
        start = _position(newest_first, page.starting_after, "starting_after") + 1
    end = start + page.limit
    return newest_first[start:end], end < len(newest_first)


def _position(readers: Sequence[Json], id_: str, param: str) -> int:
    for position, reader in enumerate(readers):
        if reader["id"] == id_:
            return position
    raise resource_missing("terminal.reader", id_, param)
